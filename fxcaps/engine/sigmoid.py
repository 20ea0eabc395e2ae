"""sigmoid over arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fxcaps.engine.kernels.sigmoid import sigmoid_certified, sigmoid_table
from fxcaps.engine.values import (
    LARGEST_BITS,
    Inputs,
    begin,
    codes,
    holds,
    magnitude,
    no_events,
    rows_of,
    single,
    undecided,
)
from fxcaps.ops.batch import Result
from fxcaps.ops.sigmoid import SIGMOID, SigmoidExact, SigmoidLut
from fxcaps.types import Format

_FLOAT64_EXACT = 1 << 53
"""Magnitudes up to here are doubles; one more rounding would break the error bound."""

_SCALE_BITS = 60
"""Output fractions within it keep the scaled value an int64 and the scale a normal double."""


def sigmoid(
    params: SigmoidExact | SigmoidLut, inputs: Inputs, formats: Mapping[str, Format]
) -> Result:
    """The logistic function of every word; equal to `fxcaps.spec.sigmoid`."""
    batch, shapes = begin(SIGMOID, params, inputs, formats)
    x, out = inputs["x"], formats["out"]
    values = rows_of(x)
    words, events = np.zeros_like(values), no_events(batch)
    unsure = np.zeros(batch, np.bool_)
    narrowing = codes(out, params.rounding, params.overflow)
    if isinstance(params, SigmoidExact):
        wide = abs(out.frac) > _SCALE_BITS or abs(x.format.frac) > 2 * LARGEST_BITS
        if wide or magnitude(x.format) > _FLOAT64_EXACT:
            return undecided(batch, shapes)
        up, down = max(out.frac, 0), max(-out.frac, 0)
        step, scale = 2.0**-x.format.frac, 2.0**out.frac
        sigmoid_certified(values, step, scale, up, down, narrowing, words, events, unsure)
    else:
        shift, move = params.index_frac - x.format.frac, out.frac - params.table_frac
        up, down, one = max(move, 0), max(-move, 0), 1 << params.table_frac
        index = (magnitude(x.format) << max(shift, 0), 1 << max(-shift, 0))
        if not holds(*index, one << up, 1 << down):
            return undecided(batch, shapes)
        table = np.array(params.table, np.int64)
        sigmoid_table(values, table, shift, one, up, down, narrowing, words, events)
    return single(words, events, params.overflow, shapes["out"], unsure)

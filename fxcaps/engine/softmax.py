"""softmax over arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fxcaps.engine.kernels.narrow import Flags
from fxcaps.engine.kernels.softmax import softmax_certified, softmax_table
from fxcaps.engine.values import (
    LARGEST_BITS,
    Inputs,
    begin,
    codes,
    holds,
    no_events,
    rows_of,
    single,
    undecided,
)
from fxcaps.ops.batch import Result
from fxcaps.ops.softmax import SOFTMAX, SoftmaxExact, SoftmaxLut
from fxcaps.types import Format

_SCALE_BITS = 60
"""Output fractions within it keep the scaled value an int64 and the scale a normal double."""

_LONGEST = 1 << 12
"""Vectors up to here keep the certified error below 2**-39."""


def softmax(
    params: SoftmaxExact | SoftmaxLut, inputs: Inputs, formats: Mapping[str, Format]
) -> Result:
    """Coupling coefficients from logits; equal to `fxcaps.spec.softmax`."""
    batch, shapes = begin(SOFTMAX, params, inputs, formats)
    x, out = inputs["x"], formats["out"]
    count = x.array.shape[-1]
    up, down = max(out.frac, 0), max(-out.frac, 0)
    narrowing = codes(out, params.rounding, params.overflow)
    values = rows_of(x)
    words, events = np.zeros_like(values), no_events(batch)
    unsure: Flags | None = None
    if isinstance(params, SoftmaxExact):
        narrow_range = abs(out.frac) <= _SCALE_BITS and abs(x.format.frac) <= 2 * LARGEST_BITS
        if count > _LONGEST or not narrow_range or not holds(count << down):
            return undecided(batch, shapes)
        unsure = np.zeros(batch, np.bool_)
        step, scale = 2.0**-x.format.frac, 2.0**out.frac
        softmax_certified(values, count, step, scale, up, down, narrowing, words, events, unsure)
    else:
        shift = params.index_frac - x.format.frac
        spread = x.format.max - x.format.min
        if not holds(
            spread << max(shift, 0),
            1 << max(-shift, 0),
            max(params.table) << up,
            count * max(params.table) << down,
        ):
            return undecided(batch, shapes)
        table = np.array(params.table, np.int64)
        softmax_table(values, count, table, shift, up, down, narrowing, words, events)
    return single(words, events, params.overflow, shapes["out"], unsure)

"""length over arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fxcaps.engine.kernels.roots import lengths
from fxcaps.engine.values import (
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
from fxcaps.ops.length import LENGTH, Length
from fxcaps.ops.operation import size
from fxcaps.types import Format


def length(params: Length, inputs: Inputs, formats: Mapping[str, Format]) -> Result:
    """Correctly rounded lengths; equal to `fxcaps.spec.length`."""
    batch, shapes = begin(LENGTH, params, inputs, formats)
    x, out = inputs["x"], formats["out"]
    dim = x.array.shape[-1]
    shift = out.frac - x.format.frac
    up, down = max(shift, 0), max(-shift, 0)
    if not holds(dim * magnitude(x.format) ** 2 << 2 * up + 2, 1 << down):
        return undecided(batch, shapes)
    words = np.zeros((batch, size(shapes["out"])), np.int64)
    events = no_events(batch)
    narrowing = codes(out, params.rounding, params.overflow)
    lengths(rows_of(x), dim, up, down, narrowing, words, events)
    return single(words, events, params.overflow, shapes["out"])

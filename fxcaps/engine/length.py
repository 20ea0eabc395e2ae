"""length over arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fxcaps.engine.kernels.narrow import record_overflows
from fxcaps.engine.kernels.roots import lengths, squares_sums
from fxcaps.engine.sums import flags_for, register_for, unsure_rows
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
    squares = dim * magnitude(x.format) ** 2
    register = register_for(params.accumulator, [(0, squares)], 0)
    if not holds(squares << 2 * up + 2, register.bound, 1 << down):
        return undecided(batch, shapes)
    sums = np.empty((batch, size(shapes["out"])), np.int64)
    overflowed = flags_for(register, batch, sums.shape[1])
    squares_sums(rows_of(x), dim, register.arguments, sums, overflowed)
    words, events = np.zeros_like(sums), no_events(batch)
    record_overflows(overflowed, events)
    narrowing = codes(out, params.rounding, params.overflow)
    lengths(sums, up, down, narrowing, words, events)
    return single(words, events, params.overflow, shapes["out"], unsure_rows(register, overflowed))

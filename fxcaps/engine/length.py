"""length over arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fxcaps.engine.kernels.narrow import record_overflows
from fxcaps.engine.kernels.roots import lengths
from fxcaps.engine.sums import inner_register, inner_sums, rejected_rows
from fxcaps.engine.values import (
    Inputs,
    begin,
    codes,
    holds,
    no_events,
    rows_of,
    signatures_of,
    single,
    undecided,
)
from fxcaps.ops.batch import Result
from fxcaps.ops.length import LENGTH, Length
from fxcaps.types import Format


def length(params: Length, inputs: Inputs, formats: Mapping[str, Format]) -> Result:
    """Correctly rounded lengths; equal to `fxcaps.spec.length`."""
    batch, shapes = begin(LENGTH, params, inputs, formats)
    x, out = inputs["x"], formats["out"]
    shift = out.frac - x.format.frac
    up, down = max(shift, 0), max(-shift, 0)
    interval = LENGTH.intervals(params, signatures_of(LENGTH, inputs), formats, {})["out"][0]
    frac = 2 * x.format.frac
    register, squares = inner_register(params.accumulator, interval, frac, out)
    if not holds(squares << 2 * up + 2, 1 << down):
        return undecided(batch, shapes)
    values = rows_of(x)
    made = inner_sums(register, values * values, x.array.shape[-1])
    sums, marks = np.maximum(made.words, 0), made.marks
    words, events = np.zeros_like(sums), no_events(batch)
    record_overflows(marks, events)
    narrowing = codes(out, params.rounding, params.overflow)
    lengths(sums, up, down, narrowing, words, events)
    return single(words, events, params.overflow, shapes["out"], rejected_rows(marks))

"""add over arrays."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from fxcaps.engine.epilogue import finish, shifting
from fxcaps.engine.kernels.narrow import Ints, Marks, record_overflows
from fxcaps.engine.values import (
    LARGEST_BITS,
    Inputs,
    begin,
    holds,
    magnitude,
    rows_of,
    shift_words,
    single,
    undecided,
)
from fxcaps.ops.add import ADD, Add, AddLanes, AddShift
from fxcaps.ops.batch import Result, Words
from fxcaps.types import Format, Shape


def add(params: Add, inputs: Inputs, formats: Mapping[str, Format]) -> Result:
    """The sum of two tensors; equal to `fxcaps.spec.add`."""
    batch, shapes = begin(ADD, params, inputs, formats)
    a, b, out = inputs["a"], inputs["b"], formats["out"]
    up_a, up_b, shift, bound = shifts_of(params, a.format, b.format, out)
    if not holds(bound << max(-shift, 0)):
        return undecided(batch, shapes)
    epilogue = None if isinstance(params, AddLanes) else shifting(bound, shift, params, out)
    if epilogue is not None:
        sums = aligned(a, up_a) + aligned(b, up_b)
        return finish(sums, epilogue, params, out, shapes["out"])
    values = (rows_of(a) << up_a) + (rows_of(b) << up_b)
    marks = None
    if isinstance(params, AddLanes):
        marks = _wrap_in_lanes(params, values, shapes["out"])
    words, events = shift_words(values, shift, out, params.rounding, params.overflow, a.first)
    if marks is not None:
        record_overflows(marks, events)
    return single(words, events, params.overflow, shapes["out"])


def shifts_of(params: Add, a: Format, b: Format, out: Format) -> tuple[int, int, int, int]:
    """Left shifts of both words, the right shift of their sum, and its magnitude at the most."""
    frac = max(a.frac, b.frac)
    up_a, up_b, shift = frac - a.frac, frac - b.frac, frac - out.frac
    if isinstance(params, AddShift | AddLanes) and params.shift is not None:
        up_a, up_b, shift = 0, 0, params.shift
    return up_a, up_b, shift, (magnitude(a) << up_a) + (magnitude(b) << up_b)


def aligned(words: Words, up: int) -> NDArray[np.int32]:
    """Rows of words shifted left by `up`, in 32 bits that hold them."""
    batch, *shape = words.array.shape
    rows = words.array.reshape(batch, math.prod(shape)).astype(np.int32)
    shifted: NDArray[np.int32] = rows << np.int32(up)
    return shifted


def _wrap_in_lanes(params: AddLanes, values: Ints, shape: Shape) -> Marks:
    """Make words of a lane of the sums `(N, M)` in whole groups; marks those that changed."""
    marks = np.zeros(values.shape, np.uint8)
    if params.lane_width > LARGEST_BITS:  # wider than any sum
        return marks
    extent, inner = shape[params.lane_axis], math.prod(shape[params.lane_axis :][1:])
    if values.size == 0:
        return marks
    parts = (values.size // (extent * inner), extent, inner)
    whole = extent - extent % params.lanes
    sums = values.reshape(parts)[:, :whole]
    half = 1 << params.lane_width - 1
    wrapped = ((sums + half) & (2 * half - 1)) - half
    marks.reshape(parts)[:, :whole] = wrapped != sums
    sums[...] = wrapped
    return marks

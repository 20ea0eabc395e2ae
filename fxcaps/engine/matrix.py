"""Sums of rows times weights, in the fastest number type that is exact for them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.engine.kernels import products
from fxcaps.engine.kernels.instructions import Path
from fxcaps.engine.kernels.narrow import Ints, Marks
from fxcaps.engine.sums import Register, largest_start, register_for, row_intervals
from fxcaps.ops.batch import Words
from fxcaps.types import Accumulator, Format

_TYPES: dict[Path, tuple[type[np.generic], int]] = {
    Path.FLOAT32: (np.float32, 1 << 24),
    Path.FLOAT64: (np.float64, 1 << 53),
}
"""Types in which every integer below a limit is a number, so that sums in any order are exact."""


def row_register(
    accumulator: Accumulator, rows: Ints, bias: Words | None, x: Format, frac: int, out: Format
) -> Register:
    """How to form the sums of `rows (O, K)` of weights times words of `x`, with `bias (O)`.

    Args:
        accumulator: as the step states it.
        rows: one row of weights an output channel.
        bias: as the step has it, or none.
        x: format of the words that are multiplied.
        frac: fraction bits of full-precision products.
        out: format of the words that the sums become.
    """
    intervals = row_intervals(accumulator, rows, bias, x, frac, out.frac)
    largest = largest_start(bias, accumulator.frac(frac))
    return register_for(accumulator, intervals, frac, out, largest)


def product_type(register: Register, forced: Path | None = None) -> type[np.generic]:
    """The fastest number type in which every partial sum, in any order, is exact.

    Args:
        register: how the sums are formed.
        forced: a path to take where the range allows it.
    """
    able = [path for path, (_, limit) in _TYPES.items() if register.free and register.bound < limit]
    if not able or forced is Path.INT64:
        return np.int64
    return _TYPES[forced if forced in able else able[0]][0]


def multiply(
    x: NDArray[np.generic], rows: Ints, start: Ints, register: Register
) -> tuple[Ints, Marks]:
    """Sums `(M, O)` of `x (M, K)` and `rows (O, K)` with `start (O)`, K ascending.

    Args:
        x: words in the type of `product_type`.
        rows: one row of weights an output channel.
        start: what sums start or end with.
        register: how the sums are formed.

    Returns also the mark of every sum; nothing where floats prove that all are fine.
    """
    if x.dtype != np.int64:
        sums = (x @ rows.astype(x.dtype).T).astype(np.int64)
        sums += start
        return sums, np.zeros((0, 0), np.uint8)
    sums = np.empty((len(x), len(rows)), np.int64)
    marks = np.empty(sums.shape, np.uint8)
    if register.clips:
        return _clipped(x, rows, start, register)
    products.dense(x.astype(np.int64), rows, start, register.plan, sums, marks)
    return sums, marks


def clip_type(register: Register) -> type[np.int32 | np.int64]:
    """The least type of numbers that holds every sum before it is clipped."""
    widest = max(register.bound, -register.plan.low, register.plan.high)
    return np.int32 if widest < 1 << 31 else np.int64


def _clipped(
    x: NDArray[np.generic], rows: Ints, start: Ints, register: Register
) -> tuple[Ints, Marks]:
    """The same where every addition is clipped: many sums at a time, each in its order."""
    low, high = register.plan.low, register.plan.high
    kind: type[Any] = clip_type(register)
    made, marks = np.empty((len(x), len(rows)), kind), np.empty((len(x), len(rows)), np.uint8)
    columns = np.ascontiguousarray(rows.T.astype(kind))
    products.dense_clipped(x.astype(kind), columns, start.astype(kind), low, high, made, marks)
    return made.astype(np.int64), marks

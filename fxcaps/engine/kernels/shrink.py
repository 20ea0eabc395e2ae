"""Squash of images in 32 bits, for the algorithms that take a root and divide."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from fxcaps.engine.kernels.compile import kernel
from fxcaps.engine.kernels.lanes import (
    LANES,
    Lanes,
    Narrow,
    Quotients,
    buffers,
    divide_lanes,
    load_lanes,
    store_lanes,
)
from fxcaps.engine.kernels.narrow import Ints

LARGEST_RADICAND = 1 << 50
"""Up to it no root that is no integer rounds to one in doubles."""

_Int = np.int32


class Squash(NamedTuple):
    """How a vector of squares S shrinks: by `root(S << 2 guard) << up` over a norm.

    Args:
        guard: bits of the root.
        up: left shift of the root.
        drop: the norm is `(S >> drop) + one << down`.
        one: see `drop`.
        down: see `drop`.
        quotients: how they become words.
    """

    guard: int
    up: int
    drop: int
    one: int
    down: int
    quotients: Quotients


@kernel
def shrink_all(x: Narrow, dim: int, plan: Squash, words: Narrow, events: Ints) -> None:
    """Words of the vectors of `dim` components of `x (N, M)`."""
    for n in range(x.shape[0]):
        shrink(x[n], dim, plan, words[n], events, n)


@kernel
def shrink(x: Narrow, dim: int, plan: Squash, words: Narrow, events: Ints, image: int) -> None:
    """Words of the vectors of `dim` components of the row `x (M)`, and the image's events."""
    room = buffers(dim)
    squares = np.empty(LANES, np.int32)
    vectors = x.size // dim
    for first in range(0, vectors, LANES):
        used = min(LANES, vectors - first)
        load_lanes(x, first, used, dim, room.over)
        sum_squares(room.over, used, squares)
        multiply_by_root(squares, used, plan, room.over, room.under)
        inexact = divide_lanes(room, used, plan.quotients)
        store_lanes(room, first, used, inexact, plan.quotients, words, events, image)


@kernel
def sum_squares(x: Lanes, used: int, squares: Lanes) -> None:
    """The squares of `x (dim, LANES)` added up by lane."""
    squares[:] = 0
    for k in range(x.shape[0]):
        for lane in range(used):
            squares[lane] += _Int(x[k, lane] * x[k, lane])


@kernel
def multiply_by_root(squares: Lanes, used: int, plan: Squash, x: Lanes, under: Lanes) -> None:
    """Numerators in place of the components `x (dim, LANES)`, and their denominators."""
    scale = float(1 << 2 * plan.guard)
    roots, norms = np.empty(LANES, np.int32), np.empty(LANES, np.int32)
    for lane in range(used):
        roots[lane] = _Int(math.sqrt(float(squares[lane]) * scale)) << plan.up
        norms[lane] = ((squares[lane] >> plan.drop) + plan.one) << plan.down
    for k in range(x.shape[0]):
        for lane in range(used):
            x[k, lane] = _Int(x[k, lane] * roots[lane])
            under[k, lane] = norms[lane]

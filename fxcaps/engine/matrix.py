"""Sums of rows times weights, in the fastest number type that is exact for them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fxcaps.engine.kernels import products
from fxcaps.engine.kernels.narrow import Flags, Ints
from fxcaps.engine.sums import Register

_FLOAT32_EXACT = 1 << 24
_FLOAT64_EXACT = 1 << 53
"""Below these every integer is a float, so that sums in any order and grouping are exact."""


def product_type(register: Register) -> type[np.generic]:
    """The fastest number type in which every partial sum, in any order, is exact."""
    if register.free and register.bound < _FLOAT32_EXACT:
        return np.float32
    if register.free and register.bound < _FLOAT64_EXACT:
        return np.float64
    return np.int64


def multiply(
    rows: NDArray[np.generic], weight: Ints, start: Ints, register: Register
) -> tuple[Ints, Flags]:
    """Sums `(M, O)` of `rows (M, K)` and `weight (O, K)` from `start (O)`, K ascending.

    Args:
        rows: words in the type of `product_type`.
        weight: one row an output channel.
        start: aligned bias.
        register: how the sums are watched.

    Returns also where a sum overflowed; nothing where the register is free.
    """
    if rows.dtype != np.int64:
        sums = (rows @ weight.astype(rows.dtype).T).astype(np.int64)
        sums += start
        return sums, np.zeros((0, 0), np.bool_)
    sums = np.empty((len(rows), len(weight)), np.int64)
    flags = np.empty(sums.shape, np.bool_)
    products.dense(rows.astype(np.int64), weight, start, register.arguments, sums, flags)
    return sums, flags

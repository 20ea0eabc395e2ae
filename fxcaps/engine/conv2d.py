"""conv2d over arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from fxcaps.engine.kernels.narrow import Flags, Ints
from fxcaps.engine.kernels.products import dense
from fxcaps.engine.sums import (
    Register,
    flags_for,
    largest_start,
    narrow_sums,
    register_for,
    row_intervals,
    start_words,
)
from fxcaps.engine.values import Inputs, begin, undecided
from fxcaps.ops.batch import Result
from fxcaps.ops.conv2d import CONV2D, Conv2d
from fxcaps.types import Format

_COLUMN_BYTES = 1 << 26
"""Memory for unfolded windows at a time: large enough for the matrix product, small enough that
a batch of any size streams."""

_FLOAT32_EXACT = 1 << 24
_FLOAT64_EXACT = 1 << 53
"""Below these every integer is a float, so that sums in any order and grouping are exact."""


def conv2d(params: Conv2d, inputs: Inputs, formats: Mapping[str, Format]) -> Result:
    """Convolution with bias and fused ReLU; equal to `fxcaps.spec.conv2d`."""
    batch, shapes = begin(CONV2D, params, inputs, formats)
    x, weight, out = inputs["x"], inputs["weight"], formats["out"]
    frac = x.format.frac + weight.format.frac
    kernels = np.ascontiguousarray(weight.array.reshape(len(weight.array), -1))
    accumulator, bias = params.accumulator, inputs.get("bias")
    intervals = row_intervals(accumulator, kernels, bias, x.format, frac, out.frac)
    largest = largest_start(bias, accumulator.frac(frac))
    register = register_for(accumulator, intervals, frac, out, largest)
    if not register.fits:
        return undecided(batch, shapes)
    start = start_words(bias, register, (len(kernels),))
    rows, columns, channels = shapes["out"]
    size = rows * columns * channels
    sums = np.empty((batch, size), np.int64)
    overflowed = flags_for(register, batch, size)
    dtype = _product_type(register)
    taps = kernels.shape[1]
    block = max(1, _COLUMN_BYTES // (rows * columns * taps * 8))
    for first in range(0, batch, block):
        part = slice(first, first + block)
        windows = _windows(params, x.array[part], weight.array.shape, dtype)
        sums[part], flags = _products(windows, kernels, start, register, len(sums[part]))
        if not register.free:
            overflowed[part] = flags
    if params.relu:
        np.maximum(sums, 0, out=sums)
    return narrow_sums(
        sums,
        overflowed,
        register,
        params,
        out,
        shapes["out"],
        inputs["x"].first,
    )


def _product_type(register: Register) -> type[np.generic]:
    """The fastest number type in which every partial sum, in any order, is exact."""
    if register.free and register.bound < _FLOAT32_EXACT:
        return np.float32
    if register.free and register.bound < _FLOAT64_EXACT:
        return np.float64
    return np.int64


def _windows(
    params: Conv2d, x: Ints, kernel: tuple[int, ...], dtype: type[np.generic]
) -> NDArray[np.generic]:
    """Unfold `x (N, H, W, C)` to `(N * OH * OW, KH * KW * C)`."""
    top, bottom, left, right = params.padding
    padded = np.pad(x.astype(dtype), ((0, 0), (top, bottom), (left, right), (0, 0)))
    view = sliding_window_view(padded, kernel[1:3], axis=(1, 2))
    view = view[:, :: params.stride[0], :: params.stride[1]]
    # (N, OH, OW, C, KH, KW) -> (N, OH, OW, KH, KW, C)
    ordered = np.moveaxis(view, 3, 5)
    return np.ascontiguousarray(ordered).reshape(-1, kernel[1] * kernel[2] * kernel[3])


def _products(
    windows: NDArray[np.generic], kernels: Ints, start: Ints, register: Register, batch: int
) -> tuple[Ints, Flags]:
    """Sums and overflow flags of the windows, one row an image."""
    if windows.dtype != np.int64:
        products = windows @ kernels.astype(windows.dtype).T
        sums = products.astype(np.int64)
        sums += start
        return sums.reshape(batch, -1), np.zeros((0, 0), np.bool_)
    sums = np.empty((len(windows), len(kernels)), np.int64)
    flags = np.empty(sums.shape, np.bool_)
    dense(windows.astype(np.int64), kernels, start, register.plan, sums, flags)
    return sums.reshape(batch, -1), flags.reshape(batch, -1)

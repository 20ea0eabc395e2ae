"""conv2d over arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from fxcaps.engine.kernels.narrow import Ints, Marks
from fxcaps.engine.matrix import multiply, product_type, row_register
from fxcaps.engine.sums import Register, marks_for, narrow_sums, start_words
from fxcaps.engine.values import Inputs, begin, undecided
from fxcaps.ops.batch import Result
from fxcaps.ops.conv2d import CONV2D, Conv2d
from fxcaps.ops.window import Windowed
from fxcaps.types import Format

_COLUMN_BYTES = 1 << 26
"""Memory for unfolded windows at a time: large enough for the matrix product, small enough that
a batch of any size streams."""


def conv2d(params: Conv2d, inputs: Inputs, formats: Mapping[str, Format]) -> Result:
    """Convolution with bias and fused ReLU; equal to `fxcaps.spec.conv2d`."""
    batch, shapes = begin(CONV2D, params, inputs, formats)
    x, weight, out = inputs["x"], inputs["weight"], formats["out"]
    frac = x.format.frac + weight.format.frac
    kernels = np.ascontiguousarray(weight.array.reshape(len(weight.array), -1))
    bias = inputs.get("bias")
    register = row_register(params.accumulator, kernels, bias, x.format, frac, out)
    if not register.fits:
        return undecided(batch, shapes)
    start = start_words(bias, register, (len(kernels),))
    rows, columns, _ = shapes["out"]
    window = (rows, columns, *weight.array.shape[1:3])
    sums, marks = convolve(params, x.array, window, kernels, start, register)
    if params.relu:
        np.maximum(sums, 0, out=sums)
    return narrow_sums(
        sums,
        marks,
        register,
        params,
        out,
        shapes["out"],
        inputs["x"].first,
    )


def convolve(
    params: Windowed,
    x: Ints,
    window: tuple[int, int, int, int],
    kernels: Ints,
    start: Ints,
    register: Register,
) -> tuple[Ints, Marks]:
    """Sums of all windows, blocks of images at a time.

    Args:
        params: stride and padding.
        x: `(N, H, W, C)`.
        window: rows and columns of the output, rows and columns of a window.
        kernels: `(O, KH * KW * C)`.
        start: what sums start or end with, `(O)`.
        register: how the sums are formed.

    Returns `(N, OH * OW * O)` sums and, unless the register is free, as many marks.
    """
    rows, columns = window[:2]
    size = rows * columns * len(kernels)
    sums = np.empty((len(x), size), np.int64)
    marks = marks_for(register, len(x), size)
    dtype = product_type(register)
    block = max(1, _COLUMN_BYTES // (rows * columns * kernels.shape[1] * 8))
    for first in range(0, len(x), block):
        part = slice(first, first + block)
        windows = _windows(params, x[part], window[2:], dtype)
        made, marked = multiply(windows, kernels, start, register)
        sums[part] = made.reshape(-1, size)
        if not register.free:
            marks[part] = marked.reshape(-1, size)
    return sums, marks


def _windows(
    params: Windowed, x: Ints, window: tuple[int, int], dtype: type[np.generic]
) -> NDArray[np.generic]:
    """Unfold `x (N, H, W, C)` to `(N * OH * OW, KH * KW * C)`."""
    top, bottom, left, right = params.padding
    padded = np.pad(x.astype(dtype), ((0, 0), (top, bottom), (left, right), (0, 0)))
    view = sliding_window_view(padded, window, axis=(1, 2))
    view = view[:, :: params.stride[0], :: params.stride[1]]
    # (N, OH, OW, C, KH, KW) -> (N, OH, OW, KH, KW, C)
    ordered = np.moveaxis(view, 3, 5)
    return np.ascontiguousarray(ordered).reshape(-1, window[0] * window[1] * x.shape[3])

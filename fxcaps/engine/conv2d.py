"""conv2d over arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from fxcaps.engine.kernels.instructions import Path
from fxcaps.engine.kernels.narrow import SATURATED, Ints, Marks, record_overflows
from fxcaps.engine.kernels.q7 import record_wraps
from fxcaps.engine.matrix import multiply, product_type, row_register
from fxcaps.engine.packed import Prepared, Windows, prepare, words_of
from fxcaps.engine.remembered import digest_of, remember
from fxcaps.engine.sums import Register, marks_for, narrow_sums, rejected_rows
from fxcaps.engine.values import (
    LARGEST_BITS,
    Inputs,
    begin,
    shift_words,
    single,
    undecided,
)
from fxcaps.ops.batch import Result
from fxcaps.ops.conv2d import CONV2D, Conv2d, Conv2dPulp
from fxcaps.ops.window import Windowed
from fxcaps.types import Format, Overflow, Rounding, Shape

_COLUMN_BYTES = 1 << 26
"""Memory for unfolded windows at a time: large enough for the matrix product, small enough that
a batch of any size streams."""


def conv2d(
    params: Conv2d, inputs: Inputs, formats: Mapping[str, Format], *, path: Path | None = None
) -> Result:
    """Convolution with bias and fused ReLU; equal to `fxcaps.spec.conv2d`.

    `path` is taken wherever the range of the sums allows it.
    """
    batch, shapes = begin(CONV2D, params, inputs, formats)
    x, weight, bias, out = inputs["x"], inputs["weight"], inputs.get("bias"), formats["out"]
    shape, grid = shapes["out"], x.array.shape[1:]
    window, kernels = weight.array.shape[1:3], weight.array.reshape(len(weight.array), -1)

    def make() -> Prepared:
        rows, frac = np.ascontiguousarray(kernels), x.format.frac + weight.format.frac
        register = row_register(params.accumulator, rows, bias, x.format, frac, out)
        windows = windows_on(params, grid, window, shape)
        return prepare(register, rows[None], bias, windows, x.format, path)

    key = "conv2d", params, x.format, weight.format, out, grid, path, digest_of(bias)
    made = remember(weight.array, key, make)
    register = made.register
    if not register.fits:
        return undecided(batch, shapes)
    if made.packed is not None and not isinstance(params, Conv2dPulp):
        done = words_of(made, pad(params, x.array), params, out, shape, relu=params.relu)
        if done is not None:
            return done
    extent = (*shape[:2], *window)
    rows = np.ascontiguousarray(kernels)
    sums, marks = convolve(params, x.array, extent, rows, made.start[0], register, path)
    if isinstance(params, Conv2dPulp):
        if bias is None and register.half:
            given = params, x.array, extent, rows, made.start[0] - register.half, register
            _leave_off_half(params.left_over(*shape[:2]), sums, marks, given)
        if params.relu:
            return _wrapped_relu(params, sums, marks, register, out, shape, x.first)
    if params.relu:
        np.maximum(sums, 0, out=sums)
    return narrow_sums(sums, marks, register, params, out, shape, x.first)


def pad(params: Windowed, x: NDArray[np.generic]) -> NDArray[np.generic]:
    """`x (N, H, W, ...)` with its zero rows and columns."""
    top, bottom, left, right = params.padding
    if not any(params.padding):
        return np.ascontiguousarray(x)
    rest = ((0, 0),) * (x.ndim - 3)
    return np.pad(x, ((0, 0), (top, bottom), (left, right), *rest))


def windows_on(params: Windowed, grid: Shape, window: Shape, shape: Shape) -> Windows:
    """The windows of a padded image `(H, W, C)`: a piece for every row of a window.

    Args:
        params: stride and padding.
        grid: shape of an image.
        window: its rows and columns.
        shape: of one image's output.
    """
    top, bottom, left, right = params.padding
    height, width, channels = grid[0] + top + bottom, grid[1] + left + right, grid[2]
    line = width * channels
    rows, columns = np.indices(shape[:2], np.int64)
    offsets = rows * params.stride[0] * line + columns * params.stride[1] * channels
    bases = np.arange(shape[0] * shape[1], dtype=np.int64) * shape[2]
    return Windows(
        image=height * line,
        offsets=np.ascontiguousarray(offsets.reshape(1, -1)),
        bases=bases.reshape(1, -1),
        segments=window[0],
        stride=line,
        length=window[1] * channels,
    )


def _leave_off_half(
    pixels: tuple[int, ...], sums: Ints, marks: Marks, given: tuple[Any, ...]
) -> None:
    """Put in the sums of some pixels that start without the half."""
    if not pixels:
        return
    without, others = convolve(*given)
    channels = len(given[3])
    columns = (np.array(pixels)[:, None] * channels + np.arange(channels)).ravel()
    sums[:, columns] = without[:, columns]
    if marks.size:
        marks[:, columns] = others[:, columns]


def _wrapped_relu(
    params: Conv2dPulp,
    sums: Ints,
    marks: Marks,
    register: Register,
    out: Format,
    shape: Shape,
    first: int,
) -> Result:
    """Round, wrap, take what is above 0, and handle overflow."""
    whole = Format(True, LARGEST_BITS + 1, out.frac)
    shift = register.frac - out.frac
    rounded, events = shift_words(sums, shift, whole, params.rounding, Overflow.WRAP, first)
    half = 1 << min(params.relu_width, LARGEST_BITS) - 1
    # |rounded| < 2**62, so that a wider argument changes nothing.
    narrow = params.relu_width < LARGEST_BITS
    wrapped = ((rounded + half) & (2 * half - 1)) - half if narrow else rounded
    positive = np.maximum(wrapped, 0)
    words, clipped = shift_words(positive, 0, out, Rounding.FLOOR, params.overflow)
    flags = wrapped != rounded
    if params.overflow is Overflow.WRAP:
        flags |= words != positive
    else:
        events[:, SATURATED] = clipped[:, SATURATED]
    record_wraps(flags, events)
    record_overflows(marks, events)
    unsure = None if register.free else rejected_rows(marks)
    if params.overflow is not Overflow.REJECT:
        return single(words, events, params.overflow, shape, unsure)
    rejected = clipped[:, :2, 0].sum(axis=1) > 0
    unsure = rejected if unsure is None else unsure | rejected
    return single(words, events, Overflow.SATURATE, shape, unsure)


def convolve(
    params: Windowed,
    x: Ints,
    window: tuple[int, int, int, int],
    kernels: Ints,
    start: Ints,
    register: Register,
    forced: Path | None = None,
) -> tuple[Ints, Marks]:
    """Sums of all windows, blocks of images at a time.

    Args:
        params: stride and padding.
        x: `(N, H, W, C)`.
        window: rows and columns of the output, rows and columns of a window.
        kernels: `(O, KH * KW * C)`.
        start: what sums start or end with, `(O)`.
        register: how the sums are formed.
        forced: a path to take where the range allows it.

    Returns `(N, OH * OW * O)` sums and, unless the register is free, as many marks.
    """
    rows, columns = window[:2]
    size = rows * columns * len(kernels)
    sums = np.empty((len(x), size), np.int64)
    marks = marks_for(register, len(x), size)
    dtype = product_type(register, forced)
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
    view = sliding_window_view(pad(params, x.astype(dtype)), window, axis=(1, 2))
    view = view[:, :: params.stride[0], :: params.stride[1]]
    # (N, OH, OW, C, KH, KW) -> (N, OH, OW, KH, KW, C)
    ordered = np.moveaxis(view, 3, 5)
    return np.ascontiguousarray(ordered).reshape(-1, window[0] * window[1] * x.shape[3])

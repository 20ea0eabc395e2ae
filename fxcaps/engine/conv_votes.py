"""conv_votes over arrays: the convolution of every input type's grid."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from fxcaps.engine.conv2d import convolve, pad, windows_on
from fxcaps.engine.kernels.instructions import Path
from fxcaps.engine.matrix import row_register
from fxcaps.engine.packed import Prepared, Windows, prepare, words_of
from fxcaps.engine.remembered import digest_of, remember
from fxcaps.engine.sums import marks_for, narrow_sums
from fxcaps.engine.values import Inputs, begin, undecided
from fxcaps.ops.batch import Result
from fxcaps.ops.conv_votes import CONV_VOTES, ConvVotes
from fxcaps.types import Format, Shape


def conv_votes(
    params: ConvVotes, inputs: Inputs, formats: Mapping[str, Format], *, path: Path | None = None
) -> Result:
    """Votes of capsules on a grid; equal to `fxcaps.spec.conv_votes`.

    `path` is taken wherever the range of the sums allows it.
    """
    batch, shapes = begin(CONV_VOTES, params, inputs, formats)
    u, weight, out, shape = inputs["u"], inputs["weight"], formats["out"], shapes["out"]
    shared, capsules, dim, down, across, _ = weight.array.shape
    kernels = weight.array.reshape(shared, capsules * dim, -1)
    bias, grid = inputs.get("bias"), u.array.shape[1:]
    if bias is not None:
        bias = bias._replace(array=bias.array.ravel())

    def make() -> Prepared:
        rows, frac = np.ascontiguousarray(kernels), u.format.frac + weight.format.frac
        every = rows.reshape(-1, rows.shape[2])
        register = row_register(params.accumulator, every, bias, u.format, frac, out)
        windows = _windows_by_type(params, grid, (down, across), shape, shared)
        return prepare(register, rows, bias, windows, u.format, path)

    key = "conv_votes", params, u.format, weight.format, out, grid, path, digest_of(bias)
    made = remember(weight.array, key, make)
    register = made.register
    if not register.fits:
        return undecided(batch, shapes)
    grids = u.array.transpose(0, 3, 1, 2, 4)
    if made.packed is not None:
        flat = grids.reshape(batch * shape[0], *grids.shape[2:])
        padded = pad(params, flat).reshape(batch, made.packed.windows.image)
        done = words_of(made, padded, params, out, shape)
        if done is not None:
            return done
    types, rows, columns = shape[:3]
    words = rows * columns * capsules * dim
    sums = np.empty((batch, types, words), np.int64)
    marks = marks_for(register, batch, types * words)
    for k in range(shared):
        # Grids of the types that share kernel k, as if each were an image of its own.
        images = grids[:, k::shared].reshape(batch * (types // shared), *grids.shape[2:])
        window, weights = (rows, columns, down, across), np.ascontiguousarray(kernels[k])
        given = images, window, weights, made.start[k], register, path
        done_sums, marked = convolve(params, *given)
        sums[:, k::shared] = done_sums.reshape(batch, types // shared, words)
        if not register.free:
            grids_of_marks = marks.reshape(sums.shape)
            grids_of_marks[:, k::shared] = marked.reshape(batch, types // shared, words)
    sums = sums.reshape(batch, types * words)
    return narrow_sums(sums, marks, register, params, out, shape, u.first)


def _windows_by_type(
    params: ConvVotes, grid: Shape, window: Shape, shape: Shape, shared: int
) -> Windows:
    """The windows of the grids `(T, H, W, D)`; kernel k is that of types k, k + shared, ...

    Args:
        params: stride and padding.
        grid: shape of the capsules of an image, `(H, W, T, D)`.
        window: its rows and columns.
        shape: of the votes of an image, `(T, OH, OW, ...)`.
        shared: kernels that the types share.
    """
    types, words = shape[0], math.prod(shape[1:])
    one = windows_on(params, (*grid[:2], grid[3]), window, (*shape[1:3], math.prod(shape[3:])))
    order = np.arange(types, dtype=np.int64).reshape(-1, shared).T  # (kernel, types that use it)
    offsets = order[:, :, None] * one.image + one.offsets
    bases = order[:, :, None] * words + one.bases
    return Windows(
        image=types * one.image,
        offsets=np.ascontiguousarray(offsets.reshape(shared, -1)),
        bases=np.ascontiguousarray(bases.reshape(shared, -1)),
        segments=one.segments,
        stride=one.stride,
        length=one.length,
    )

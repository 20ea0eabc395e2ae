"""conv_votes over arrays: the convolution of every input type's grid."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fxcaps.engine.conv2d import convolve
from fxcaps.engine.matrix import row_register
from fxcaps.engine.sums import marks_for, narrow_sums, start_words
from fxcaps.engine.values import Inputs, begin, undecided
from fxcaps.ops.batch import Result
from fxcaps.ops.conv_votes import CONV_VOTES, ConvVotes
from fxcaps.types import Format


def conv_votes(params: ConvVotes, inputs: Inputs, formats: Mapping[str, Format]) -> Result:
    """Votes of capsules on a grid; equal to `fxcaps.spec.conv_votes`."""
    batch, shapes = begin(CONV_VOTES, params, inputs, formats)
    u, weight, out = inputs["u"], inputs["weight"], formats["out"]
    frac = u.format.frac + weight.format.frac
    shared, capsules, dim, down, across, _ = weight.array.shape
    kernels = np.ascontiguousarray(weight.array.reshape(shared, capsules * dim, -1))
    bias = inputs.get("bias")
    if bias is not None:
        bias = bias._replace(array=bias.array.ravel())
    rows_of_weights = kernels.reshape(-1, kernels.shape[2])
    register = row_register(params.accumulator, rows_of_weights, bias, u.format, frac, out)
    if not register.fits:
        return undecided(batch, shapes)
    start = start_words(bias, register, (len(rows_of_weights),)).reshape(shared, -1)
    types, rows, columns = shapes["out"][:3]
    grids, words = u.array.transpose(0, 3, 1, 2, 4), rows * columns * capsules * dim
    sums = np.empty((batch, types, words), np.int64)
    marks = marks_for(register, batch, types * words)
    for k in range(shared):
        # Grids of the types that share kernel k, as if each were an image of its own.
        images = grids[:, k::shared].reshape(batch * (types // shared), *grids.shape[2:])
        window = (rows, columns, down, across)
        made, marked = convolve(params, images, window, kernels[k], start[k], register)
        sums[:, k::shared] = made.reshape(batch, types // shared, words)
        if not register.free:
            grids_of_marks = marks.reshape(sums.shape)
            grids_of_marks[:, k::shared] = marked.reshape(batch, types // shared, words)
    return narrow_sums(
        sums.reshape(batch, types * words),
        marks,
        register,
        params,
        out,
        shapes["out"],
        u.first,
    )

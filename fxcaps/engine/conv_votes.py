"""conv_votes over arrays: the convolution of every input type's grid."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fxcaps.engine.conv2d import convolve
from fxcaps.engine.sums import (
    fits,
    flags_for,
    narrow_sums,
    register_for,
    start_words,
    weight_intervals,
)
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
    start = start_words(inputs.get("bias"), frac, kernels.shape[:2])
    if start is None:
        return undecided(batch, shapes)
    start = start.reshape(shared, -1)
    spans = weight_intervals(kernels.reshape(-1, kernels.shape[2]), start.ravel(), u.format)
    register = register_for(params.accumulator, spans, int(np.abs(start).max()))
    if not fits(register, frac, out):
        return undecided(batch, shapes)
    types, rows, columns = shapes["out"][:3]
    grids = u.array.transpose(0, 3, 1, 2, 4)
    sums = np.empty((batch, types, rows * columns * capsules * dim), np.int64)
    overflowed = flags_for(register, batch, sums[0].size)
    for k in range(shared):
        # Grids of the types that share kernel k, as if each were an image of its own.
        images = grids[:, k::shared].reshape(-1, *grids.shape[2:])
        window = (rows, columns, down, across)
        made, flags = convolve(params, images, window, kernels[k], start[k], register)
        sums[:, k::shared] = made.reshape(batch, -1, made.shape[1])
        if not register.free:
            marked = overflowed.reshape(sums.shape)
            marked[:, k::shared] = flags.reshape(batch, -1, made.shape[1])
    return narrow_sums(
        sums.reshape(batch, -1), overflowed, register, frac, params, out, shapes["out"]
    )

"""conv_votes in float64."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from fxcaps.ops.conv_votes import ConvVotes
from fxcaps.real.values import Reals


def conv_votes(params: ConvVotes, inputs: Reals) -> Reals:
    """`u (N, H, W, I, D_in)` with `weight (K, J, D_out, KH, KW, D_in)`, and bias."""
    u, weight = inputs["u"], inputs["weight"]
    top, bottom, left, right = params.padding
    u = np.pad(u, ((0, 0), (top, bottom), (left, right), (0, 0), (0, 0)))
    down, across = params.stride
    kernels = len(weight)
    # windows have the axes N, OH, OW, I, D_in, KH, KW
    windows = sliding_window_view(u, weight.shape[3:5], axis=(1, 2))[:, ::down, ::across]
    batch, rows, columns, types = windows.shape[:4]
    out = np.empty((batch, types, rows, columns, *weight.shape[1:3]))
    for k in range(kernels):
        votes = np.tensordot(windows[:, :, :, k::kernels], weight[k], ([5, 6, 4], [2, 3, 4]))
        out[:, k::kernels] = np.moveaxis(votes, 3, 1)
        if "bias" in inputs:
            out[:, k::kernels] += inputs["bias"][k]
    return {"out": out}

"""conv2d in float64."""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from fxcaps.ops.conv2d import Conv2d
from fxcaps.real.values import Reals


def conv2d(params: Conv2d, inputs: Reals) -> Reals:
    """Convolution `x (N, H, W, C)` with `weight (O, KH, KW, C)`, bias and ReLU, row by row."""
    x, weight = inputs["x"], inputs["weight"]
    top, bottom, left, right = params.padding
    x = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)))
    down, across = params.stride
    _, kernel_rows, kernel_columns, _ = weight.shape
    # (N, H, OW, C, KW): the windows of one row at a time keep memory small
    windows = sliding_window_view(x, kernel_columns, axis=2)[:, :, ::across]
    rows = (x.shape[1] - kernel_rows) // down + 1
    out = np.zeros((len(x), rows, windows.shape[2], len(weight)))
    for ky in range(kernel_rows):
        lines = windows[:, ky : ky + (rows - 1) * down + 1 : down]
        out += np.tensordot(lines, weight[:, ky], axes=([4, 3], [1, 2]))
    if "bias" in inputs:
        out += inputs["bias"]
    return {"out": np.maximum(out, 0.0) if params.relu else out}

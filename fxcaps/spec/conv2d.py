"""The normative conv2d."""

from __future__ import annotations

from collections.abc import Mapping
from operator import mul

from fxcaps.ops.conv2d import CONV2D, Conv2d
from fxcaps.spec.accumulate import Register, accumulate
from fxcaps.spec.arithmetic import narrow, scaled
from fxcaps.spec.window import positions
from fxcaps.types import Format, Log, Tensor, signatures


def conv2d(
    params: Conv2d, inputs: Mapping[str, Tensor], formats: Mapping[str, Format], log: Log
) -> dict[str, Tensor]:
    """Convolution with bias and fused ReLU; page `ops/conv2d.md`."""
    # CV-1 guard
    rows, columns, channels = CONV2D.guard(params, signatures(inputs), formats)["out"]
    x, weight, out = inputs["x"], inputs["weight"], formats["out"]
    bias = inputs.get("bias")
    # CV-2 read: windows row by row, column by column, channel by channel; padding is zero
    taps = weight.shape[1] * weight.shape[2] * weight.shape[3]
    kernels = [weight.words[o * taps : (o + 1) * taps] for o in range(channels)]
    frac = x.format.frac + weight.format.frac
    register = Register(params.accumulator, frac, out.frac)
    starts = [0] * channels
    if bias is not None:
        starts = [word << (register.frac - bias.format.frac) for word in bias.words]
    words: list[int] = []
    for row in range(rows):
        for column in range(columns):
            window = _window(params, x, weight.shape[1], weight.shape[2], row, column)
            for o in range(channels):
                # CV-3 compute: bias and products in window order, then ReLU
                index = len(words)
                products = map(mul, window, kernels[o])
                total = accumulate(starts[o], products, register, log, index)
                if params.relu:
                    total = max(total, 0)
                    log.note(range(index, index + 1), "after ReLU", total, register.frac)
                # CV-4 round, overflow
                n, d = scaled(total, 1, out.frac - register.frac)
                words.append(narrow(n, d, out, params.rounding, params.overflow, log, index))
    return {"out": Tensor((rows, columns, channels), out, words)}


def _window(
    params: Conv2d, x: Tensor, kernel_rows: int, kernel_columns: int, row: int, column: int
) -> list[int]:
    """Words under one window, (ky, kx, channel) ascending."""
    height, width, depth = x.shape
    window: list[int] = []
    for position in positions(params, (height, width), (kernel_rows, kernel_columns), row, column):
        if position is None:
            window += [0] * depth
        else:
            window += x.words[position * depth : (position + 1) * depth]
    return window

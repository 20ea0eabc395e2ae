"""The normative conv2d."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from operator import mul

from fxcaps.ops.conv2d import CONV2D, Conv2d, Conv2dPulp
from fxcaps.spec.accumulate import Register, accumulate
from fxcaps.spec.arithmetic import narrow, scaled
from fxcaps.spec.window import positions
from fxcaps.types import (
    Accumulator,
    Event,
    Format,
    Init,
    Log,
    Overflow,
    Rounding,
    Tensor,
    signatures,
)


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
    alone = Register(_without_half(params), frac, out.frac)
    left_over = params.left_over(rows, columns) if isinstance(params, Conv2dPulp) else ()
    words: list[int] = []
    for row in range(rows):
        for column in range(columns):
            window = _window(params, x, weight.shape[1], weight.shape[2], row, column)
            # CV-5 a pixel that is made alone has no half where it has no bias
            lone = bias is None and row * columns + column in left_over
            for o in range(channels):
                # CV-3 compute: bias and products in window order, then ReLU
                index = len(words)
                products = map(mul, window, kernels[o])
                total = accumulate(starts[o], products, alone if lone else register, log, index)
                if isinstance(params, Conv2dPulp) and params.relu:
                    n, d = scaled(total, 1, out.frac - register.frac)
                    words.append(_wrapped_relu(params, n, d, out, log, index))
                    continue
                if params.relu:
                    total = max(total, 0)
                    log.note(range(index, index + 1), "after ReLU", total, register.frac)
                # CV-4 round, overflow
                n, d = scaled(total, 1, out.frac - register.frac)
                words.append(narrow(n, d, out, params.rounding, params.overflow, log, index))
    return {"out": Tensor((rows, columns, channels), out, words)}


def _without_half(params: Conv2d) -> Accumulator:
    accumulator = params.accumulator
    halved = accumulator.init is Init.BIAS_AND_HALF
    return replace(accumulator, init=Init.BIAS) if halved else accumulator


def _wrapped_relu(
    params: Conv2dPulp, numerator: int, denominator: int, out: Format, log: Log, index: int
) -> int:
    """CV-6: rounded, wrapped, then the larger of it and 0 handled for overflow."""
    argument = Format(True, params.relu_width, out.frac)
    before = log.events.get("out", {}).get(Event.WRAPPED)
    given = numerator, denominator, argument
    wrapped = narrow(*given, params.rounding, Overflow.WRAP, log, index)
    positive = max(wrapped, 0)
    log.note(range(index, index + 1), "after ReLU", positive, out.frac)
    clipped = Log()
    word = narrow(positive, 1, out, Rounding.FLOOR, params.overflow, clipped, index)
    known = log.events.get("out", {}).get(Event.WRAPPED) != before
    for event in clipped.events.get("out", {}):
        if not (known and event is Event.WRAPPED):
            log.record("out", event, index)
    return word


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

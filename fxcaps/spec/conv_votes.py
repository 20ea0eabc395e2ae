"""The normative conv_votes."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from operator import mul

from fxcaps.ops.conv_votes import CONV_VOTES, ConvVotes
from fxcaps.spec.accumulate import Register, accumulate
from fxcaps.spec.arithmetic import narrow, scaled
from fxcaps.spec.window import positions
from fxcaps.types import Format, Log, Tensor, signatures


def conv_votes(
    params: ConvVotes, inputs: Mapping[str, Tensor], formats: Mapping[str, Format], log: Log
) -> dict[str, Tensor]:
    """Votes of capsules on a grid for capsules on a grid; page `ops/conv_votes.md`."""
    # CO-1 guard
    shape = CONV_VOTES.guard(params, signatures(inputs), formats)["out"]
    u, weight, out = inputs["u"], inputs["weight"], formats["out"]
    bias = inputs.get("bias")
    # CO-2 read: kernels of output channels (j, k); input type i uses kernel i mod K
    kernels, capsules, dim, *taps = weight.shape
    channels, depth = capsules * dim, taps[0] * taps[1] * taps[2]
    frac = u.format.frac + weight.format.frac
    register = Register(params.accumulator, frac, out.frac)
    starts = [0] * (kernels * channels)
    if bias is not None:
        starts = [word << (register.frac - bias.format.frac) for word in bias.words]
    words: list[int] = []
    for i, row, column in itertools.product(*map(range, shape[:3])):
        window = _window(params, u, taps, i, row, column)
        first = i % kernels * channels
        for channel in range(first, first + channels):
            # CO-3 compute: bias and products in window order
            index = len(words)
            products = map(mul, window, weight.words[channel * depth : (channel + 1) * depth])
            total = accumulate(starts[channel], products, register, log, index)
            # CO-4 round, overflow
            n, d = scaled(total, 1, out.frac - register.frac)
            words.append(narrow(n, d, out, params.rounding, params.overflow, log, index))
    return {"out": Tensor(shape, out, words)}


def _window(
    params: ConvVotes, u: Tensor, taps: list[int], i: int, row: int, column: int
) -> list[int]:
    """Words of type i under one window, (ky, kx, component) ascending; padding is zero."""
    height, width, types, dim = u.shape
    window: list[int] = []
    for position in positions(params, (height, width), (taps[0], taps[1]), row, column):
        if position is None:
            window += [0] * dim
        else:
            start = (position * types + i) * dim
            window += u.words[start : start + dim]
    return window

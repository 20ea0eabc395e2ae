"""The normative dense."""

from __future__ import annotations

from collections.abc import Mapping
from operator import mul

from fxcaps.ops.dense import DENSE, Dense
from fxcaps.spec.accumulate import Register, accumulate
from fxcaps.spec.arithmetic import narrow, scaled
from fxcaps.types import Format, Log, Tensor, signatures


def dense(
    params: Dense, inputs: Mapping[str, Tensor], formats: Mapping[str, Format], log: Log
) -> dict[str, Tensor]:
    """A fully connected layer with bias and fused ReLU; page `ops/dense.md`."""
    # DE-1 guard
    shape = DENSE.guard(params, signatures(inputs), formats)["out"]
    x, weight, out = inputs["x"], inputs["weight"], formats["out"]
    bias = inputs.get("bias")
    # DE-2 read: vectors along the last axis, one row of weights for each output
    channels, taps = weight.shape
    rows = [weight.words[o * taps : (o + 1) * taps] for o in range(channels)]
    vectors = [x.words[k : k + taps] for k in range(0, len(x.words), taps)]
    frac = x.format.frac + weight.format.frac
    register = Register(params.accumulator, frac, out.frac)
    starts = [0] * channels
    if bias is not None:
        starts = [word << (register.frac - bias.format.frac) for word in bias.words]
    words: list[int] = []
    for vector in vectors:
        for o in range(channels):
            # DE-3 compute: bias and products ascending, then ReLU
            index = len(words)
            products = map(mul, vector, rows[o])
            total = accumulate(starts[o], products, register, log, index)
            if params.relu:
                total = max(total, 0)
                log.note(range(index, index + 1), "after ReLU", total, register.frac)
            # DE-4 round, overflow
            n, d = scaled(total, 1, out.frac - register.frac)
            words.append(narrow(n, d, out, params.rounding, params.overflow, log, index))
    return {"out": Tensor(shape, out, words)}

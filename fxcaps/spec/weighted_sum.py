"""The normative weighted_sum."""

from __future__ import annotations

from collections.abc import Mapping

from fxcaps.ops.weighted_sum import WEIGHTED_SUM, WeightedSum
from fxcaps.spec.accumulate import Register, accumulate
from fxcaps.spec.arithmetic import narrow, scaled
from fxcaps.types import Format, Log, Tensor, signatures


def weighted_sum(
    params: WeightedSum, inputs: Mapping[str, Tensor], formats: Mapping[str, Format], log: Log
) -> dict[str, Tensor]:
    """Votes weighted by coupling coefficients; page `ops/weighted_sum.md`."""
    # WS-1 guard
    shape = WEIGHTED_SUM.guard(params, signatures(inputs), formats)["out"]
    c, votes, out = inputs["c"], inputs["votes"], formats["out"]
    bias = inputs.get("bias")
    # WS-2 read: a shared coupling or bias repeats over output capsules
    count, capsules, dim = votes.shape
    couplings = c.shape[1]
    register = Register(params.accumulator, c.format.frac + votes.format.frac, out.frac)
    words: list[int] = []
    for j in range(capsules):
        weights = [c.words[i * couplings + j % couplings] for i in range(count)]
        for k in range(dim):
            # WS-3 compute: bias and input capsules, ascending
            index = len(words)
            start = 0
            if bias is not None:
                word = bias.words[(j % bias.shape[0]) * dim + k]
                start = word << (register.frac - bias.format.frac)
            terms = votes.words[index :: capsules * dim]
            products = (weight * term for weight, term in zip(weights, terms, strict=True))
            total = accumulate(start, products, register, log, index)
            # WS-4 round, overflow
            n, d = scaled(total, 1, out.frac - register.frac)
            words.append(narrow(n, d, out, params.rounding, params.overflow, log, index))
    return {"out": Tensor(shape, out, words)}

"""The normative agreement."""

from __future__ import annotations

from collections.abc import Mapping
from operator import mul

from fxcaps.ops.agreement import AGREEMENT, Agreement
from fxcaps.spec.accumulate import Register, accumulate
from fxcaps.spec.arithmetic import narrow, scaled
from fxcaps.types import Format, Log, Tensor, signatures


def agreement(
    params: Agreement, inputs: Mapping[str, Tensor], formats: Mapping[str, Format], log: Log
) -> dict[str, Tensor]:
    """Scalar products of votes and output capsules; page `ops/agreement.md`."""
    # AG-1 guard
    shape = AGREEMENT.guard(params, signatures(inputs), formats)["out"]
    votes, v, out = inputs["votes"], inputs["v"], formats["out"]
    # AG-2 read
    count, capsules, dim = votes.shape
    register = Register(params.accumulator, votes.format.frac + v.format.frac, out.frac)
    words: list[int] = []
    for index in range(count * capsules):
        j = index % capsules
        vote = votes.words[index * dim : (index + 1) * dim]
        capsule = v.words[j * dim : (j + 1) * dim]
        # AG-3 compute: components ascending
        total = accumulate(0, map(mul, vote, capsule), register, log, index)
        # AG-4 round, overflow
        n, d = scaled(total, 1, out.frac - register.frac)
        words.append(narrow(n, d, out, params.rounding, params.overflow, log, index))
    return {"out": Tensor(shape, out, words)}

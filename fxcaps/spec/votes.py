"""The normative votes."""

from __future__ import annotations

from collections.abc import Mapping
from operator import mul

from fxcaps.ops.votes import VOTES, Votes
from fxcaps.spec.accumulate import Register, accumulate
from fxcaps.spec.arithmetic import narrow, scaled
from fxcaps.types import Format, Log, Tensor, signatures


def votes(
    params: Votes, inputs: Mapping[str, Tensor], formats: Mapping[str, Format], log: Log
) -> dict[str, Tensor]:
    """Each input capsule's prediction of each output capsule; page `ops/votes.md`."""
    # VO-1 guard
    shape = VOTES.guard(params, signatures(inputs), formats)["out"]
    u, weight, out = inputs["u"], inputs["weight"], formats["out"]
    # VO-2 read
    count, outputs, dim_out, dim_in = weight.shape
    register = Register(params.accumulator, u.format.frac + weight.format.frac, out.frac)
    words: list[int] = []
    for i in range(count):
        capsule = u.words[i * dim_in : (i + 1) * dim_in]
        for _ in range(outputs * dim_out):
            # VO-3 compute: input components ascending
            index = len(words)
            row = weight.words[index * dim_in : (index + 1) * dim_in]
            total = accumulate(0, map(mul, row, capsule), register, log, index)
            # VO-4 round, overflow
            n, d = scaled(total, 1, out.frac - register.frac)
            words.append(narrow(n, d, out, params.rounding, params.overflow, log, index))
    return {"out": Tensor(shape, out, words)}

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
    # VO-2 read: shared matrices repeat over input capsules
    matrices, outputs, dim_out, dim_in = weight.shape
    rows = outputs * dim_out
    register = Register(params.accumulator, u.format.frac + weight.format.frac, out.frac)
    words: list[int] = []
    for i in range(u.shape[0]):
        capsule = u.words[i * dim_in : (i + 1) * dim_in]
        for r in range(i % matrices * rows, (i % matrices + 1) * rows):
            # VO-3 compute: input components ascending
            index = len(words)
            row = weight.words[r * dim_in : (r + 1) * dim_in]
            total = accumulate(0, map(mul, row, capsule), register, log, index)
            # VO-4 round, overflow
            n, d = scaled(total, 1, out.frac - register.frac)
            words.append(narrow(n, d, out, params.rounding, params.overflow, log, index))
    return {"out": Tensor(shape, out, words)}

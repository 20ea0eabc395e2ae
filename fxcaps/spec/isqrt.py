"""The normative isqrt."""

from __future__ import annotations

import math
from collections.abc import Mapping

from fxcaps.ops.isqrt import ISQRT, Isqrt
from fxcaps.spec.arithmetic import narrow
from fxcaps.types import QUARTERS, Format, Log, Reason, Rejection, Rounding, Tensor, signatures


def isqrt(
    params: Isqrt, inputs: Mapping[str, Tensor], formats: Mapping[str, Format], log: Log
) -> dict[str, Tensor]:
    """The floor of the square root at the output's fraction; page `ops/isqrt.md`."""
    # SR-1 guard
    ISQRT.guard(params, signatures(inputs), formats)
    x, out = inputs["x"], formats["out"]
    words = []
    shift = 2 * out.frac - x.format.frac + 2
    for index, word in enumerate(x.words):
        # SR-2 read
        if word < 0:
            raise Rejection(Reason.NEGATIVE_ROOT, f"x[{index}] is {word}")
        # SR-3 compute: floor of twice the root in output steps; dropping bits first keeps it
        halves = math.isqrt(word << shift if shift >= 0 else word >> -shift)
        exact = halves**2 << max(-shift, 0) == word << max(shift, 0)
        log.note(range(index, index + 1), "root", halves >> 1, out.frac)
        # SR-4 round (the floor), overflow; an odd quarter stands for an inexact half
        quarters = 2 * halves + (0 if exact else 1)
        log.note(range(index, index + 1), QUARTERS, quarters)
        words.append(narrow(quarters, 4, out, Rounding.FLOOR, params.overflow, log, index))
    return {"out": Tensor(x.shape, out, words)}

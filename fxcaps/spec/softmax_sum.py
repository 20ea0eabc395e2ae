"""One vector of logits, and the sum of its exponentials."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fxcaps.ops.softmax_lut import SummedExponentials
from fxcaps.spec.accumulate import Register, accumulate
from fxcaps.types import Event, Log, Reason, Rejection


class Vector(NamedTuple):
    """What an algorithm of softmax reads of one vector.

    Args:
        distances: of each logit to the largest, in logit steps.
        frac: fraction bits of the logits.
        frac_out: fraction bits of the output.
        start: flat index of the first coefficient.
        log: receives an accumulator overflow.
    """

    distances: Sequence[int]
    frac: int
    frac_out: int
    start: int
    log: Log


Fractions = list[tuple[int, int]]
"""Every coefficient as numerator and denominator, in output steps."""


def sum_of(words: Sequence[int], params: SummedExponentials, vector: Vector) -> int:
    """SM-7: the register after all words of exponentials, positive, in steps of these words."""
    seen = Log()
    register = Register(params.accumulator, params.exp_frac, params.exp_frac)
    total = accumulate(0, words, register, seen, vector.start)
    total <<= params.exp_frac - register.frac
    if total <= 0:
        raise Rejection(
            Reason.ACCUMULATOR_OVERFLOW,
            f"out[{vector.start}]: the sum of exponentials overflowed to {total}, "
            "which is no divisor",
        )
    if seen.events:
        for index in range(vector.start, vector.start + len(words)):
            vector.log.record("out", Event.ACCUMULATOR_OVERFLOW, index)
    return total

"""One vector of logits, and the sum of its exponentials."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fxcaps.ops.softmax_lut import SummedExponentials
from fxcaps.spec.accumulate import Register, shared_sum
from fxcaps.types import Log, Reason, Rejection


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

    @property
    def words(self) -> range:
        """Flat indices of the coefficients."""
        return range(self.start, self.start + len(self.distances))

    def note(self, name: str, value: int | Sequence[int], frac: int | None = None) -> None:
        """An intermediate that all coefficients share."""
        self.log.note(self.words, name, value, frac)


Fractions = list[tuple[int, int]]
"""Every coefficient as numerator and denominator, in output steps."""


def sum_of(words: Sequence[int], params: SummedExponentials, vector: Vector) -> int:
    """SM-7: the register after all words of exponentials, positive, in steps of these words."""
    vector.note("entries", words, params.exp_frac or None)
    register = Register(params.accumulator, params.exp_frac, params.exp_frac)
    total = shared_sum(words, register, vector.log, vector.words)
    if total <= 0:
        raise Rejection(
            Reason.ACCUMULATOR_OVERFLOW,
            f"out[{vector.start}]: the sum of exponentials overflowed to {total}, "
            "which is no divisor",
        )
    vector.note("sum", total, params.exp_frac or None)
    return total

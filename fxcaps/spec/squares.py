"""The sum of squares of a vector in its register, and components times one factor."""

from __future__ import annotations

from collections.abc import Sequence

from fxcaps.spec.accumulate import Register, shared_sum
from fxcaps.spec.arithmetic import scaled
from fxcaps.types import Accumulator, Log


def sum_of_squares(
    vector: Sequence[int], frac: int, accumulator: Accumulator, log: Log, index: int, words: int
) -> int:
    """Sum the squares of a vector, components ascending, and return what a root can read.

    Args:
        vector: its components.
        frac: fraction bits of a component.
        accumulator: register of the sum.
        log: receives an overflow of the register for every word that is made of the vector.
        index: flat index of the first of these words.
        words: how many they are.
    """
    register = Register(accumulator, 2 * frac, 2 * frac)
    made = range(index, index + words)
    # A wrapped register can be negative, which no length is: it counts as zero.
    total = max(shared_sum((word * word for word in vector), register, log, made), 0)
    log.note(made, "N", total, 2 * frac)
    return total


def by_factor(vector: Sequence[int], factor: int, shift: int) -> list[tuple[int, int]]:
    """Every component times a factor times `2**shift`, as fractions of integers."""
    return [scaled(word * factor, 1, shift) for word in vector]

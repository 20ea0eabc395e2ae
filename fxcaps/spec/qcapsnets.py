"""The normative quantisers of Q-CapsNets, and real values known as finely as a rule needs."""

from __future__ import annotations

from collections.abc import Callable
from math import isqrt

from fxcaps.spec.stochastic import random_bits
from fxcaps.types import (
    Lfsr,
    Philox,
    QcapsnetsLogarithmic,
    QcapsnetsRtn,
    QcapsnetsStochastic,
    Rounding,
    RoundingRule,
)

EPSILON = 10**8
"""The code takes the logarithm of |x| + 1e-8; this is one by that."""

LARGEST_EXPONENT = 10
"""The code keeps powers of two up to 2**10."""


def addend(
    rule: Philox | Lfsr | QcapsnetsRtn, frac: int, image: int, index: int
) -> tuple[int, int]:
    """What a rule adds before the floor: an integer u and its fraction bits, in output steps.

    Args:
        rule: a generator, or a quantiser of Q-CapsNets that is no logarithm.
        frac: fraction bits N of the output.
        image: index of the image in its data set.
        index: flat index of the word in its tensor.
    """
    if isinstance(rule, QcapsnetsRtn):  # QC-2
        return 1, frac + 1
    drawn = random_bits(rule, image, index)
    if isinstance(rule, QcapsnetsStochastic):  # QC-3
        return at_least(drawn, rule.bits, frac)
    return drawn, rule.bits  # STO-1


def at_least(drawn: int, bits: int, frac: int) -> tuple[int, int]:
    """QC-3: the larger of `drawn * 2**-bits` and 2**(-N - 1), with its fraction bits."""
    fine = max(bits, frac + 1)
    return max(drawn << (fine - bits), 1 << (fine - frac - 1)), fine


def power_of_two(numerator: int, denominator: int, frac: int) -> int:
    """QC-4: the word of the logarithmic quantiser.

    Args:
        numerator: of the exact value in output steps.
        denominator: likewise, positive.
        frac: fraction bits N of the output, not negative.
    """
    if numerator == 0:
        return 0
    # |x| + 1e-8 = top / bottom; log2 of it plus 1/2 is half of log2(2 top**2 / bottom**2)
    top = abs(numerator) * EPSILON + (denominator << frac)
    bottom = (denominator << frac) * EPSILON
    exponent = floor_log2(2 * top * top, bottom * bottom) // 2
    if exponent < -frac:
        return 0
    word = 1 << min(exponent, LARGEST_EXPONENT) + frac
    return word if numerator > 0 else -word


def floor_log2(numerator: int, denominator: int) -> int:
    """The largest k with 2**k <= numerator / denominator; both are positive."""
    k = numerator.bit_length() - denominator.bit_length()
    reached = numerator >= denominator << k if k >= 0 else numerator << -k >= denominator
    return k if reached else k - 1


def resolution(rounding: RoundingRule, frac: int) -> int:
    """QC-5: fraction bits to which a rule needs the floor of a real value, at least 1."""
    match rounding:
        case Rounding():
            return 1
        case QcapsnetsRtn():
            return frac + 1
        case QcapsnetsStochastic():
            return max(rounding.bits, frac + 1)
        case Philox() | Lfsr():
            return rounding.bits
        case _:
            return 32  # a first try


def decided(rounding: RoundingRule, floor: int, bits: int, frac: int) -> bool:
    """QC-5: whether all values strictly between two neighbours of 2**-bits round alike."""
    if not isinstance(rounding, QcapsnetsLogarithmic):
        return True
    # Above 0 the lowest threshold lies beyond half of 2**-32 steps.
    low = power_of_two(max(2 * floor, 1), 2 << bits, frac)
    return low == power_of_two(floor + 1, 1 << bits, frac)


def stand_in(
    floor_at: Callable[[int], tuple[int, bool]], rounding: RoundingRule, frac: int
) -> tuple[int, int]:
    """A fraction that a rule rounds as it rounds a real value that is not negative (QC-5).

    Args:
        floor_at: fraction bits -> the floor of the value in such fractions of an output step,
            and whether that is the value.
        rounding: the rule.
        frac: fraction bits of the output.
    """
    bits = resolution(rounding, frac)
    while True:
        floor, exact = floor_at(bits)
        if exact or decided(rounding, floor, bits, frac):
            return 2 * floor + (not exact), 2 << bits
        bits *= 2


def root_stand_in(
    numerator: int, denominator: int, rounding: RoundingRule, frac: int
) -> tuple[int, int]:
    """The stand-in of `sqrt(numerator) / denominator`; for a mode of NUM-5 that of NUM-8."""

    def floor_at(bits: int) -> tuple[int, bool]:
        square = numerator << 2 * bits
        floor = isqrt(square) // denominator
        return floor, (floor * denominator) ** 2 == square

    return stand_in(floor_at, rounding, frac)

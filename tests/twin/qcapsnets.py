"""The quantisers of Q-CapsNets, each from the formula of its code, on real numbers."""

from __future__ import annotations

from fractions import Fraction
from math import isqrt

from tests.twin.real import Real, floor

EPSILON = Fraction(1, 10**8)


def late(x: Real, frac: int) -> int:
    """floor(x + 2**(-N - 1)), x in steps."""
    return floor(x, Fraction(1, 2 ** (frac + 1)))


def logarithmic(x: Real, frac: int) -> int:
    """The power of two nearest to |x| + 1e-8 by its exponent, with the sign of x, in steps."""
    sign = x.compare(Fraction(0))
    if sign == 0:
        return 0
    for exponent in range(10, -frac - 1, -1):
        if _reaches(x, sign, exponent, frac):
            return sign * 2 ** (exponent + frac)
    return 0


def _reaches(x: Real, sign: int, exponent: int, frac: int) -> bool:
    """Whether log2(|x| + 1e-8) is at least `exponent` less a half, x being worth 2**-frac a step.

    The bound 2**(exponent - 1/2) - 1e-8 is irrational in a way that no word, root or coupling
    is, so that a tight enough enclosure of it leaves x out.
    """
    bits = 64
    while True:
        root = isqrt(2 * 4**bits)
        low, high = (
            (Fraction(side, 2**bits) * Fraction(2) ** (exponent - 1) - EPSILON) * 2**frac
            for side in (root, root + 1)
        )
        if sign * x.compare(sign * high) >= 0:
            return True
        if sign * x.compare(sign * low) <= 0:
            return False
        bits *= 2

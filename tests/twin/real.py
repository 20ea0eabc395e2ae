"""Real numbers, known by what they are compared with: enough to round them by definition."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from fractions import Fraction


class Real(ABC):
    """A real number that can be compared with any fraction."""

    @abstractmethod
    def compare(self, other: Fraction) -> int:
        """-1, 0 or 1 where the number is below, equal to or above `other`."""


@dataclass(frozen=True)
class Rational(Real):
    """A fraction."""

    value: Fraction

    def compare(self, other: Fraction) -> int:
        """By difference."""
        return sign(self.value - other)


@dataclass(frozen=True)
class Root(Real):
    """`side * sqrt(square)`, `side` being -1, 0 or 1."""

    side: int
    square: Fraction

    def compare(self, other: Fraction) -> int:
        """By x |x|, which rises with x and makes a fraction of either number."""
        return sign(self.side * self.square - other * abs(other))


def sign(value: Fraction | int) -> int:
    """-1, 0 or 1."""
    return (value > 0) - (value < 0)


def floor(x: Real, offset: Fraction = Fraction(0)) -> int:
    """The largest integer n with n <= x + offset, by bisection."""

    def reached(n: int) -> bool:
        return x.compare(n - offset) >= 0

    low, high = -1, 1
    while not reached(low):
        low *= 2
    while reached(high):
        high *= 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if reached(middle) else (low, middle)
    return low


def ceil(x: Real, offset: Fraction = Fraction(0)) -> int:
    """The smallest integer n with n >= x + offset."""
    below = floor(x, offset)
    return below if x.compare(below - offset) == 0 else below + 1

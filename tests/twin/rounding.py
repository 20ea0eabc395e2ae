"""Rounding modes and overflow modes, each from its definition."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from fxcaps.types import (
    Event,
    Format,
    Overflow,
    QcapsnetsLogarithmic,
    QcapsnetsRtn,
    Reason,
    Rounding,
)
from tests.twin.qcapsnets import late, logarithmic
from tests.twin.real import Real, ceil, floor

HALF = Fraction(1, 2)


class Misfit(Exception):  # noqa: N818 - a defined outcome, like the rejection it predicts
    """A number that a format or register has no word for; its place is not known yet."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(frozen=True)
class Made:
    """A word and what happened while it was made."""

    word: int
    events: frozenset[Event] = frozenset()


@lru_cache(maxsize=1 << 16)
def rounded(x: Real, rounding: Rounding) -> int:
    """The integer that `x` becomes."""
    match rounding:
        case Rounding.FLOOR:
            return floor(x)
        case Rounding.CEIL:
            return ceil(x)
        case Rounding.TOWARD_ZERO:
            return ceil(x) if _negative(x) else floor(x)
        case Rounding.AWAY_FROM_ZERO:
            return floor(x) if _negative(x) else ceil(x)
        case Rounding.TIES_TO_POS_INF:
            return floor(x, HALF)
        case Rounding.TIES_TO_NEG_INF:
            return ceil(x, -HALF)
        case Rounding.TIES_AWAY:
            return ceil(x, -HALF) if _negative(x) else floor(x, HALF)
        case Rounding.TIES_TO_ZERO:
            return floor(x, HALF) if _negative(x) else ceil(x, -HALF)
        case Rounding.TIES_TO_EVEN:
            return _nearest(x, 0)
        case Rounding.TIES_TO_ODD:
            return _nearest(x, 1)
        case Rounding.JAM:
            below = floor(x)
            return below if x.compare(Fraction(below)) == 0 or below % 2 == 1 else below + 1


def _negative(x: Real) -> bool:
    return x.compare(Fraction(0)) < 0


def _nearest(x: Real, parity: int) -> int:
    """The nearest integer, of two the one with this remainder by 2."""
    above, below = floor(x, HALF), ceil(x, -HALF)  # they differ at a tie only
    return above if above % 2 == parity else below


def contained(value: int, format: Format, overflow: Overflow) -> int:
    """The word of `format` that an integer in units of its step becomes."""
    count: int = 2**format.width
    low, high = (-count // 2, count // 2 - 1) if format.signed else (0, count - 1)
    if overflow is Overflow.SATURATE:
        return min(max(value, low), high)
    if overflow is Overflow.SATURATE_SYMMETRIC:
        return min(max(value, -high if format.signed else 0), high)
    if overflow is Overflow.WRAP:
        bits = value % count
        return bits - count if bits > high else bits
    if low <= value <= high:
        return value
    if overflow is Overflow.SATURATE_TO_ZERO:
        return 0
    raise Misfit(Reason.OUTPUT_OUT_OF_RANGE, f"{value} is outside {format} [{low}, {high}]")


def ruled(x: Real, rounding: Rounding | QcapsnetsRtn | QcapsnetsLogarithmic, frac: int) -> int:
    """The integer that `x` becomes by a mode, or by a rule that knows the fraction bits."""
    if isinstance(rounding, QcapsnetsRtn):
        return late(x, frac)
    if isinstance(rounding, QcapsnetsLogarithmic):
        return logarithmic(x, frac)
    return rounded(x, rounding)


def to_word(
    x: Real,
    format: Format,
    rounding: Rounding | QcapsnetsRtn | QcapsnetsLogarithmic,
    overflow: Overflow,
) -> Made:
    """The word of `format` that `x`, in units of its step, becomes, with its events."""
    whole = ruled(x, rounding, format.frac)
    word = contained(whole, format, overflow)
    events = set()
    if x.compare(Fraction(whole)) != 0:
        events.add(Event.INEXACT)
    if word != whole:
        events.add(Event.WRAPPED if overflow is Overflow.WRAP else Event.SATURATED)
    return Made(word, frozenset(events))

"""Rounding and overflow: the only place where an exact value becomes a word."""

from __future__ import annotations

from math import isqrt

from fxcaps.spec.qcapsnets import addend, power_of_two
from fxcaps.types import (
    Event,
    Format,
    Log,
    Overflow,
    QcapsnetsLogarithmic,
    Reason,
    Rejection,
    Rounding,
    RoundingRule,
)


def round_quotient(numerator: int, denominator: int, rounding: Rounding) -> int:
    """Round `numerator / denominator` to an integer; the denominator is positive."""
    floor, rest = divmod(numerator, denominator)
    if rest == 0:  # NUM-4: an integer stays as it is in every mode
        return floor
    negative = floor < 0
    side = (2 * rest > denominator) - (2 * rest < denominator)  # -1 below, 0 at, 1 above half
    match rounding:  # NUM-5
        case Rounding.FLOOR:
            up = False
        case Rounding.CEIL:
            up = True
        case Rounding.TOWARD_ZERO:
            up = negative
        case Rounding.AWAY_FROM_ZERO:
            up = not negative
        case Rounding.TIES_TO_POS_INF:
            up = side >= 0
        case Rounding.TIES_TO_NEG_INF:
            up = side > 0
        case Rounding.TIES_AWAY:
            up = side > 0 or (side == 0 and not negative)
        case Rounding.TIES_TO_ZERO:
            up = side > 0 or (side == 0 and negative)
        case Rounding.TIES_TO_EVEN:
            up = side > 0 or (side == 0 and floor % 2 == 1)
        case Rounding.TIES_TO_ODD:
            up = side > 0 or (side == 0 and floor % 2 == 0)
        case _:  # jam
            return floor | 1
    return floor + up


def handle_overflow(value: int, format: Format, overflow: Overflow) -> int:
    """Make a word of `format` from an integer in units of its step."""
    symmetric = overflow is Overflow.SATURATE_SYMMETRIC and format.signed
    low = -format.max if symmetric else format.min
    if low <= value <= format.max:
        return value
    match overflow:  # NUM-7
        case Overflow.SATURATE | Overflow.SATURATE_SYMMETRIC:
            return low if value < low else format.max
        case Overflow.WRAP:
            return (value - format.min) % (1 << format.width) + format.min
        case Overflow.SATURATE_TO_ZERO:
            return 0
        case _:  # reject
            raise Rejection(
                Reason.OUTPUT_OUT_OF_RANGE,
                f"{value} is outside {format} [{format.min}, {format.max}]",
            )


def narrow(
    numerator: int,
    denominator: int,
    format: Format,
    rounding: RoundingRule,
    overflow: Overflow,
    log: Log,
    index: int,
    tensor: str = "out",
) -> int:
    """Round `numerator / denominator` steps of `format`, then handle overflow, with events.

    Args:
        numerator: of the exact value in units of the format's step.
        denominator: likewise, positive.
        format: of the word that results.
        rounding: applied first (NUM-6).
        overflow: applied to the rounded value.
        log: receives the events.
        index: flat index of the word in its tensor.
        tensor: name of the output port.
    """
    # EVT-1, EVT-2: each kind at most once for a word, under the word's own flat index
    if isinstance(rounding, Rounding):
        rounded = round_quotient(numerator, denominator, rounding)
    elif isinstance(rounding, QcapsnetsLogarithmic):  # QC-4
        rounded = power_of_two(numerator, denominator, format.frac)
    else:  # STO-1, QC-2, QC-3: floor(x + u)
        u, bits = addend(rounding, format.frac, log.image, index)
        rounded = ((numerator << bits) + u * denominator) // (denominator << bits)
    if rounded * denominator != numerator:
        log.record(tensor, Event.INEXACT, index)  # EVT-3
    log.narrowing(tensor, index, numerator, denominator, rounded, format, rounding, overflow)
    try:
        word = handle_overflow(rounded, format, overflow)
    except Rejection as rejection:
        raise rejection.within(f"{tensor}[{index}]") from None
    if word != rounded:  # EVT-4
        wrapped = overflow is Overflow.WRAP
        log.record(tensor, Event.WRAPPED if wrapped else Event.SATURATED, index)
    return word


def scaled(numerator: int, denominator: int, shift: int) -> tuple[int, int]:
    """Return `numerator / denominator * 2**shift` as a fraction of integers."""
    if shift >= 0:
        return numerator << shift, denominator
    return numerator, denominator << -shift


def root_quarters(numerator: int, denominator: int) -> int:
    """Return four times a stand-in that rounds as `sqrt(numerator) / denominator` does.

    The stand-in is the floor of the real value plus 0, 1/4, 1/2 or 3/4: exactly on an integer,
    below half, exactly half, above half (NUM-8). The real value is an integer or a half exactly
    where the square of its doubled floor says so; comparing integer roots would call inexact
    values ties.

    Args:
        numerator: not negative.
        denominator: positive.
    """
    halves = isqrt(4 * numerator) // denominator
    exact = (halves * denominator) ** 2 == 4 * numerator
    return 2 * halves + (0 if exact else 1)

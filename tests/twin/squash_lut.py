"""The twin of squash by a table."""

from __future__ import annotations

from fractions import Fraction

from fxcaps.ops import OutOfRange, SquashLut, TableSource
from fxcaps.types import Overflow, Reason
from tests.twin.nested import power
from tests.twin.real import Rational, Root, floor
from tests.twin.rounding import Misfit, contained, rounded


def looked_up(params: SquashLut, square: Fraction, frac: int) -> Fraction:
    """The factor of a vector of a squared length, in components of `frac` fraction bits."""
    position = (_source(params, square, frac) - params.offset) * power(-params.shift)
    k = floor(Rational(position))
    rest = (position - k) * power(params.shift)
    last = len(params.table) - 1
    if k < 0 or k > last:
        if params.out_of_range is OutOfRange.ZERO:
            return Fraction(0)
        if params.out_of_range is OutOfRange.REJECT:
            message = f"table index {k} is outside [0, {last}]"
            raise Misfit(Reason.OUTPUT_OUT_OF_RANGE, message)
        k, rest = min(max(k, 0), last), Fraction(0)
    rise = Fraction(params.slopes[k]) * rest if params.slopes else Fraction(0)
    step = rounded(Rational(rise * power(-params.slope_shift)), params.slope_rounding)
    word = contained(params.table[k] + step, params.table_format, Overflow.SATURATE)
    return word * power(-params.table_format.frac)


def _source(params: SquashLut, square: Fraction, frac: int) -> Fraction:
    """What indexes the table."""
    units = square * power(2 * frac)
    if params.source is TableSource.SQUARES:
        return units
    if params.source is TableSource.NORM:
        return Fraction(floor(Root(1, units * power(2 * params.guard))))
    if units == 0:
        return Fraction(0)
    exponent, mantissa = 0, units
    while mantissa >= 4:
        exponent, mantissa = exponent + 1, mantissa / 4
    return exponent * power(params.guard + 2) + floor(Rational(mantissa * power(params.guard)))

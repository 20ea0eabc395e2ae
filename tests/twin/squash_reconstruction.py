"""The twins of the reconstructions of squash: factors as fractions."""

from __future__ import annotations

from fractions import Fraction

from fxcaps.ops import SquashExp, SquashNorm, SquashPow2, SquashShiftReconstruction
from fxcaps.types import Overflow
from tests.twin.nested import power
from tests.twin.real import Rational, Root, floor
from tests.twin.rounding import contained


def shifted(params: SquashShiftReconstruction, square: Fraction) -> Fraction:
    """A power of two: below a length of 1 the largest that is no larger, else half of 1 over it."""
    if square == 0:
        return Fraction(0)
    largest = Fraction(1)
    while largest**2 > square:
        largest /= 2
    while (2 * largest) ** 2 <= square:
        largest *= 2
    return (largest if square < 1 else 1 / largest / 2) * power(params.offset)


def estimated(params: SquashNorm, vector: list[Fraction], frac: int) -> Fraction:
    """The table's factor at the largest magnitude plus lambda times the others."""
    units = sorted(abs(s) * power(frac) for s in vector)
    ratio = params.multiplier * power(-params.multiplier_shift)
    norm = units[-1] + floor(Rational(sum(units[:-1], Fraction(0)) * ratio))
    return _entry(params, norm)


def less_a_power(params: SquashPow2, square: Fraction, frac: int) -> Fraction:
    """`1 - 2**-n` or `1 - exp(-n)` below the threshold, the table's factor from it on."""
    bits = frac + params.guard
    norm = floor(Root(1, square * power(2 * bits)))
    if norm >= params.threshold:
        return _entry(params, Fraction(norm - params.threshold))
    if isinstance(params, SquashExp):
        norm = floor(Rational(norm * params.multiplier * power(-params.multiplier_shift)))
    real = -norm * power(-bits)
    u = floor(Rational(real))
    step = power(-params.table_format.frac)
    floored = floor(Rational(power(u) * (1 + real - u) / step))
    word = contained(floor(Rational(1 / step)) - floored, params.table_format, Overflow.SATURATE)
    return word * step


def _entry(params: SquashNorm | SquashPow2, norm: Fraction) -> Fraction:
    k = min(floor(Rational(norm * power(-params.shift))), len(params.table) - 1)
    return params.table[k] * power(-params.table_format.frac)

"""The twin of divide."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from fxcaps.ops import DivideExact, DivideReciprocal, ZeroDivisor
from fxcaps.types import Event, Format, Overflow, Reason, Tensor
from tests.twin.nested import Index, Outcome, at, outcome, power, values
from tests.twin.real import Rational
from tests.twin.rounding import Made, Misfit, to_word


def divide(
    params: DivideExact | DivideReciprocal,
    inputs: Mapping[str, Tensor],
    formats: Mapping[str, Format],
) -> Outcome:
    """`a / b`, or `a` times a rounded `1 / b`."""
    a, b, out = values(inputs["a"]), values(inputs["b"]), formats["out"]

    def make(index: Index) -> Made:
        dividend, divisor = at(a, index), at(b, index)
        if divisor == 0:
            return _by_zero(params, dividend * power(inputs["a"].format.frac), out)
        if isinstance(params, DivideExact):
            quotient = dividend / divisor
        else:
            quotient = dividend * _reciprocal(params, divisor)
        real = Rational(quotient * power(out.frac))
        return to_word(real, out, params.rounding, params.overflow)

    return outcome(inputs["a"].shape, out, make)


def _reciprocal(params: DivideReciprocal, divisor: Fraction) -> Fraction:
    format, steps = params.reciprocal, Rational(power(params.reciprocal.frac) / divisor)
    try:
        made = to_word(steps, format, params.reciprocal_rounding, params.reciprocal_overflow)
    except Misfit as misfit:
        raise Misfit(misfit.reason, f"reciprocal: {misfit.message}") from None
    return made.word * power(-format.frac)


def _by_zero(params: DivideExact | DivideReciprocal, dividend: Fraction, out: Format) -> Made:
    match params.zero_divisor:
        case ZeroDivisor.REJECT:
            raise Misfit(Reason.DIVISION_BY_ZERO, f"{dividend} is divided by 0")
        case ZeroDivisor.CONSTANT:
            return Made(params.zero_word)
        case ZeroDivisor.SATURATE:
            # What an ever larger quotient comes to.
            modes = (Overflow.SATURATE_SYMMETRIC, Overflow.SATURATE)
            mode = modes[0] if params.overflow is modes[0] else modes[1]
            far = power(out.width + 1) * (1 if dividend >= 0 else -1)
            made = to_word(Rational(far), out, params.rounding, mode)
            return Made(made.word, frozenset({Event.SATURATED}))

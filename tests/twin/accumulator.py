"""Registers: sums of exact products with the three ways to handle overflow."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from fxcaps.types import Accumulator, Check, Event, Format, Reason
from tests.twin.nested import power
from tests.twin.real import Rational
from tests.twin.rounding import Made, Misfit, contained, to_word


def sum_to_word(
    start: Fraction,
    products: Sequence[Fraction],
    params: Any,
    out: Format,
    *,
    relu: bool = False,
) -> Made:
    """Sum in the register of `params`, then round into `out` by its modes."""
    total, overflowed = accumulated(start, products, params.accumulator)
    if relu:
        total = max(total, Fraction(0))
    real = Rational(total * power(out.frac))
    made = to_word(real, out, params.rounding, params.overflow)
    events = {Event.ACCUMULATOR_OVERFLOW} if overflowed else set()
    return Made(made.word, made.events | events)


def accumulated(
    start: Fraction, products: Sequence[Fraction], accumulator: Accumulator
) -> tuple[Fraction, bool]:
    """The value of the register after all products, and whether it ever overflowed."""
    partials = [start]
    for product in products:
        partials.append(partials[-1] + product)
    if accumulator.format is None:
        return partials[-1], False
    if accumulator.check is Check.EXACT:
        for partial in partials:
            _expect_held(partial, accumulator.format)
        return partials[-1], False
    if accumulator.check is Check.FINAL:
        return _held(partials[-1], accumulator)
    register, overflowed = _held(start, accumulator)
    for product in products:
        register, now = _held(register + product, accumulator)
        overflowed = overflowed or now
    return register, overflowed


def _held(value: Fraction, accumulator: Accumulator) -> tuple[Fraction, bool]:
    """What the register keeps of a value, and whether that is another value."""
    assert accumulator.format is not None
    kept = contained(_steps(value, accumulator.format), accumulator.format, accumulator.overflow)
    held = kept * power(-accumulator.format.frac)
    return held, held != value


def _expect_held(value: Fraction, register: Format) -> None:
    bits = register.width - register.signed
    low, high = -(2**bits) if register.signed else 0, 2**bits - 1
    steps = _steps(value, register)
    if not low <= steps <= high:
        raise Misfit(
            Reason.ACCUMULATOR_OVERFLOW,
            f"partial sum {steps} is outside the exact accumulator {register} [{low}, {high}]",
        )


def _steps(value: Fraction, register: Format) -> int:
    """A value in steps of the register, which holds products without rounding."""
    steps = value * power(register.frac)
    assert steps.denominator == 1
    return steps.numerator

"""The twin of rescale: the functions of gemmlowp and TOSA as they are written in C."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from fxcaps.ops import RescaleDouble, RescaleSingle
from fxcaps.types import Event, Format, Overflow, Rounding, Tensor
from tests.twin.nested import Index, Outcome, outcome
from tests.twin.real import Rational
from tests.twin.rounding import Made, contained, rounded

INT32 = 2**31


def rescale(params: Any, inputs: Mapping[str, Tensor], formats: Mapping[str, Format]) -> Outcome:
    """Each word times its channel's multiplier, divided by its power of two."""
    x, out = inputs["x"], formats["out"]
    words = iter(x.words)

    def make(index: Index) -> Made:
        word = next(words)
        channel = index[-1] if len(params.shift) > 1 else 0
        multiplier, shift = params.multiplier[channel], params.shift[channel]
        exact = Fraction(word * multiplier, 2**shift)
        if isinstance(params, RescaleSingle):
            whole = rounded(Rational(exact), Rounding.TIES_TO_POS_INF)
        elif isinstance(params, RescaleDouble):
            whole = multiply_by_quantized_multiplier(word, multiplier, 31 - shift)
        else:
            whole = apply_scale_32(word, multiplier, shift)
        kept = contained(whole, out, params.overflow)
        events = set() if exact.denominator == 1 else {Event.INEXACT}
        if kept != whole:
            wraps = params.overflow is Overflow.WRAP
            events.add(Event.WRAPPED if wraps else Event.SATURATED)
        return Made(kept, frozenset(events))

    return outcome(x.shape, out, make)


def multiply_by_quantized_multiplier(x: int, multiplier: int, exponent: int) -> int:
    """TensorFlow Lite with two roundings; a negative exponent shifts right."""
    lifted = x * 2 ** max(exponent, 0)
    assert -INT32 <= lifted < INT32
    return rounding_divide_by_pot(high_mul(lifted, multiplier), max(-exponent, 0))


def high_mul(a: int, b: int, bits: int = 32) -> int:
    """SaturatingRoundingDoublingHighMul: a nudge by the sign, then C's division."""
    smallest, half = -(2 ** (bits - 1)), 2 ** (bits - 2)
    if a == b == smallest:
        return -smallest - 1
    nudge = half if a * b >= 0 else 1 - half
    return c_division(a * b + nudge, -smallest)


def rounding_divide_by_pot(x: int, exponent: int) -> int:
    """RoundingDivideByPOT: the remainder of the floor against a threshold by the sign."""
    remainder = x % 2**exponent
    threshold = (2**exponent - 1) // 2 + (1 if x < 0 else 0)
    return x // 2**exponent + (1 if remainder > threshold else 0)


def c_division(numerator: int, denominator: int) -> int:
    """A quotient cut off towards zero."""
    magnitude = abs(numerator) // denominator
    return magnitude if numerator >= 0 else -magnitude


def apply_scale_32(value: int, multiplier: int, shift: int) -> int:
    """TOSA's apply_scale_32 with double rounding."""
    constant = Fraction(2 ** (shift - 1))
    if shift > 31:
        constant += 2**30 if value >= 0 else -(2**30)
    quotient = (value * multiplier + constant) / 2**shift
    return quotient.numerator // quotient.denominator

"""The twin of softmax."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

from fxcaps.ops import (
    Parameters,
    SoftmaxB2,
    SoftmaxConstant,
    SoftmaxExact,
    SoftmaxLnu,
    SoftmaxLut,
    SoftmaxLutReciprocal,
    SoftmaxQ7,
    SoftmaxTaylor,
)
from fxcaps.types import Event, Format, Reason, Tensor
from tests.twin.accumulator import accumulated
from tests.twin.nested import Index, Outcome, at, outcome, power, values
from tests.twin.q7 import coupled
from tests.twin.real import Rational, Real
from tests.twin.rounding import Made, Misfit, to_word

Distances = list[Fraction]


def softmax(
    params: Parameters,
    inputs: Mapping[str, Tensor],
    formats: Mapping[str, Format],
) -> Outcome:
    """`exp(b[j]) / sum over k of exp(b[k])`, exactly or from table entries."""
    x, out = values(inputs["x"]), formats["out"]

    def make(index: Index) -> Made:
        logits, j = at(x, index[:-1]), index[-1]
        distances = [max(logits) - logit for logit in logits]
        if isinstance(params, SoftmaxConstant):
            return Made(params.word)
        if not isinstance(params, SoftmaxExact):
            return _TWINS[type(params)](params, inputs["x"].format, distances, j, out)
        value: Real
        if len(set(logits)) == 1:
            value = Rational(Fraction(1, len(logits)) * power(out.frac))
        else:
            differences = sorted(logit - logits[j] for logit in logits)
            value = Coupling(tuple(differences), out.frac)
        return to_word(value, out, params.rounding, params.overflow)

    return outcome(inputs["x"].shape, out, make)


def _lut(params: SoftmaxLut, x: Format, distances: Distances, j: int, out: Format) -> Made:
    """An entry by the sum of all."""
    entries = _entries(params, x, distances)
    total, overflowed = _sum(entries, params)
    return _finished(entries[j] / total, overflowed, params, out)


def _lut_reciprocal(
    params: SoftmaxLutReciprocal, x: Format, distances: Distances, j: int, out: Format
) -> Made:
    """An entry times the word of one by the sum of all."""
    entries = _entries(params, x, distances)
    total, overflowed = _sum(entries, params)
    format, steps = params.reciprocal, Rational(power(params.reciprocal.frac) / total)
    try:
        made = to_word(steps, format, params.reciprocal_rounding, params.reciprocal_overflow)
    except Misfit as misfit:
        raise Misfit(misfit.reason, f"reciprocal: {misfit.message}") from None
    value = entries[j] * made.word * power(-format.frac)
    return _finished(value, overflowed, params, out)


def _sum(exponentials: list[Fraction], params: Any) -> tuple[Fraction, bool]:
    """The register after all, and whether it overflowed; it must be a divisor."""
    total, overflowed = accumulated(
        Fraction(0), exponentials, params.accumulator, params.exp_frac, params.exp_frac
    )
    if total <= 0:
        word = total * power(params.exp_frac)
        raise Misfit(
            Reason.ACCUMULATOR_OVERFLOW,
            f"the sum of exponentials overflowed to {word}, which is no divisor",
        )
    return total, overflowed


def _finished(value: Fraction, overflowed: bool, params: Any, out: Format) -> Made:
    real = Rational(value * power(out.frac))
    made = to_word(real, out, params.rounding, params.overflow)
    events = {Event.ACCUMULATOR_OVERFLOW} if overflowed else set()
    return Made(made.word, made.events | events)


def _entries(
    params: SoftmaxLut | SoftmaxLutReciprocal, x: Format, distances: Distances
) -> list[Fraction]:
    """Values of the table words that the clamped distances index."""
    found = []
    for distance in distances:
        clamped = distance
        if params.largest_distance is not None:
            clamped = min(distance, params.largest_distance * power(-x.frac))
        index = math.floor(clamped * power(params.index_frac))
        word = params.table[min(index, len(params.table) - 1)]
        found.append(word * power(-params.exp_frac))
    return found


def _b2(params: SoftmaxB2, _: Format, distances: Distances, j: int, out: Format) -> Made:
    """2**(x - max - log2 sum 2**(x - max)), every step floored to its fraction bits."""
    logits = [_floored(-distance, params.log_frac) for distance in distances]
    powers = [_floored(_power_of_two(logit), params.exp.frac) for logit in logits]
    total, overflowed = _sum(powers, params)
    exponent = logits[j] - _floored(_log2(total), params.log_frac)
    return _finished(_power_of_two(exponent), overflowed, params, out)


def _lnu(params: SoftmaxLnu, _: Format, distances: Distances, j: int, out: Format) -> Made:
    """exp(x - max - ln sum exp(x - max)), every step floored to its fraction bits."""
    log2_e, ln_2 = (word * power(-params.constant_frac) for word in (params.log2_e, params.ln_2))
    bits = params.log_frac

    def exp(argument: Fraction) -> Fraction:
        return _power_of_two(_floored(argument * log2_e, bits))

    logits = [_floored(-distance, bits) for distance in distances]
    exponentials = [_floored(exp(logit), params.exp.frac) for logit in logits]
    total, overflowed = _sum(exponentials, params)
    logarithm = _floored(_floored(_log2(total), bits) * ln_2, bits)
    return _finished(exp(logits[j] - logarithm), overflowed, params, out)


def _taylor_tables(
    params: SoftmaxTaylor, _: Format, distances: Distances, j: int, out: Format
) -> Made:
    """exp(-a) exp(-b) (1 - c) by the sum of all."""
    count, step = len(params.fractions), power(-params.table_frac)
    exponentials = []
    for distance in distances:
        a = math.floor(distance)
        b = math.floor((distance - a) * count)
        c = distance - a - Fraction(b, count)
        whole = params.integers[min(a, len(params.integers) - 1)] * step
        exponential = whole * params.fractions[b] * step * (1 - c)
        exponentials.append(_floored(exponential, params.exp.frac))
    total, overflowed = _sum(exponentials, params)
    return _finished(exponentials[j] / total, overflowed, params, out)


def _floored(value: Fraction, frac: int) -> Fraction:
    return math.floor(value * power(frac)) * power(-frac)


def _power_of_two(exponent: Fraction) -> Fraction:
    """2**u (1 + v) of a whole u and a fraction v.

    No step here has 1,000 fraction bits, so that smaller powers round alike.
    """
    whole = math.floor(exponent)
    return power(max(whole, -1000)) * (1 + exponent - whole)


def _log2(value: Fraction) -> Fraction:
    """W + k - 1 of 2**w k with 1 <= k < 2."""
    whole = 0
    while value >= 2:
        value, whole = value / 2, whole + 1
    while value < 1:
        value, whole = value * 2, whole - 1
    return whole + value - 1


def _q7(params: SoftmaxQ7, x: Format, distances: Distances, j: int, out: Format) -> Made:
    """Distances as integers, whatever their fraction."""
    steps = [int(distance * power(x.frac)) for distance in distances]
    return to_word(Rational(coupled(params, steps, j)), out, params.rounding, params.overflow)


_TWINS: dict[type, Callable[..., Made]] = {
    SoftmaxLut: _lut,
    SoftmaxLutReciprocal: _lut_reciprocal,
    SoftmaxB2: _b2,
    SoftmaxLnu: _lnu,
    SoftmaxTaylor: _taylor_tables,
    SoftmaxQ7: _q7,
}


@dataclass(frozen=True)
class Coupling(Real):
    """`2**frac / sum over k of exp(differences[k])`, the differences not all equal.

    The value is transcendental, so that a tight enough enclosure leaves any fraction out.
    """

    differences: tuple[Fraction, ...]
    frac: int

    def compare(self, other: Fraction) -> int:
        """By enclosures, each twice as tight as the one before, until one decides."""
        target, bits = other * power(-self.frac), 64
        while True:
            low, high = _reciprocal_sum(self.differences, bits)
            if target <= low:
                return 1
            if target >= high:
                return -1
            bits *= 2


@lru_cache(maxsize=1 << 14)
def _reciprocal_sum(differences: tuple[Fraction, ...], bits: int) -> tuple[Fraction, Fraction]:
    """Fractions on both sides of the reciprocal of the sum of exponentials."""
    enclosures = [_exp(difference, bits) for difference in differences]
    highs = [high for _, high in enclosures if high is not None]
    low = 1 / sum(highs) if len(highs) == len(enclosures) else Fraction(0)
    return Fraction(low), 1 / Fraction(sum(low for low, _ in enclosures))


@lru_cache(maxsize=1 << 14)
def _exp(x: Fraction, bits: int) -> tuple[Fraction, Fraction | None]:
    """Fractions on both sides of exp(x); None for no upper one."""
    if x < 0:
        low, high = _exp(-x, bits)
        return Fraction(0) if high is None else 1 / high, 1 / low
    if x > bits:  # exp(x) > 2**x
        return power(bits), None
    partial, remainder = _taylor(x, math.ceil(4 * x) + bits // 2 + 4)
    grid = power(bits)
    low = math.floor(partial * grid) / grid
    return low, math.ceil((partial + remainder) * grid) / grid


def _taylor(x: Fraction, terms: int) -> tuple[Fraction, Fraction]:
    """The first terms of exp(x)'s series for 0 <= x <= terms / 2, and a bound on the rest.

    Beyond them each term is at most half the one before, so the rest is at most twice the first
    term left out.
    """
    numerator, denominator = 1, 1  # Horner: 1 + x/1 (1 + x/2 (1 + ...)), over common denominators
    for k in range(terms - 1, 0, -1):
        denominator *= k * x.denominator
        numerator = denominator + x.numerator * numerator
    remainder = 2 * x**terms / math.factorial(terms)
    return Fraction(numerator, denominator), remainder

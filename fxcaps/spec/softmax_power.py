"""The normative softmax by powers of two and by products of tables."""

from __future__ import annotations

from fxcaps.ops.softmax_power import PowersOfTwo, SoftmaxTaylor
from fxcaps.spec.arithmetic import scaled
from fxcaps.spec.softmax_sum import Fractions, Vector, sum_of


def by_powers(params: PowersOfTwo, vector: Vector) -> Fractions:
    """SM-10, SM-11: powers of two whose exponents have lost the logarithm of the sum."""
    to_two, from_two, frac = params.constants
    bits, exp_frac = params.log_frac, params.exp_frac
    shift = bits - vector.frac
    logits = [-d << shift if shift >= 0 else -d >> -shift for d in vector.distances]
    powers = [_power(logit * to_two >> frac, bits) for logit in logits]
    words = [_shift(mantissa, whole + exp_frac - bits) for mantissa, whole in powers]
    total = sum_of(words, params, vector)
    logarithm = _log2(total, exp_frac, bits) * from_two >> frac
    fractions = []
    for logit in logits:
        mantissa, whole = _power((logit - logarithm) * to_two >> frac, bits)
        # Below a quarter of a step, one value from a quarter to a half stands for all.
        place = max(whole + vector.frac_out - bits, -bits - 2)
        fractions.append(scaled(mantissa, 1, place))
    return fractions


def _power(exponent: int, bits: int) -> tuple[int, int]:
    """SM-10: 2**(u + v) as (1 + v) 2**u, with `bits` fraction bits of v."""
    whole = exponent >> bits
    return (1 << bits) + (exponent - (whole << bits)), whole


def _log2(total: int, frac: int, bits: int) -> int:
    """SM-10: log2(k 2**w) of 1 <= k < 2 as w + k - 1, floored to `bits` fraction bits."""
    leading = total.bit_length() - 1
    rest = total - (1 << leading)
    return (leading - frac << bits) + (rest << bits >> leading)


def taylor(params: SoftmaxTaylor, vector: Vector) -> Fractions:
    """SM-12: products of two table words and a linear term, divided by their sum."""
    words = [_product(params, distance, vector.frac) for distance in vector.distances]
    total = sum_of(words, params, vector)
    return [scaled(word, total, vector.frac_out) for word in words]


def _product(params: SoftmaxTaylor, distance: int, frac: int) -> int:
    """SM-12: exp(-(a + b + c)) as the word of a times the word of b times 1 - c."""
    bits = params.fraction_bits
    more = max(bits, frac)  # fraction bits of the distance when it is aligned to both
    aligned = distance << more - frac
    whole, fraction = aligned >> more, aligned % (1 << more)
    leading, rest = fraction >> more - bits, fraction % (1 << more - bits)
    product = params.integers[min(whole, len(params.integers) - 1)] * params.fractions[leading]
    linear = (1 << more) - rest
    return _shift(product * linear, params.exp_frac - 2 * params.table_frac - more)


def _shift(value: int, shift: int) -> int:
    """The floor of `value * 2**shift`."""
    return value << shift if shift >= 0 else value >> -shift

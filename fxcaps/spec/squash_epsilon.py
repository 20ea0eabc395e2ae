"""The real function of squash with an epsilon, decided in integers."""

from __future__ import annotations

from math import isqrt

from fxcaps.ops.squash import EpsilonAt, SquashExact
from fxcaps.spec.qcapsnets import root_stand_in, stand_in


def epsilon_stand_in(
    params: SquashExact, word: int, squares: int, frac: int, frac_out: int
) -> tuple[int, int]:
    """SQ-8: the stand-in of the magnitude of a component in output steps.

    Args:
        params: with a positive epsilon.
        word: the component, in steps of 2**-frac.
        squares: sum of the squares of the vector.
        frac: fraction bits of the component, not negative.
        frac_out: those of the output.
    """
    if word == 0:
        return 0, 1
    p, q = params.epsilon
    up, down = max(frac_out, 0), max(-frac_out, 0)
    one = 1 << 2 * frac
    shifted = q * squares + p * one  # q times the sum of squares with epsilon
    match params.epsilon_at:
        case EpsilonAt.ROOT:
            numerator = (word * squares) ** 2 * q * shifted
            divisor = (one + squares) * shifted << down
            return root_stand_in(numerator << 2 * up, divisor, params.rounding, frac_out)
        case EpsilonAt.SQUARES:
            numerator = word**2 * q * shifted
            divisor = q * one + shifted << down
            return root_stand_in(numerator << 2 * up, divisor, params.rounding, frac_out)
        case _:  # norm
            a = squares * abs(word) * q << up
            scale = one + squares << down
            b, c = scale * q, scale * (p << frac)
            return stand_in(
                lambda bits: _quotient_floor(a << bits, b, squares, c), params.rounding, frac_out
            )


def _quotient_floor(a: int, b: int, n: int, c: int) -> tuple[int, bool]:
    """The floor of `a / (b sqrt(n) + c)`, and whether it is exact; `b` and `n` are positive.

    An integer h is no larger than the quotient exactly where h b sqrt(n) <= a - h c, that is,
    where (h b)**2 n <= (a - h c)**2: within the bounds below a - h c is not negative.
    """
    root = isqrt(n)
    low, high = a // (b * (root + 1) + c), a // (b * root + c)
    while low < high:
        h = (low + high + 1) // 2
        if (h * b) ** 2 * n <= (a - h * c) ** 2:
            low = h
        else:
            high = h - 1
    return low, (low * b) ** 2 * n == (a - low * c) ** 2

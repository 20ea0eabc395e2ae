"""Integer roots and what is built on them: isqrt, length, squash."""

from __future__ import annotations

import math

import numpy as np

from fxcaps.engine.kernels.compile import kernel
from fxcaps.engine.kernels.narrow import Flags, Ints, Narrowing, finish, resolution, round_quotient
from fxcaps.engine.kernels.shares import divide_row, rule_of

_SQUASH_ERROR = 2.0**-51
"""Relative error of the float squash: one root, one product, one quotient, each 2**-53."""


@kernel
def integer_root(value: int) -> int:
    """floor(sqrt(value)) for 0 <= value < 2**62; the float root is off by one at most."""
    root = int(math.sqrt(float(value)))
    if root * root > value:
        root -= 1
    if (root + 1) * (root + 1) <= value:
        root += 1
    return root


@kernel
def roots(x: Ints, shift: int, narrowing: Narrowing, words: Ints, events: Ints, bad: Flags) -> None:
    """floor(sqrt(x * 2**shift)) of `x (N, M)`; a negative word marks its row in `bad (N)`."""
    _, low, high, overflow = narrowing
    for n in range(x.shape[0]):
        for k in range(x.shape[1]):
            value = x[n, k]
            if value < 0:
                bad[n] = True
                continue
            shifted = value << shift if shift >= 0 else value >> -shift
            root = integer_root(shifted)
            exact = root * root == shifted and (shift >= 0 or shifted << -shift == value)
            words[n, k] = finish(root, exact, low, high, overflow, events, n, k)


@kernel
def lengths(
    sums: Ints,
    up: int,
    down: int,
    narrowing: Narrowing,
    words: Ints,
    events: Ints,
) -> None:
    """Rounded sqrt(sums) * 2**(up - down) of the sums of squares `(N, M)`."""
    rounding, low, high, overflow = narrowing
    for n in range(sums.shape[0]):
        for k in range(sums.shape[1]):
            radicand = sums[n, k] << 2 * up + 2
            halves = integer_root(radicand) >> down
            whole = halves << down
            quarters = 2 * halves + (0 if whole * whole == radicand else 1)
            rounded, exact = round_quotient(quarters, 4, rounding)
            words[n, k] = finish(rounded, exact, low, high, overflow, events, n, k)


@kernel
def squash_divide(
    x: Ints,
    sums: Ints,
    dim: int,
    one: int,
    guard: int,
    up: int,
    down: int,
    small: bool,
    narrowing: Narrowing,
    words: Ints,
    events: Ints,
) -> None:
    """Squash by root and division; `one` is 2**2F, the quotient's scale is 2**(up - down).

    `small` says that no scaled product or norm is beyond `shares.SMALL`.
    """
    rule = rule_of(narrowing[0])
    over, under = np.empty(x.shape[1], np.int64), np.empty(x.shape[1], np.int64)
    for n in range(x.shape[0]):
        for m in range(sums.shape[1]):
            root = integer_root(sums[n, m] << 2 * guard)
            norm = (one + sums[n, m]) << down
            for k in range(m * dim, (m + 1) * dim):
                over[k] = x[n, k] * root << up
                under[k] = norm
        divide_row(over, under, small, rule, narrowing, words[n], events, n)


@kernel
def squash_certified(
    x: Ints,
    sums: Ints,
    dim: int,
    one: int,
    up: int,
    down: int,
    narrowing: Narrowing,
    words: Ints,
    events: Ints,
    unsure: Flags,
) -> None:
    """Exact squash: in integers where the norm is whole, else in float64 where that is certain.

    Where the sum of squares is no square the value is irrational, so that it is no tie, and
    float64 decides it unless it lies within the error bound of one; those mark `unsure (N)`.
    The caller has proven that 2**2F plus the sum of squares stays below 2**53, and that whole
    norms times words, scaled up, and norms, scaled down, stay below 2**62.
    """
    rounding, low, high, overflow = narrowing
    fine = resolution(rounding)
    scale = math.ldexp(1.0, up - down + fine)
    for n in range(x.shape[0]):
        for m in range(sums.shape[1]):
            squares = sums[n, m]
            whole = integer_root(squares)
            rational = whole * whole == squares
            root = math.sqrt(float(squares))
            norm = one + squares
            for k in range(m * dim, (m + 1) * dim):
                if rational or x[n, k] == 0:
                    rounded, exact = round_quotient(x[n, k] * whole << up, norm << down, rounding)
                else:
                    value = scale * (float(abs(x[n, k])) * root / float(norm))
                    if abs(value - round(value)) <= value * _SQUASH_ERROR:
                        unsure[n] = True
                        continue
                    middle = 2 * int(value) + 1
                    middle = -middle if x[n, k] < 0 else middle
                    rounded, exact = round_quotient(middle, 2 << fine, rounding)
                words[n, k] = finish(rounded, exact, low, high, overflow, events, n, k)

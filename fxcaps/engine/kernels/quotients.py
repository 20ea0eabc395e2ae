"""Quotients of words by words."""

from __future__ import annotations

from fxcaps.engine.kernels.compile import kernel
from fxcaps.engine.kernels.narrow import (
    REJECT,
    SATURATED,
    Flags,
    Ints,
    Narrowing,
    finish,
    fit,
    record,
    round_quotient,
)


@kernel
def by_zero(
    dividend: int, constant: bool, word: int, narrowing: Narrowing, events: Ints, n: int, k: int
) -> int:
    """The word of a quotient by zero: a constant, or an end of the format."""
    if constant:
        return word
    record(events, n, SATURATED, k)
    return narrowing[2] if dividend >= 0 else narrowing[1]


@kernel
def quotients(
    a: Ints,
    b: Ints,
    up: int,
    down: int,
    narrowing: Narrowing,
    constant: bool,
    zero_word: int,
    words: Ints,
    events: Ints,
) -> None:
    """Rounded `a (N, M)` by `b (N, M)`, the quotient's scale is 2**(up - down)."""
    rounding, low, high, overflow = narrowing
    for n in range(a.shape[0]):
        for k in range(a.shape[1]):
            if b[n, k] == 0:
                words[n, k] = by_zero(a[n, k], constant, zero_word, narrowing, events, n, k)
                continue
            dividend = a[n, k] if b[n, k] > 0 else -a[n, k]
            rounded, exact = round_quotient(dividend << up, abs(b[n, k]) << down, rounding)
            words[n, k] = finish(rounded, exact, low, high, overflow, events, n, k)


@kernel
def reciprocal_products(
    a: Ints,
    b: Ints,
    invert: int,
    factor: Narrowing,
    up: int,
    down: int,
    narrowing: Narrowing,
    constant: bool,
    zero_word: int,
    words: Ints,
    events: Ints,
    unsure: Flags,
) -> None:
    """Rounded `a (N, M)` times the reciprocals of `b (N, M)`: 2**invert by b, narrowed.

    A reciprocal that `factor` rejects marks its row in `unsure (N)`.
    """
    rounding, low, high, overflow = narrowing
    one, lift = 1 << max(invert, 0), max(-invert, 0)
    for n in range(a.shape[0]):
        for k in range(a.shape[1]):
            if b[n, k] == 0:
                words[n, k] = by_zero(a[n, k], constant, zero_word, narrowing, events, n, k)
                continue
            signed = one if b[n, k] > 0 else -one
            rounded, _ = round_quotient(signed, abs(b[n, k]) << lift, factor[0])
            reciprocal = fit(rounded, factor[1], factor[2], factor[3])
            if factor[3] == REJECT and reciprocal != rounded:
                unsure[n] = True
                continue
            product = a[n, k] * reciprocal
            rounded, exact = round_quotient(product << up, 1 << down, rounding)
            words[n, k] = finish(rounded, exact, low, high, overflow, events, n, k)

"""The published Q7-CapsNets kernels: squash in place, softmax by shifts."""

from __future__ import annotations

from fxcaps.engine.kernels.compile import kernel
from fxcaps.engine.kernels.narrow import (
    INEXACT,
    REJECT,
    SATURATED,
    WRAP,
    WRAPPED,
    Flags,
    Ints,
    Narrowing,
    finish,
    fit,
    record,
    round_quotient,
)
from fxcaps.engine.kernels.roots import integer_root

_INEXACT, _CHANGED = 1, 2


@kernel
def squash_rows(
    dim: int,
    frac: int,
    up: int,
    reach: int,
    narrowing: Narrowing,
    words: Ints,
    marks: Ints,
    events: Ints,
    unsure: Flags,
) -> None:
    """Squash the rows of `words (N, M)` one after another, in place.

    Args:
        dim: words of a row; M is a multiple.
        frac: fraction bits of the input.
        up: left shift of the root.
        reach: offsets of rows count modulo this power of two.
        narrowing: of the quotients.
        words: input, then output.
        marks: `(M)`, room for what happened to a word the last time it was made.
        events: of the words.
        unsure: `(N)`, images of which a word in between is rejected.
    """
    rounding, low, high, overflow = narrowing
    kind = WRAPPED if overflow == WRAP else SATURATED
    for n in range(words.shape[0]):
        marks[:] = 0
        for row in range(0, words.shape[1], dim):
            start = row & (reach - 1)
            squares = 0
            for k in range(start, start + dim):
                squares += words[n, k] * words[n, k]
            root = integer_root(squares) << up
            divisor = (squares >> frac) + (1 << frac)
            for k in range(start, start + dim):
                rounded, exact = round_quotient(words[n, k] * root, divisor, rounding)
                word = fit(rounded, low, high, overflow)
                marks[k] = (0 if exact else _INEXACT) | (_CHANGED if word != rounded else 0)
                if overflow == REJECT and word != rounded:
                    unsure[n] = True
                words[n, k] = word
        for k in range(words.shape[1]):
            if marks[k] & _INEXACT:
                record(events, n, INEXACT, k)
            if marks[k] & _CHANGED:
                record(events, n, kind, k)


@kernel
def shift_quotients(
    x: Ints,
    count: int,
    reach: int,
    largest_power: int,
    dividend: int,
    constant: int,
    largest_shift: int,
    narrowing: Narrowing,
    words: Ints,
    events: Ints,
) -> None:
    """Quotients of 2**dividend by the powers of each vector of `x (N, M)`, shifted right.

    A power is that of the distance to the largest logit below `reach`, from 0 to `largest_power`;
    the shift is `constant` plus the distance, up to `largest_shift`.
    """
    rounding, low, high, overflow = narrowing
    for n in range(x.shape[0]):
        for start in range(0, x.shape[1], count):
            largest = x[n, start]
            for k in range(start + 1, start + count):
                largest = max(largest, x[n, k])
            total = 0
            for k in range(start, start + count):
                total += 1 << min(max(reach - (largest - x[n, k]), 0), largest_power)
            quotient = (1 << dividend) // total
            for k in range(start, start + count):
                shift = min(constant + (largest - x[n, k]), largest_shift)
                rounded, exact = round_quotient(quotient, 1 << shift, rounding)
                words[n, k] = finish(rounded, exact, low, high, overflow, events, n, k)


@kernel
def record_wraps(wrapped: Flags, events: Ints) -> None:
    """Record the wraps flagged in `wrapped (N, M)`."""
    for n in range(wrapped.shape[0]):
        for k in range(wrapped.shape[1]):
            if wrapped[n, k]:
                record(events, n, WRAPPED, k)

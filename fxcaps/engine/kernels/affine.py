"""Scale and offset by channel."""

from __future__ import annotations

from fxcaps.engine.kernels.compile import kernel
from fxcaps.engine.kernels.narrow import (
    INEXACT,
    SATURATED,
    WRAPPED,
    Ints,
    Narrowing,
    finish,
    fit,
    record,
    resolution,
    round_quotient,
)

OPEN = 4
"""The cause of a word that is not decided yet; others add 1 if inexact and 2 if it did not fit."""


@kernel
def divide_channels(
    values: Ints, lines: Ints, narrowing: Narrowing, words: Ints, events: Ints
) -> None:
    """`(values * p + q) / r`, by `lines (C, 3)` that repeat along `values (N, M)`."""
    rounding, low, high, overflow = narrowing
    for n in range(values.shape[0]):
        for k in range(values.shape[1]):
            c = k % lines.shape[0]
            total = values[n, k] * lines[c, 0] + lines[c, 1]
            rounded, exact = round_quotient(total, lines[c, 2], rounding)
            words[n, k] = finish(rounded, exact, low, high, overflow, events, n, k)


@kernel
def enclose(
    values: Ints,
    slopes: Ints,
    starts: Ints,
    bits: int,
    narrowing: Narrowing,
    words: Ints,
    causes: Ints,
) -> None:
    """Words of lines that are known to `bits` fraction bits, entries repeating along `(N, M)`.

    Slopes and starts are floors of the true ones, so a value lies strictly within its
    approximation plus and minus (|word| + 1). Where no multiple of a half is in there, or of what
    the rounding asks for, it is certain; other words stay open.
    """
    rounding, low, high, overflow = narrowing
    fine = resolution(rounding)
    for n in range(values.shape[0]):
        for k in range(values.shape[1]):
            c, word = k % slopes.shape[0], values[n, k]
            total, radius = word * slopes[c] + starts[c], abs(word) + 1
            floor = (total - radius) >> (bits - fine)
            if floor == (total + radius) >> (bits - fine):
                rounded, _ = round_quotient(2 * floor + 1, 2 << fine, rounding)
                kept = fit(rounded, low, high, overflow)
                words[n, k] = kept
                causes[n, k] = 3 if kept != rounded else 1
            else:
                words[n, k] = 0
                causes[n, k] = OPEN


@kernel
def record_causes(causes: Ints, wraps: bool, events: Ints) -> None:
    """Record the events of `causes (N, M)`."""
    for n in range(causes.shape[0]):
        for k in range(causes.shape[1]):
            if causes[n, k] & 1:
                record(events, n, INEXACT, k)
            if causes[n, k] & 2:
                record(events, n, WRAPPED if wraps else SATURATED, k)

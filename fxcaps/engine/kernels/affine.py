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
    record,
    round_quotient,
)


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
def look_up(
    positions: Ints, table: Ints, causes: Ints, wraps: bool, words: Ints, events: Ints
) -> None:
    """Words and events by channel and position, channels repeating along `positions (N, M)`."""
    for n in range(positions.shape[0]):
        for k in range(positions.shape[1]):
            c, position = k % table.shape[0], positions[n, k]
            words[n, k] = table[c, position]
            cause = causes[c, position]
            if cause & 1:
                record(events, n, INEXACT, k)
            if cause & 2:
                record(events, n, WRAPPED if wraps else SATURATED, k)

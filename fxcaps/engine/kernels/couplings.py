"""Coupling coefficients from words of exponentials: their sum, then what is made of it."""

from __future__ import annotations

from fxcaps.engine.kernels.compile import kernel
from fxcaps.engine.kernels.narrow import (
    ACCUMULATOR_OVERFLOW,
    REJECT,
    Flags,
    Ints,
    Narrowing,
    finish,
    fit,
    record,
    round_quotient,
)
from fxcaps.engine.kernels.products import EXACT, FREE, complete, step


@kernel
def look_up(x: Ints, count: int, table: Ints, farthest: int, index_shift: int, words: Ints) -> None:
    """Table words of `x (N, M)`; distances up to `farthest` are shifted left, negative right."""
    last = table.size - 1
    for n in range(x.shape[0]):
        for start in range(0, x.shape[1], count):
            largest = x[n, start]
            for k in range(start + 1, start + count):
                largest = max(largest, x[n, k])
            for k in range(start, start + count):
                distance = min(largest - x[n, k], farthest)
                if index_shift >= 0:
                    entry = min(distance << index_shift, last)
                else:
                    entry = min(distance >> -index_shift, last)
                words[n, k] = table[entry]


@kernel
def vector_sum(
    words: Ints,
    n: int,
    start: int,
    count: int,
    register: tuple[int, int, int, int],
    events: Ints,
    unsure: Flags,
) -> int:
    """Sum of a vector's words, ascending; every word of it counts an overflow of the register.

    Returns 0 and marks `unsure (N)` where the specification rejects: an exact register that
    overflows, a sum that is not positive.
    """
    low, high, overflow, check = register
    total, over = 0, False
    if check == FREE:
        for k in range(start, start + count):
            total += words[n, k]
    else:
        for k in range(start, start + count):
            total, flag = step(total + words[n, k], low, high, overflow, check)
            over |= flag
        total, flag = complete(total, low, high, overflow, check)
        over |= flag
    if total <= 0 or (over and check == EXACT):
        unsure[n] = True
        return 0
    if over:
        for k in range(start, start + count):
            record(events, n, ACCUMULATOR_OVERFLOW, k)
    return total


@kernel
def divide_by_sum(
    count: int,
    register: tuple[int, int, int, int],
    up: int,
    down: int,
    narrowing: Narrowing,
    words: Ints,
    events: Ints,
    unsure: Flags,
) -> None:
    """Replace `words (N, M)` by their quotients with the sum of their vector."""
    rounding, low, high, overflow = narrowing
    for n in range(words.shape[0]):
        for start in range(0, words.shape[1], count):
            total = vector_sum(words, n, start, count, register, events, unsure)
            if total == 0:
                continue
            for k in range(start, start + count):
                rounded, exact = round_quotient(words[n, k] << up, total << down, rounding)
                words[n, k] = finish(rounded, exact, low, high, overflow, events, n, k)


@kernel
def multiply_by_reciprocal(
    count: int,
    register: tuple[int, int, int, int],
    invert: int,
    factor: Narrowing,
    up: int,
    down: int,
    narrowing: Narrowing,
    words: Ints,
    events: Ints,
    unsure: Flags,
) -> None:
    """Replace `words (N, M)` by their products with the reciprocal of their vector's sum.

    The reciprocal is 2**invert by the sum, narrowed by `factor`.
    """
    rounding, low, high, overflow = narrowing
    one, lift = 1 << max(invert, 0), max(-invert, 0)
    for n in range(words.shape[0]):
        for start in range(0, words.shape[1], count):
            total = vector_sum(words, n, start, count, register, events, unsure)
            if total == 0:
                continue
            rounded, _ = round_quotient(one, total << lift, factor[0])
            reciprocal = fit(rounded, factor[1], factor[2], factor[3])
            if factor[3] == REJECT and reciprocal != rounded:
                unsure[n] = True
                continue
            for k in range(start, start + count):
                product = words[n, k] * reciprocal
                rounded, exact = round_quotient(product << up, 1 << down, rounding)
                words[n, k] = finish(rounded, exact, low, high, overflow, events, n, k)

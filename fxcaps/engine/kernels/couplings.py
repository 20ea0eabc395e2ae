"""Coupling coefficients from words of exponentials: their sum, then what is made of it."""

from __future__ import annotations

import numpy as np

from fxcaps.engine.kernels.compile import kernel
from fxcaps.engine.kernels.narrow import (
    ACCUMULATOR_OVERFLOW,
    REJECT,
    REJECTED,
    Flags,
    Ints,
    Marks,
    Narrowing,
    finish,
    fit,
    record,
    round_quotient,
)
from fxcaps.engine.kernels.shares import divide_row, rule_of


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
    totals: tuple[Ints, Marks], n: int, start: int, count: int, events: Ints, unsure: Flags
) -> int:
    """The sum of a vector's words; every word of it counts an overflow of the register.

    Returns 0 and marks `unsure (N)` where the specification rejects: an exact register that
    overflows, a sum that is not positive.
    """
    sums, marks = totals
    total: int = sums[n, start // count]
    mark = marks[n, start // count]
    if total <= 0 or mark == REJECTED:
        unsure[n] = True
        return 0
    if mark:
        for k in range(start, start + count):
            record(events, n, ACCUMULATOR_OVERFLOW, k)
    return total


@kernel
def divide_by_sum(
    count: int,
    totals: tuple[Ints, Marks],
    up: int,
    down: int,
    small: bool,
    narrowing: Narrowing,
    words: Ints,
    events: Ints,
    unsure: Flags,
) -> None:
    """Replace `words (N, M)` by their quotients with the sum of their vector.

    `small` says that no scaled word or sum is beyond `shares.SMALL`.
    """
    rule = rule_of(narrowing[0])
    over, under = np.empty(words.shape[1], np.int64), np.empty(words.shape[1], np.int64)
    for n in range(words.shape[0]):
        for start in range(0, words.shape[1], count):
            total = max(vector_sum(totals, n, start, count, events, unsure), 1)
            for k in range(start, start + count):
                over[k] = words[n, k] << up
                under[k] = total << down
        divide_row(over, under, small, rule, narrowing, words[n], events, n)


@kernel
def multiply_by_reciprocal(
    count: int,
    totals: tuple[Ints, Marks],
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
            total = vector_sum(totals, n, start, count, events, unsure)
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


@kernel
def shifted(value: int, shift: int) -> int:
    """The floor of `value * 2**shift`; the caller has bounded what stays."""
    return value << shift if shift >= 0 else value >> min(-shift, 62)


@kernel
def raise_two(
    x: Ints,
    count: int,
    align: int,
    constants: tuple[int, int, int],
    bits: int,
    exp_frac: int,
    logits: Ints,
    words: Ints,
) -> None:
    """Aligned differences to the largest logit, and their approximate powers of two.

    Args:
        x: `(N, M)`.
        count: logits of a vector.
        align: left shift to `bits` fraction bits, negative for right.
        constants: factors to base two and back, and their fraction bits.
        bits: fraction bits of exponents.
        exp_frac: fraction bits of the powers.
        logits: `(N, M)`, receives the differences, not positive.
        words: `(N, M)`, receives the powers.
    """
    to_two, _, frac = constants
    for n in range(x.shape[0]):
        for start in range(0, x.shape[1], count):
            largest = x[n, start]
            for k in range(start + 1, start + count):
                largest = max(largest, x[n, k])
            for k in range(start, start + count):
                logit = shifted(x[n, k] - largest, align)
                logits[n, k] = logit
                exponent = logit * to_two >> frac
                whole = exponent >> bits
                mantissa = (1 << bits) + exponent - (whole << bits)
                words[n, k] = shifted(mantissa, whole + exp_frac - bits)


@kernel
def raise_less_logarithm(
    count: int,
    totals: tuple[Ints, Marks],
    constants: tuple[int, int, int],
    bits: int,
    exp_frac: int,
    frac_out: int,
    narrowing: Narrowing,
    logits: Ints,
    words: Ints,
    events: Ints,
    unsure: Flags,
) -> None:
    """Replace `words (N, M)` by powers of two of `logits` less the logarithm of their sum."""
    rounding, low, high, overflow = narrowing
    to_two, from_two, frac = constants
    for n in range(words.shape[0]):
        for start in range(0, words.shape[1], count):
            total = vector_sum(totals, n, start, count, events, unsure)
            if total == 0:
                continue
            leading = 0
            while total >> leading + 1:
                leading += 1
            rest = (total - (1 << leading)) << bits
            logarithm = (((leading - exp_frac) << bits) + (rest >> leading)) * from_two >> frac
            for k in range(start, start + count):
                exponent = (logits[n, k] - logarithm) * to_two >> frac
                whole = exponent >> bits
                mantissa = (1 << bits) + exponent - (whole << bits)
                place = max(whole + frac_out - bits, -bits - 2)
                up, down = max(place, 0), max(-place, 0)
                rounded, exact = round_quotient(mantissa << up, 1 << down, rounding)
                words[n, k] = finish(rounded, exact, low, high, overflow, events, n, k)


@kernel
def multiply_tables(
    x: Ints,
    count: int,
    frac: int,
    integers: Ints,
    fractions: Ints,
    bits: int,
    shift: int,
    words: Ints,
) -> None:
    """Products of a word for the whole part, a word for `bits` fraction bits and 1 - rest."""
    more = max(bits, frac)
    last = integers.size - 1
    for n in range(x.shape[0]):
        for start in range(0, x.shape[1], count):
            largest = x[n, start]
            for k in range(start + 1, start + count):
                largest = max(largest, x[n, k])
            for k in range(start, start + count):
                aligned = (largest - x[n, k]) << (more - frac)
                fraction = aligned & ((1 << more) - 1)
                rest = fraction & ((1 << (more - bits)) - 1)
                product = integers[min(aligned >> more, last)] * fractions[fraction >> more - bits]
                words[n, k] = shifted(product * ((1 << more) - rest), shift)

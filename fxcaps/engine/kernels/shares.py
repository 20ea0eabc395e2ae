"""Many numerators over one denominator, in doubles that hold every integer on the way."""

from __future__ import annotations

import numpy as np

from fxcaps.engine.kernels.compile import kernel
from fxcaps.engine.kernels.narrow import (
    INEXACT,
    LATE,
    Ints,
    Narrowing,
    adjust,
    finish,
    round_quotient,
)

SMALL = 1 << 51
"""Numerators and denominators up to it: quotients round to no integer that they do not reach, and
twice a rest is a double too."""

_NEVER = 2.0**60


Rule = tuple[float, float, float, float, float, float, float, float]
"""Twice the least rest that rounds up, as multiples of the denominator and what is added: for
even, odd, negative even and negative odd floors."""


@kernel
def least_rest(floor: int, mode: int) -> tuple[float, float]:
    """The rule for floors of the sign and parity of `floor`."""
    if adjust(floor, -1, mode) != floor:
        return 0.0, 1.0
    if adjust(floor, 0, mode) != floor:
        return 1.0, 0.0
    if adjust(floor, 1, mode) != floor:
        return 1.0, 1.0
    return 0.0, _NEVER


@kernel
def rule_of(mode: int) -> Rule:
    """When a quotient rounds up from its floor."""
    a, b = least_rest(0, mode)
    c, d = least_rest(1, mode)
    e, f = least_rest(-2, mode)
    g, h = least_rest(-1, mode)
    return a, b, c, d, e, f, g, h


@kernel
def divide_doubles(
    numerators: Ints, denominators: Ints, rule: Rule, ends: tuple[int, int], words: Ints
) -> tuple[int, int]:
    """`words (M)` of numerators over positive denominators, none beyond `SMALL`.

    Returns how many were rounded and how many did not fit; those are clipped.
    """
    least, most = float(ends[0]), float(ends[1])
    inexact, changed = 0, 0
    for k in range(numerators.size):
        value, whole = float(numerators[k]), float(denominators[k])
        floor = np.floor(value / whole)
        rest = value - floor * whole
        odd = floor - 2.0 * np.floor(floor * 0.5) != 0.0
        plus = rule[2] * whole + rule[3] if odd else rule[0] * whole + rule[1]
        minus = rule[6] * whole + rule[7] if odd else rule[4] * whole + rule[5]
        rounded = floor + (1.0 if 2.0 * rest >= (minus if floor < 0.0 else plus) else 0.0)
        word = min(max(rounded, least), most)
        inexact += rest != 0.0
        changed += word != rounded
        words[k] = int(word)
    return inexact, changed


@kernel
def divide_row(
    numerators: Ints,
    denominators: Ints,
    small: bool,
    rule: Rule,
    narrowing: Narrowing,
    words: Ints,
    events: Ints,
    image: int,
) -> None:
    """Words and events of an image: `numerators (M)` over `denominators (M)`, which are positive.

    `small` says that the caller has proven that none is beyond `SMALL`; `rule` is that of a
    rounding by the half.
    """
    rounding, low, high, overflow = narrowing
    if small and rounding < LATE:
        inexact, changed = divide_doubles(numerators, denominators, rule, (low, high), words)
        if changed == 0:
            if inexact > 0:
                first = 0
                while numerators[first] % denominators[first] == 0:
                    first += 1
                events[image, INEXACT, 0], events[image, INEXACT, 1] = inexact, first
            return
    for k in range(numerators.size):
        rounded, exact = round_quotient(numerators[k], denominators[k], rounding)
        words[k] = finish(rounded, exact, low, high, overflow, events, image, k)

"""Rounding and overflow of integers in registers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fxcaps.engine.kernels.compile import kernel
from fxcaps.ops.batch import EVENT_CODES
from fxcaps.types import Event, Overflow, Rounding

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

ROUNDING_CODES = {mode: code for code, mode in enumerate(Rounding)}
OVERFLOW_CODES = {mode: code for code, mode in enumerate(Overflow)}

_FLOOR = ROUNDING_CODES[Rounding.FLOOR]
_CEIL = ROUNDING_CODES[Rounding.CEIL]
_TOWARD_ZERO = ROUNDING_CODES[Rounding.TOWARD_ZERO]
_AWAY_FROM_ZERO = ROUNDING_CODES[Rounding.AWAY_FROM_ZERO]
_TIES_TO_POS_INF = ROUNDING_CODES[Rounding.TIES_TO_POS_INF]
_TIES_TO_NEG_INF = ROUNDING_CODES[Rounding.TIES_TO_NEG_INF]
_TIES_AWAY = ROUNDING_CODES[Rounding.TIES_AWAY]
_TIES_TO_ZERO = ROUNDING_CODES[Rounding.TIES_TO_ZERO]
_TIES_TO_EVEN = ROUNDING_CODES[Rounding.TIES_TO_EVEN]
_TIES_TO_ODD = ROUNDING_CODES[Rounding.TIES_TO_ODD]

WRAP = OVERFLOW_CODES[Overflow.WRAP]
_SATURATE_TO_ZERO = OVERFLOW_CODES[Overflow.SATURATE_TO_ZERO]

SATURATED = EVENT_CODES[Event.SATURATED]
WRAPPED = EVENT_CODES[Event.WRAPPED]
INEXACT = EVENT_CODES[Event.INEXACT]
ACCUMULATOR_OVERFLOW = EVENT_CODES[Event.ACCUMULATOR_OVERFLOW]

_LARGEST_SHIFT = 62
"""Shifts of an int64 beyond it are not defined by the hardware."""


@kernel
def record(events: Ints, image: int, kind: int, index: int) -> None:
    """Count an event; indices come ascending."""
    if events[image, kind, 0] == 0:
        events[image, kind, 1] = index
    events[image, kind, 0] += 1


@kernel
def adjust(floor: int, side: int, mode: int) -> int:
    """Round a value that is no integer from its floor and its side of half (-1, 0, 1)."""
    negative = floor < 0
    if mode == _TIES_TO_POS_INF:
        up = side >= 0
    elif mode == _FLOOR:
        up = False
    elif mode == _CEIL:
        up = True
    elif mode == _TOWARD_ZERO:
        up = negative
    elif mode == _AWAY_FROM_ZERO:
        up = not negative
    elif mode == _TIES_TO_NEG_INF:
        up = side > 0
    elif mode == _TIES_AWAY:
        up = side > 0 or (side == 0 and not negative)
    elif mode == _TIES_TO_ZERO:
        up = side > 0 or (side == 0 and negative)
    elif mode == _TIES_TO_EVEN:
        up = side > 0 or (side == 0 and (floor & 1) == 1)
    elif mode == _TIES_TO_ODD:
        up = side > 0 or (side == 0 and (floor & 1) == 0)
    else:  # jam
        return floor | 1
    return floor + 1 if up else floor


@kernel
def fit(value: int, low: int, high: int, mode: int) -> int:
    """Handle overflow of a value; `low` and `high` are the words the mode may keep."""
    if low <= value <= high:
        return value
    if mode == WRAP:
        return ((value - low) & (high - low)) + low
    if mode == _SATURATE_TO_ZERO:
        return 0
    return low if value < low else high


@kernel
def finish(
    rounded: int, exact: bool, low: int, high: int, mode: int, events: Ints, image: int, index: int
) -> int:
    """Handle overflow of a rounded value and record its events."""
    word = fit(rounded, low, high, mode)
    if not exact:
        record(events, image, INEXACT, index)
    if word != rounded:
        record(events, image, WRAPPED if mode == WRAP else SATURATED, index)
    return word


@kernel
def round_quotient(numerator: int, denominator: int, mode: int) -> tuple[int, bool]:
    """Round a quotient; the denominator is positive. Returns the integer and exactness."""
    floor = numerator // denominator
    rest = numerator - floor * denominator
    if rest == 0:
        return floor, True
    left = denominator - rest
    side = (rest > left) - (rest < left)
    return adjust(floor, side, mode), False


@kernel
def narrow_shifts(
    values: Ints,
    shift: int,
    rounding: int,
    low: int,
    high: int,
    overflow: int,
    overflowed: Flags,
    words: Ints,
    events: Ints,
) -> None:
    """Shift `values (N, M)` right by `shift`, negative for left, round and fit.

    `overflowed` is `(N, M)`, or empty where no accumulator can overflow.
    """
    far = shift > _LARGEST_SHIFT
    for n in range(values.shape[0]):
        for k in range(values.shape[1]):
            value = values[n, k]
            exact = True
            if far:
                # |value| < 2**62 lies strictly within half a step: only its sign matters.
                exact = value == 0
                rounded = 0
                if value > 0:
                    rounded = adjust(0, -1, rounding)
                elif value < 0:
                    rounded = adjust(-1, 1, rounding)
            elif shift <= 0:
                rounded = value << -shift
            else:
                rounded = value >> shift
                rest = value - (rounded << shift)
                if rest != 0:
                    half = 1 << (shift - 1)
                    exact = False
                    rounded = adjust(rounded, (rest > half) - (rest < half), rounding)
            if overflowed.size and overflowed[n, k]:
                record(events, n, ACCUMULATOR_OVERFLOW, k)
            words[n, k] = finish(rounded, exact, low, high, overflow, events, n, k)


@kernel
def narrow_quotients(
    values: Ints,
    denominator: int,
    rounding: int,
    low: int,
    high: int,
    overflow: int,
    words: Ints,
    events: Ints,
) -> None:
    """Divide `values (N, M)` by one positive denominator, round and fit."""
    for n in range(values.shape[0]):
        for k in range(values.shape[1]):
            rounded, exact = round_quotient(values[n, k], denominator, rounding)
            words[n, k] = finish(rounded, exact, low, high, overflow, events, n, k)

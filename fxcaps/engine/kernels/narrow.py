"""Rounding and overflow of integers in registers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fxcaps.engine.kernels.compile import kernel
from fxcaps.ops.batch import EVENT_CODES
from fxcaps.types import Event, Overflow, Rounding

Ints = NDArray[np.int64]
Sums = NDArray[np.int32]
Flags = NDArray[np.bool_]
Marks = NDArray[np.uint8]
"""What happened to a sum: `FINE`, `OVERFLOWED` or `REJECTED`."""

FINE, OVERFLOWED, REJECTED = range(3)
"""Nothing; a register, node, product or spill overflowed; the specification rejects."""

Narrowing = tuple[int, int, int, int]
"""Rounding code, lowest and highest word that may be kept, overflow code."""

ROUNDING_CODES = {mode: code for code, mode in enumerate(Rounding)}
LATE = len(ROUNDING_CODES)
"""Codes from here on are `qcapsnets_rtn`, which knows the output's fraction: LATE plus that."""
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
REJECT = OVERFLOW_CODES[Overflow.REJECT]
SATURATE_TO_ZERO = OVERFLOW_CODES[Overflow.SATURATE_TO_ZERO]

SATURATED = EVENT_CODES[Event.SATURATED]
WRAPPED = EVENT_CODES[Event.WRAPPED]
INEXACT = EVENT_CODES[Event.INEXACT]
ACCUMULATOR_OVERFLOW = EVENT_CODES[Event.ACCUMULATOR_OVERFLOW]


@kernel
def record(events: Ints, image: int, kind: int, index: int) -> None:
    """Count an event; indices come ascending."""
    if events[image, kind, 0] == 0:
        events[image, kind, 1] = index
    events[image, kind, 0] += 1


@kernel
def precedes(events: Ints, image: int, kind: int, index: int) -> bool:
    """Whether no word before `index` has the event."""
    first = events[image, kind, 1]
    return bool(first < 0 or index < first)


@kernel
def note_first(events: Ints, image: int, kind: int, index: int) -> None:
    """Remember the first index of an event."""
    if precedes(events, image, kind, index):
        events[image, kind, 1] = index


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
    if mode == SATURATE_TO_ZERO:
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
def resolution(mode: int) -> int:
    """Fraction bits to which a mode needs the floor of a value that is no integer."""
    return mode - LATE + 1 if mode >= LATE else 1


@kernel
def round_quotient(numerator: int, denominator: int, mode: int) -> tuple[int, bool]:
    """Round a quotient; the denominator is positive. Returns the integer and exactness."""
    floor = numerator // denominator
    rest = numerator - floor * denominator
    if rest == 0:
        return floor, True
    left = denominator - rest
    if mode >= LATE:
        return floor + (left <= denominator >> resolution(mode)), False
    side = (rest > left) - (rest < left)
    return adjust(floor, side, mode), False


@kernel
def threshold(floor: int, shift: int, mode: int) -> int:
    """Smallest dropped part that rounds up, for floors of the sign and parity of `floor`.

    A value rounds up from its floor iff its dropped bits reach the threshold, in every mode;
    2**shift means never. Four thresholds replace the modes in the inner loop.
    """
    if mode >= LATE:
        late = shift - resolution(mode)
        return (1 << shift) - (1 << late) if late >= 0 else 1 << shift
    half = 1 << (shift - 1)
    if adjust(floor, -1, mode) != floor:
        return 1
    if adjust(floor, 0, mode) != floor:
        return half
    if adjust(floor, 1, mode) != floor:
        return half + 1
    return 1 << shift


@kernel
def thresholds(shift: int, mode: int) -> tuple[int, int, int, int]:
    """Those of floors that are even, odd, negative even and negative odd; what no shift needs."""
    if shift <= 0:
        return 1, 1, 1, 1
    return (
        threshold(0, shift, mode),
        threshold(1, shift, mode),
        threshold(-2, shift, mode),
        threshold(-1, shift, mode),
    )


@kernel
def shift_right(value: int, shift: int, least: tuple[int, int, int, int]) -> int:
    """Round `value * 2**-shift` by the thresholds of (even, odd, negative even, negative odd)."""
    floor = value >> shift
    rest = value - (floor << shift)
    even = least[2] if floor < 0 else least[0]
    odd = least[3] if floor < 0 else least[1]
    return floor + (rest >= (odd if floor & 1 else even))


@kernel
def narrow_shifts(
    values: Ints,
    shift: int,
    narrowing: Narrowing,
    words: Ints,
    events: Ints,
) -> None:
    """Shift `values (N, M)` right by `shift` of at most 62, negative for left, round and fit.

    Words and counts come from loops without branches; the first index of an event is looked
    for only in rows that have one.
    """
    rounding, low, high, overflow = narrowing
    least = thresholds(shift, rounding)
    dropped = (1 << shift) - 1 if shift > 0 else 0
    clipping = overflow not in (WRAP, SATURATE_TO_ZERO)
    kind = WRAPPED if overflow == WRAP else SATURATED
    for n in range(values.shape[0]):
        inexact, changed = 0, 0
        for k in range(values.shape[1]):
            value = values[n, k]
            rounded = shift_right(value, shift, least) if shift > 0 else value << -shift
            inexact += (value & dropped) != 0
            word = min(max(rounded, low), high)
            changed += word != rounded
            words[n, k] = word
        if inexact:
            events[n, INEXACT, 0] = inexact
            first = 0
            while values[n, first] & dropped == 0:
                first += 1
            events[n, INEXACT, 1] = first
        if changed:
            for k in range(values.shape[1]):
                value = values[n, k]
                rounded = shift_right(value, shift, least) if shift > 0 else value << -shift
                if rounded < low or rounded > high:
                    record(events, n, kind, k)
                    if not clipping:
                        words[n, k] = fit(rounded, low, high, overflow)


@kernel
def narrow_rounded(
    rounded: Ints, exact: Flags, narrowing: Narrowing, words: Ints, events: Ints
) -> None:
    """Fit what is `rounded (N, M)` already."""
    _, low, high, overflow = narrowing
    for n in range(rounded.shape[0]):
        for k in range(rounded.shape[1]):
            words[n, k] = finish(rounded[n, k], exact[n, k], low, high, overflow, events, n, k)


@kernel
def record_overflows(marks: Marks, events: Ints) -> None:
    """Record the accumulator overflows of `marks (N, M)`."""
    for n in range(marks.shape[0]):
        for k in range(marks.shape[1]):
            if marks[n, k]:
                record(events, n, ACCUMULATOR_OVERFLOW, k)


@kernel
def narrow_quotients(
    values: Ints,
    denominator: int,
    narrowing: Narrowing,
    words: Ints,
    events: Ints,
) -> None:
    """Divide `values (N, M)` by one positive denominator, round and fit."""
    rounding, low, high, overflow = narrowing
    for n in range(values.shape[0]):
        for k in range(values.shape[1]):
            rounded, exact = round_quotient(values[n, k], denominator, rounding)
            words[n, k] = finish(rounded, exact, low, high, overflow, events, n, k)

"""Quotients of many short vectors in 32 bits: vectors lie side by side, one a lane."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fxcaps.engine.kernels.compile import kernel
from fxcaps.engine.kernels.narrow import (
    INEXACT,
    SATURATE_TO_ZERO,
    SATURATED,
    WRAP,
    WRAPPED,
    Ints,
    adjust,
    fit,
    note_first,
)

Lanes = NDArray[np.int32]
Narrow = NDArray[np.int16]

LANES = 32
"""Vectors side by side."""

LARGEST = 1 << 29
"""No numerator or denominator is beyond it: what comes of them stays in 32 bits, and doubles
round no quotient to an integer that it does not reach."""

Rule = tuple[int, int, int, int, int, int, int, int]
"""When twice the rest rounds up: multiples of the denominator and what is added to them, for
even, odd, negative even and negative odd floors."""

NEVER = (2, 0)
"""The rule of floors that stay: a rest is below its denominator."""

_Int = np.int32


class Quotients(NamedTuple):
    """How quotients become words.

    Args:
        rule: when they round up.
        low: least word that may be kept.
        high: largest.
        overflow: code of the overflow.
    """

    rule: Rule
    low: int
    high: int
    overflow: int


class Buffers(NamedTuple):
    """Room for the components `(dim, LANES)` of vectors side by side."""

    over: Lanes
    under: Lanes
    rounded: Lanes
    rest: Lanes


def least_rest(floor: int, mode: int) -> tuple[int, int]:
    """The rule for floors of the sign and parity of `floor`."""
    for side, rule in ((-1, (0, 1)), (0, (1, 0)), (1, (1, 1))):
        if adjust(floor, side, mode) != floor:
            return rule
    return NEVER


def quotients_of(mode: int, low: int, high: int, overflow: int) -> Quotients:
    """The plan of a narrowing by the half."""
    a, b = least_rest(0, mode)
    c, d = least_rest(1, mode)
    e, f = least_rest(-2, mode)
    g, h = least_rest(-1, mode)
    return Quotients((a, b, c, d, e, f, g, h), low, high, overflow)


@kernel
def buffers(dim: int) -> Buffers:
    """Room for vectors of `dim` components."""
    return Buffers(
        np.empty((dim, LANES), np.int32),
        np.empty((dim, LANES), np.int32),
        np.empty((dim, LANES), np.int32),
        np.empty((dim, LANES), np.int32),
    )


@kernel
def load_lanes(x: Narrow, first: int, used: int, dim: int, over: Lanes) -> None:
    """Components of the vectors from `first` on of the row `x (M)`."""
    for lane in range(used):
        for k in range(dim):
            over[k, lane] = x[(first + lane) * dim + k]


@kernel
def divide_lanes(room: Buffers, used: int, quotients: Quotients) -> int:
    """Round the quotients of `over` by the positive `under`; returns how many are inexact."""
    even, even_more, odd, odd_more, below, below_more, odd_below, odd_below_more = quotients.rule
    inexact = 0
    for k in range(room.over.shape[0]):
        over, under, rounded, rests = room.over[k], room.under[k], room.rounded[k], room.rest[k]
        for lane in range(used):
            whole = under[lane]
            floor = _Int(np.floor(float(over[lane]) / float(whole)))
            rest = _Int(over[lane] - _Int(floor * whole))
            if floor & 1:
                scale = _Int(odd_below) if floor < 0 else _Int(odd)
                more = _Int(odd_below_more) if floor < 0 else _Int(odd_more)
            else:
                scale = _Int(below) if floor < 0 else _Int(even)
                more = _Int(below_more) if floor < 0 else _Int(even_more)
            least = _Int(_Int(scale * whole) + more)
            rounded[lane] = _Int(floor + _Int(_Int(rest + rest) >= least))
            rests[lane] = rest
            inexact += rest != 0
    return inexact


@kernel
def store_lanes(
    room: Buffers,
    first: int,
    used: int,
    inexact: int,
    quotients: Quotients,
    words: Narrow,
    events: Ints,
    image: int,
) -> None:
    """Words of the vectors from `first` on into the row `words (M)`, and their events."""
    _, low, high, overflow = quotients
    dim, changed = room.rounded.shape[0], 0
    for k in range(dim):
        rounded, clipped = room.rounded[k], room.over[k]  # numerators have done their duty
        for lane in range(used):
            clipped[lane] = min(max(rounded[lane], _Int(low)), _Int(high))
            changed += clipped[lane] != rounded[lane]
    for lane in range(used):
        for k in range(dim):
            words[(first + lane) * dim + k] = room.over[k, lane]
    if inexact and events[image, INEXACT, 1] < 0:
        place = 0
        while room.rest[place % dim, place // dim] == 0:
            place += 1
        events[image, INEXACT, 1] = first * dim + place
    events[image, INEXACT, 0] += inexact
    if changed == 0:
        return
    kind = WRAPPED if overflow == WRAP else SATURATED
    events[image, kind, 0] += changed
    for place in range(used * dim):
        whole = room.rounded[place % dim, place // dim]
        if whole < low or whole > high:
            note_first(events, image, kind, first * dim + place)
            if overflow in (WRAP, SATURATE_TO_ZERO):
                words[first * dim + place] = fit(whole, low, high, overflow)

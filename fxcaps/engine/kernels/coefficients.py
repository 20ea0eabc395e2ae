"""Coupling coefficients of images in 32 bits, for the algorithms without a slow path."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fxcaps.engine.kernels.compile import kernel
from fxcaps.engine.kernels.lanes import (
    LANES,
    Lanes,
    Narrow,
    Quotients,
    buffers,
    divide_lanes,
    load_lanes,
    store_lanes,
)
from fxcaps.engine.kernels.narrow import Flags, Ints

SHARES, SHIFTS = range(2)
"""Shares of a sum of table words; the shifted quotients of Q7-CapsNets."""

_Int = np.int32
_STEEPEST = 29
"""A quotient of at most 2**20 shifted by more is as close to zero."""


class Coefficients(NamedTuple):
    """How logits become coupling coefficients.

    Args:
        algorithm: `SHARES` or `SHIFTS`.
        table: words of exponentials by distance to the largest logit, or `(1)` that is not read.
        farthest: what distances count as at the most.
        shift: left shift of a distance to its entry, or what is added to it for a shift.
        drop: right shift of a distance to its entry.
        up: left shift of the numerators, or the largest exponent of a power.
        down: left shift of the sums, or the exponent of the numerator.
        quotients: how they become words.
    """

    algorithm: int
    table: Lanes
    farthest: int
    shift: int
    drop: int
    up: int
    down: int
    quotients: Quotients


@kernel
def coefficients(
    logits: Narrow, count: int, plan: Coefficients, words: Narrow, events: Ints, unsure: Flags
) -> None:
    """Words of vectors of `count` logits of `logits (N, M)`."""
    for n in range(logits.shape[0]):
        couple(logits[n], count, plan, words[n], events, unsure, n)


@kernel
def couple(
    logits: Narrow,
    count: int,
    plan: Coefficients,
    words: Narrow,
    events: Ints,
    unsure: Flags,
    image: int,
) -> None:
    """Words of vectors of `count` logits of the row `logits (M)`, and the image's events.

    Sums that are not positive mark `unsure (N)`.
    """
    room = buffers(count)
    sums = np.empty(LANES, np.int32)
    vectors = logits.size // count
    for first in range(0, vectors, LANES):
        used = min(LANES, vectors - first)
        load_lanes(logits, first, used, count, room.rest)
        subtract_from_largest(room.rest, used, plan.farthest)
        if plan.algorithm == SHARES:
            table_shares(room.rest, used, plan, sums, room.over, room.under)
            for lane in range(used):
                unsure[image] |= sums[lane] <= 0
        else:
            shifted_shares(room.rest, used, plan, sums, room.over, room.under)
        inexact = divide_lanes(room, used, plan.quotients)
        store_lanes(room, first, used, inexact, plan.quotients, words, events, image)


@kernel
def subtract_from_largest(x: Lanes, used: int, farthest: int) -> None:
    """Distances of `x (J, LANES)` to the largest of a lane, at most `farthest`."""
    largest = x[0].copy()
    for k in range(1, x.shape[0]):
        for lane in range(used):
            largest[lane] = max(largest[lane], x[k, lane])
    for k in range(x.shape[0]):
        for lane in range(used):
            x[k, lane] = min(_Int(largest[lane] - x[k, lane]), _Int(farthest))


@kernel
def table_shares(
    distances: Lanes, used: int, plan: Coefficients, sums: Lanes, over: Lanes, under: Lanes
) -> None:
    """Table words over the sum of their lane."""
    last = plan.table.size - 1
    sums[:] = 0
    for k in range(over.shape[0]):
        for lane in range(used):
            entry = min((distances[k, lane] << plan.shift) >> plan.drop, last)
            word = plan.table[np.uint32(entry)]
            sums[lane] += word
            over[k, lane] = word << plan.up
    for k in range(under.shape[0]):
        for lane in range(used):
            under[k, lane] = max(sums[lane], _Int(1)) << plan.down


@kernel
def shifted_shares(
    distances: Lanes, used: int, plan: Coefficients, sums: Lanes, over: Lanes, under: Lanes
) -> None:
    """One over the sum of the powers of a lane, over a power of two."""
    sums[:] = 0
    for k in range(over.shape[0]):
        for lane in range(used):
            sums[lane] += 1 << min(max(plan.drop - distances[k, lane], 0), plan.up)
    for lane in range(used):
        sums[lane] = (1 << plan.down) // sums[lane]
    for k in range(over.shape[0]):
        for lane in range(used):
            over[k, lane] = sums[lane]
            under[k, lane] = 1 << min(plan.shift + distances[k, lane], _STEEPEST)

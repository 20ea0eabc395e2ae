"""The logistic function of words."""

from __future__ import annotations

from fxcaps.engine.kernels.compile import kernel
from fxcaps.engine.kernels.narrow import Flags, Ints, Narrowing, finish, round_quotient
from fxcaps.engine.kernels.softmax import EXP_ERROR, FAR, exponential

_ERROR = 4.0 * EXP_ERROR
"""Relative error of the float sigmoid: the exponential twice, a sum, a quotient, a product."""


@kernel
def sigmoid_table(
    x: Ints,
    table: Ints,
    index_shift: int,
    one: int,
    up: int,
    down: int,
    narrowing: Narrowing,
    words: Ints,
    events: Ints,
) -> None:
    """Table words of the magnitudes of `x (N, M)`, or what they leave to `one`, narrowed."""
    rounding, low, high, overflow = narrowing
    last = table.size - 1
    for n in range(x.shape[0]):
        for k in range(x.shape[1]):
            size = abs(x[n, k])
            shifted = size << index_shift if index_shift >= 0 else size >> -index_shift
            entry = table[min(shifted, last)]
            value = entry if x[n, k] >= 0 else one - entry
            rounded, exact = round_quotient(value << up, 1 << down, rounding)
            words[n, k] = finish(rounded, exact, low, high, overflow, events, n, k)


@kernel
def sigmoid_certified(
    x: Ints,
    step: float,
    scale: float,
    up: int,
    down: int,
    narrowing: Narrowing,
    words: Ints,
    events: Ints,
    unsure: Flags,
) -> None:
    """Exact sigmoid in float64 where the rounding is certain; others mark `unsure (N)`.

    `step` is the value of an input's least significant bit, `scale` is 2**(up - down). Near
    one half and near one the side is known: of one half the side of 0 that the input is on.
    """
    rounding, low, high, overflow = narrowing
    for n in range(x.shape[0]):
        for k in range(x.shape[1]):
            value = x[n, k]
            if value == 0:
                rounded, exact = round_quotient(1 << up, 2 << down, rounding)
            else:
                power = exponential(min(float(abs(value)) * step, FAR))
                share = 1.0 if value > 0 else power
                doubled = 2.0 * scale * (share / (1.0 + power))
                nearest = round(doubled)
                halves = int(doubled)
                if abs(doubled - nearest) <= doubled * _ERROR:
                    if nearest == scale:
                        halves = int(nearest) if value > 0 else int(nearest) - 1
                    elif nearest == 2.0 * scale:
                        halves = int(nearest) - 1
                    else:
                        unsure[n] = True
                        continue
                rounded, exact = round_quotient(2 * halves + 1, 4, rounding)
            words[n, k] = finish(rounded, exact, low, high, overflow, events, n, k)

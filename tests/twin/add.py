"""The twin of add."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

from fxcaps.ops import Add, AddLanes, AddShift
from fxcaps.types import Event, Format, Tensor
from tests.twin.nested import Index, Outcome, at, outcome, power, values
from tests.twin.real import Rational
from tests.twin.rounding import Made, to_word


def add(params: Add, inputs: Mapping[str, Tensor], formats: Mapping[str, Format]) -> Outcome:
    """The sum of two values, or of two integers that are then shifted."""
    a, b, out = inputs["a"], inputs["b"], formats["out"]
    step, scale = power(-max(a.format.frac, b.format.frac)), power(out.frac)
    if isinstance(params, AddShift | AddLanes) and params.shift is not None:
        a, b = (Tensor(t.shape, _integers(t.format), t.words) for t in (a, b))
        step, scale = Fraction(1), power(-params.shift)
    left, right = values(a), values(b)

    def make(index: Index) -> Made:
        total, overflowed = at(left, index) + at(right, index), False
        if isinstance(params, AddLanes) and _grouped(params, a.shape, index):
            total, overflowed = _lane(params, total / step)
            total *= step
        made = to_word(Rational(total * scale), out, params.rounding, params.overflow)
        events = {Event.ACCUMULATOR_OVERFLOW} if overflowed else set()
        return Made(made.word, made.events | events)

    return outcome(a.shape, out, make)


def _integers(format: Format) -> Format:
    return Format(format.signed, format.width, 0)


def _grouped(params: AddLanes, shape: tuple[int, ...], index: Index) -> bool:
    """Whether the group that a word would be in is whole."""
    first = index[params.lane_axis] // params.lanes * params.lanes
    return first + params.lanes <= shape[params.lane_axis]


def _lane(params: AddLanes, total: Fraction) -> tuple[Fraction, bool]:
    """The integer of so many bits that differs by a multiple of their count of words."""
    half = power(params.lane_width - 1)
    turns = math.floor((total + half) / (2 * half))
    wrapped = total - 2 * half * turns
    return wrapped, turns != 0

"""Tensors as nested lists, and what a call of the twin comes to."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from fxcaps.types import Count, Event, Format, Reason, Shape, Tensor
from tests.twin.rounding import Made, Misfit

Index = tuple[int, ...]
Nested = Any
"""A list of lists of ... as deep as the tensor has axes, or a lone number."""


class Refused(Exception):  # noqa: N818 - a defined outcome, like the rejection it predicts
    """The twin's prediction of a rejection."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(frozen=True)
class Outcome:
    """Output tensors by port, and events by port and kind."""

    outputs: dict[str, Tensor]
    events: dict[str, dict[Event, Count]]


def power(exponent: int) -> Fraction:
    """A power of two."""
    return Fraction(2) ** exponent


def nest(items: Sequence[Any], shape: Shape) -> Nested:
    """Items in C order as nested lists."""
    if not shape:
        return items[0]
    if shape[0] == 0:
        return []
    run = len(items) // shape[0]
    return [nest(items[k * run : (k + 1) * run], shape[1:]) for k in range(shape[0])]


def values(tensor: Tensor) -> Nested:
    """What the words of a tensor are worth, as nested lists."""
    step = power(-tensor.format.frac)
    return nest([word * step for word in tensor.words], tensor.shape)


def at(nested: Nested, index: Index) -> Any:
    """The item at an index."""
    for position in index:
        nested = nested[position]
    return nested


def outcome(shape: Shape, format: Format, make: Callable[[Index], Made]) -> Outcome:
    """Make every word of `out` and count its events afterwards."""
    made = []
    for place, index in enumerate(itertools.product(*map(range, shape))):
        try:
            made.append(make(index))
        except Misfit as misfit:
            raise Refused(misfit.reason, f"out[{place}]: {misfit.message}") from None
    events = {}
    for event in Event:
        places = [place for place, one in enumerate(made) if event in one.events]
        if places:
            events[event] = Count(len(places), places[0])
    tensor = Tensor(shape, format, [one.word for one in made])
    return Outcome({"out": tensor}, {"out": events} if events else {})

"""Events: what happened to words on the way, counted like words are compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Event(StrEnum):
    """Something that happened while one word was made; at most once a word and kind.

    Source: specification page `events.md`.
    """

    SATURATED = "saturated"
    WRAPPED = "wrapped"
    INEXACT = "inexact"
    ACCUMULATOR_OVERFLOW = "accumulator_overflow"


@dataclass(frozen=True, slots=True)
class Count:
    """How many words of a tensor had an event, and the index of the first in C order."""

    count: int
    first: int


@dataclass(slots=True)
class Log:
    """The events of one sample, by tensor and kind.

    Args:
        events: so far.
        image: index of the sample in its data set, which stochastic rounding is addressed by.
    """

    events: dict[str, dict[Event, Count]] = field(default_factory=dict)
    image: int = 0

    def record(self, tensor: str, event: Event, index: int) -> None:
        """Count `event` for the word at flat `index` of `tensor`; indices come ascending."""
        seen = self.events.setdefault(tensor, {})
        before = seen.get(event)
        seen[event] = Count(1, index) if before is None else Count(before.count + 1, before.first)

    def adopt(self, part: Log, names: Mapping[str, str]) -> None:
        """Take over the events of a part of a composite step, its tensors renamed."""
        for tensor, seen in part.events.items():
            self.events[names[tensor]] = dict(seen)

"""Events: what happened to words on the way, counted like words are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from fxcaps.types.accumulator import Accumulator
from fxcaps.types.format import Format
from fxcaps.types.overflow import Overflow
from fxcaps.types.rule import RoundingRule


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


Follow = Callable[[str, int, bool], None]
"""Told of a place (register, inner node), what it holds now, and whether that overflowed it."""

QUARTERS = "quarters"
"""The name under which an operation notes stand-ins that round like a real value (NUM-8)."""


@dataclass(slots=True)
class Log:
    """The events of one sample, by tensor and kind.

    Args:
        events: so far.
        image: index of the sample in its data set, which stochastic rounding is addressed by.

    `summing`, `follow`, `narrowing` and `note` are told how a word is made. Here they do
    nothing; an observer overrides them. They never change what is computed.
    """

    events: dict[str, dict[Event, Count]] = field(default_factory=dict)
    image: int = 0

    def record(self, tensor: str, event: Event, index: int) -> None:
        """Count `event` for the word at flat `index` of `tensor`; indices come ascending."""
        seen = self.events.setdefault(tensor, {})
        before = seen.get(event)
        seen[event] = Count(1, index) if before is None else Count(before.count + 1, before.first)

    def summing(
        self,
        tensor: str,  # noqa: ARG002 - for observers, as all that follows
        index: int,  # noqa: ARG002
        bias: int,  # noqa: ARG002
        products: Iterable[int],
        accumulator: Accumulator,  # noqa: ARG002
    ) -> Iterable[int]:
        """Products are about to be summed for a word; returns the same products."""
        return products

    def follow(self, tensor: str, index: int) -> Follow | None:  # noqa: ARG002
        """Who is told of every sum that a word's register and inner nodes hold, if anyone."""
        return None

    def narrowing(
        self,
        tensor: str,
        index: int,
        numerator: int,
        denominator: int,
        rounded: int,
        format: Format,
        rounding: RoundingRule,
        overflow: Overflow,
    ) -> None:
        """`numerator / denominator` steps of `format` were rounded; overflow comes next."""

    def note(
        self, words: range, name: str, value: int | Sequence[int], frac: int | None = None
    ) -> None:
        """An algorithm made an intermediate that the words at these flat indices share.

        Args:
            words: flat indices of the output words.
            name: as the page of the operation has it.
            value: an integer, or a list; one as long as `words` has an entry a word.
            frac: fraction bits of the value where it has any.
        """

    def adopt(self, part: Log, names: Mapping[str, str]) -> None:
        """Take over the events of a part of a composite step, its tensors renamed."""
        for tensor, seen in part.events.items():
            self.events[names[tensor]] = dict(seen)

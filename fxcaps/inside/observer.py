"""An observer: a log that also keeps how one word was made."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from fxcaps.types import Accumulator, Event, Follow, Format, Log, Overflow, RoundingRule


class Held(NamedTuple):
    """What a place holds after a step of a sum; `overflowed` where the exact sum did not fit.

    Places are those of the specification's accumulator: `accumulator`, `final accumulator`,
    `inner node` of groups and trees, narrowed `product`, and `spill` of a tile.
    """

    place: str
    value: int
    overflowed: bool


class Summed(NamedTuple):
    """A sum: full-precision products in sequential order, and all that was held on the way."""

    products: tuple[int, ...]
    accumulator: Accumulator
    held: list[Held]


class Narrowed(NamedTuple):
    """A rounding: `numerator / denominator` steps of `format` became `rounded`."""

    numerator: int
    denominator: int
    rounded: int
    format: Format
    rounding: RoundingRule
    overflow: Overflow


class Note(NamedTuple):
    """A named intermediate; `own` is the entry of a list that belongs to the observed word."""

    name: str
    value: int | tuple[int, ...]
    frac: int | None
    own: int | None


@dataclass(slots=True)
class Observer(Log):
    """Keeps what happens to the word at one flat index of one port.

    Args:
        tensor: the output port.
        index: flat index of the word.
    """

    tensor: str = "out"
    index: int = 0
    sums: list[Summed] = field(default_factory=list)
    narrowed: list[Narrowed] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    recorded: list[Event] = field(default_factory=list)

    def record(self, tensor: str, event: Event, index: int) -> None:
        """Count an event, and keep those of the observed word."""
        Log.record(self, tensor, event, index)  # super() does not know a class with slots
        if (tensor, index) == (self.tensor, self.index):
            self.recorded.append(event)

    def summing(
        self,
        tensor: str,
        index: int,
        bias: int,  # noqa: ARG002 - it is held first, or joins last
        products: Iterable[int],
        accumulator: Accumulator,
    ) -> Iterable[int]:
        """Keep products and register of the observed word."""
        if (tensor, index) != (self.tensor, self.index):
            return products
        kept = tuple(products)
        self.sums.append(Summed(kept, accumulator, []))
        return kept

    def follow(self, tensor: str, index: int) -> Follow | None:
        """Keep every sum of the observed word."""
        if (tensor, index) != (self.tensor, self.index):
            return None
        held = self.sums[-1].held
        return lambda place, value, overflowed: held.append(Held(place, value, overflowed))

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
        """Keep the rounding of the observed word."""
        if (tensor, index) == (self.tensor, self.index):
            self.narrowed.append(
                Narrowed(numerator, denominator, rounded, format, rounding, overflow)
            )

    def note(
        self, words: range, name: str, value: int | Sequence[int], frac: int | None = None
    ) -> None:
        """Keep an intermediate that the observed word shares."""
        if self.index not in words:
            return
        if isinstance(value, int):
            self.notes.append(Note(name, value, frac, None))
            return
        own = self.index - words.start if len(value) == len(words) else None
        self.notes.append(Note(name, tuple(value), frac, own))

"""What an explanation says of a word."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from fxcaps.inside.observer import Note
from fxcaps.inside.register import Held
from fxcaps.types import Accumulator, Event, Format, Overflow, Rounding


class Word(NamedTuple):
    """An input word: where it stands, what it is and what it is worth; `at` is None in padding."""

    port: str
    tensor: str
    at: tuple[int, ...] | None
    word: int
    value: Fraction


class Product(NamedTuple):
    """A product, its factors where the operation says which they are, the register after it."""

    factors: tuple[Word, ...]
    product: int
    register: Held


@dataclass(frozen=True)
class Sum:
    """A sum in a register; integers in steps of `2**-frac`, None where that is not known."""

    frac: int | None
    start: Held
    bias: Word | None
    products: tuple[Product, ...]
    accumulator: Accumulator

    @property
    def total(self) -> Held:
        """The register after the last product."""
        return self.products[-1].register if self.products else self.start


@dataclass(frozen=True)
class Narrowing:
    """An exact value becomes a word: rounded, then handled for overflow.

    Args:
        exact: in steps of the format; where `irrational`, the quarter that stands for it.
        irrational: the exact value lies strictly between that and the next half step.
        rounded: the integer that rounding gave.
        format: of the word.
        rounding: the mode.
        overflow: the mode.
    """

    exact: Fraction
    irrational: bool
    rounded: int
    format: Format
    rounding: Rounding
    overflow: Overflow

    @property
    def dropped(self) -> Fraction:
        """What lies above the floor, in steps: 0 where nothing was rounded."""
        return self.exact - math.floor(self.exact)

    @property
    def fits(self) -> bool:
        """Whether the rounded integer is a word of the format."""
        return self.format.contains(self.rounded)


@dataclass(frozen=True)
class Explanation:
    """How a word was made.

    Args:
        program: its name.
        image: index of the image.
        step: name of the flat step.
        operation: its operation and algorithm.
        part: of which composite step it is a part, and which; None of a step by itself.
        tensor: the output's name.
        at: the word's place.
        format: of the word.
        operands: input words that take part, except those of a sum's products.
        sums: in registers, in order; empty for operations that do not sum products.
        notes: intermediates that the algorithm names.
        narrowings: in order; empty for operations that round nothing.
        word: the word; None where the step rejects.
        traced: the word that a run of the Program gives; None likewise.
        events: of this word.
        rejection: why the step rejects; None where it does not.
    """

    program: str
    image: int
    step: str
    operation: str
    part: tuple[str, str] | None
    tensor: str
    at: tuple[int, ...]
    format: Format
    operands: tuple[Word, ...]
    sums: tuple[Sum, ...]
    notes: tuple[Note, ...]
    narrowings: tuple[Narrowing, ...]
    word: int | None
    traced: int | None
    events: tuple[Event, ...]
    rejection: str | None

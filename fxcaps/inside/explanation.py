"""What an explanation says of a word."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from fxcaps.inside.observer import Held, Note
from fxcaps.types import Accumulator, Event, Format, Overflow, RoundingRule


class Word(NamedTuple):
    """An input word: where it stands, what it is and what it is worth; `at` is None in padding."""

    port: str
    tensor: str
    at: tuple[int, ...] | None
    word: int
    value: Fraction


class Product(NamedTuple):
    """A product of a sum.

    Args:
        number: in sequential order, from 0.
        factors: what is multiplied, where the operation says which words they are.
        product: at full precision.
        narrowed: what is added instead, where products are narrowed.
        register: after the product was added; None in groups, trees and tiles, and where the
            sum was rejected before.
    """

    number: int
    factors: tuple[Word, ...]
    product: int
    narrowed: Held | None
    register: Held | None


@dataclass(frozen=True)
class Sum:
    """A sum in a register.

    Args:
        frac: fraction bits of the register.
        bias: the word that joins, where there is one.
        start: what the register holds before the first product.
        products: in the order in which they are added.
        later: what was held besides: the bias that joins last, groups, trees, spills, the check
            of the complete sum.
        accumulator: the register.
        total: the last that was held.
    """

    frac: int
    bias: Word | None
    start: Held
    products: tuple[Product, ...]
    later: tuple[Held, ...]
    accumulator: Accumulator
    total: Held


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
    rounding: RoundingRule
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

"""Stochastic rounding: which reproducible random bits decide."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from fxcaps.types.rejection import Reason, Rejection

_WORD = 1 << 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Philox:
    """floor(x + u) with u from Philox 4x32-10, addressed by position.

    The counter is (step, index of the image in its data set, iteration, flat index of the word),
    so that neither order nor threads change a bit.

    Args:
        key: of the generator, 64 bits.
        step: number of the step in its schedule, 32 bits.
        iteration: of dynamic routing, 32 bits; 0 elsewhere.
        bits: random bits R, 1 to 32; u is a multiple of 2**-R.

    Source: specification page `stochastic.md`; Salmon et al. 2011 (SC'11).
    """

    kind: ClassVar[str] = "philox"

    key: int = 0
    step: int = 0
    iteration: int = 0
    bits: int = 32

    def __post_init__(self) -> None:
        limits = {"key": _WORD**2, "step": _WORD, "iteration": _WORD}
        for name, limit in limits.items():
            _expect_range(f"philox.{name}", getattr(self, name), 0, limit - 1)
        _expect_range("philox.bits", self.bits, 1, 32)


class Form(StrEnum):
    """Where a linear-feedback shift register has its exclusive ors."""

    FIBONACCI = "fibonacci"
    GALOIS = "galois"


class Direction(StrEnum):
    """Which way a shift register moves."""

    RIGHT = "right"
    LEFT = "left"


class Advance(StrEnum):
    """Whether a register moves before or after its bits are taken."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lfsr:
    """floor(x + u) with u from linear-feedback shift registers, as hardware builds them.

    The registers are loaded with their seeds before the first word of every call on an image.
    Word e takes its bits from lane e mod L at beat e // L, or with `beats` from lane e // beats
    at beat e mod beats.

    Args:
        form: Fibonacci, one feedback bit from the taps; Galois, the taps inverted by the bit that
            leaves.
        width: of a register in bits, 2 to 64.
        taps: mask of the tapped bits, bit 0 the least significant one.
        direction: of the shift.
        seeds: of the lanes, none of them zero.
        bits: random bits R taken at a beat, 1 to `width` and at most 32.
        lowest: position of the least significant bit taken.
        steps: shifts from one beat to the next, at least 1.
        advance: move before or after the bits are taken.
        beats: words of a lane where lanes take blocks of words; `None` deals words out in turn.
        skip: beats that have passed before the first word.

    Source: specification page `stochastic.md`.
    """

    kind: ClassVar[str] = "lfsr"

    form: Form = Form.FIBONACCI
    width: int
    taps: int
    direction: Direction = Direction.RIGHT
    seeds: tuple[int, ...]
    bits: int
    lowest: int = 0
    steps: int = 1
    advance: Advance = Advance.AFTER
    beats: int | None = None
    skip: int = 0

    def __post_init__(self) -> None:
        kinds = {"form": Form, "direction": Direction, "advance": Advance, "seeds": tuple}
        for name, kind in kinds.items():
            if not isinstance(getattr(self, name), kind):
                raise _invalid(f"lfsr.{name} is {getattr(self, name)!r}, which is not of its type")
        _expect_range("lfsr.width", self.width, 2, 64)
        _expect_range("lfsr.taps", self.taps, 1, (1 << self.width) - 1)
        _expect_range("lfsr.bits", self.bits, 1, min(self.width, 32))
        _expect_range("lfsr.lowest", self.lowest, 0, self.width - self.bits)
        _expect_range("lfsr.steps", self.steps, 1, 64)
        _expect_range("lfsr.skip", self.skip, 0, _WORD - 1)
        if self.beats is not None:
            _expect_range("lfsr.beats", self.beats, 1, _WORD - 1)
        if not self.seeds:
            raise _invalid("lfsr.seeds are empty")
        for seed in self.seeds:
            if seed == 0:
                raise _invalid("lfsr: a register that starts at zero never leaves it")
            _expect_range("lfsr.seeds", seed, 1, (1 << self.width) - 1)


def _expect_range(name: str, value: object, least: int, most: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _invalid(f"{name} must be an integer, found {value!r:.40}")
    if not least <= value <= most:
        raise _invalid(f"{name} must be within {least} and {most}, found {value}")


def _invalid(message: str) -> Rejection:
    return Rejection(Reason.PARAMETER_INVALID, message)

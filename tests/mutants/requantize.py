"""Wrong versions of requantize."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fxcaps.types import Format, Log, Overflow, Rounding, Tensor
from tests.mutants.base import (
    OVERFLOWS,
    ROUNDINGS,
    Formats,
    Mutant,
    Tensors,
    has,
    reversed_words,
    unsigned,
)

Word = Callable[[int, Format, Format], int]
"""Word, its format and that of the output -> output word."""


def _by_word(name: str, flag: str, word: Word) -> Mutant:
    def run(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:  # noqa: ARG001
        x, out = inputs["x"], formats["out"]
        return {"out": Tensor(x.shape, out, [word(w, x.format, out) for w in x.words])}

    usual = has(rounding=Rounding.TIES_TO_POS_INF, overflow=Overflow.SATURATE)
    return Mutant(name, flag, run, usual)


def _clip(value: int, out: Format) -> int:
    return max(out.min, min(out.max, value))


def _wrap(value: int, format: Format) -> int:
    return (value - format.min) % (1 << format.width) + format.min


def _shifted(word: int, drop: int) -> int:
    return word << -drop if drop <= 0 else (word + (1 << drop >> 1)) >> drop


def _half_in_the_input(word: int, x: Format, out: Format) -> int:
    drop = x.frac - out.frac
    half = 1 << drop >> 1 if drop > 0 else 0
    return _clip(_shifted(_wrap(word + half, x) - half, drop), out)


def _clipped_first(word: int, x: Format, out: Format) -> int:
    drop = x.frac - out.frac
    if drop <= 0:
        return _clip(word << -drop, out)
    clipped = max(out.min << drop, min(word, (out.max << drop) + (1 << drop) - 1))
    return _wrap(_shifted(clipped, drop), out)


def _modulo(word: int, x: Format, out: Format) -> int:
    drop = x.frac - out.frac
    return _clip(_shifted(word, drop % x.width if drop > 0 else drop), out)


def _twice(word: int, x: Format, out: Format) -> int:
    drop = x.frac - out.frac
    if drop < 2:
        return _clip(_shifted(word, drop), out)
    return _clip(_shifted(_shifted(word, drop - 1), 1), out)


def _symmetric(word: int, x: Format, out: Format) -> int:
    low = -out.max if out.signed else 0
    return max(low, _clip(_shifted(word, x.frac - out.frac), out))


def _left_wraps(word: int, x: Format, out: Format) -> int:
    drop = x.frac - out.frac
    return _clip(_wrap(word << -drop, x) if drop < 0 else _shifted(word, drop), out)


MUTANTS: tuple[Mutant, ...] = (
    *ROUNDINGS,
    *OVERFLOWS,
    unsigned("x"),
    reversed_words("x"),
    _by_word("half added in the input's width", "OPERATION_ORDER", _half_in_the_input),
    _by_word("range looked at before rounding", "EARLY_SATURATE", _clipped_first),
    _by_word("shift modulo the width", "SHIFT_RANGE", _modulo),
    _by_word("rounds twice", "DOUBLE_ROUND", _twice),
    _by_word("lowest word clipped", "SYMMETRIC_CLIP", _symmetric),
    _by_word("left shift in the input's width", "SHIFT_RANGE", _left_wraps),
)

"""Wrong versions of rescale."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fxcaps.spec.arithmetic import handle_overflow
from fxcaps.types import Log, Tensor
from tests.mutants.base import OVERFLOWS, Formats, Mutant, Tensors, reversed_words, unsigned


def _by_word(name: str, flag: str, word: Callable[[int, int, int], int]) -> Mutant:
    """Word, multiplier and shift of its channel give the rounded integer."""

    def run(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:  # noqa: ARG001
        x, out, count = inputs["x"], formats["out"], params.channels
        made = [
            word(w, params.multiplier[k % count], params.shift[k % count])
            for k, w in enumerate(x.words)
        ]
        clipped = [handle_overflow(value, out, params.overflow) for value in made]
        return {"out": Tensor(x.shape, out, clipped)}

    return Mutant(name, flag, run)


def _half(product: int, shift: int) -> int:
    return (product + (1 << shift >> 1)) >> shift


def _away(product: int, shift: int) -> int:
    return -_half(-product, shift) if product < 0 else _half(product, shift)


MUTANTS = (
    *OVERFLOWS,
    unsigned("x"),
    reversed_words("x"),
    _by_word("drops bits", "TRUNCATE", lambda w, a, s: (w * a) >> s),
    _by_word("ties away", "ROUND_TIE_DIRECTION", lambda w, a, s: _away(w * a, s)),
    _by_word("one bit too far", "SHIFT_RANGE", lambda w, a, s: _half(w * a, s + 1)),
    _by_word(
        "multiplier of 16 bits",
        "ACCUMULATOR_WIDTH",
        lambda w, a, s: _half(w * (a >> 16), max(s - 16, 0)),
    ),
    _by_word(
        "rounds twice", "DOUBLE_ROUND", lambda w, a, s: _half(_half(w * a, 15), max(s - 15, 0))
    ),
)

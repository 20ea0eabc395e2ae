"""Wrong versions of isqrt."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from fxcaps.types import Log, Tensor
from tests.mutants.base import OVERFLOWS, Formats, Mutant, Tensors, reversed_words


def _by_root(name: str, flag: str, root: Callable[[int], int]) -> Mutant:
    """A root of the scaled word, saturated."""

    def run(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:  # noqa: ARG001
        x, out = inputs["x"], formats["out"]
        shift = 2 * out.frac - x.format.frac
        scaled = [word << shift if shift >= 0 else word >> -shift for word in x.words]
        return {"out": Tensor(x.shape, out, [min(root(word), out.max) for word in scaled])}

    return Mutant(name, flag, run, lambda params, _: params.overflow.value == "saturate")


def _unscaled(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:  # noqa: ARG001
    x, out = inputs["x"], formats["out"]
    return {"out": Tensor(x.shape, out, [min(math.isqrt(word), out.max) for word in x.words])}


def _newton(word: int) -> int:
    """Newton's steps, stopped at the first that does not move, where it may still swing."""
    guess = 1 << (word.bit_length() + 1) // 2
    while word and (moved := (guess + word // guess) >> 1) != guess:
        if abs(moved - guess) == 1:
            return max(moved, guess)
        guess = moved
    return guess if word else 0


MUTANTS: tuple[Mutant, ...] = (
    *OVERFLOWS,
    reversed_words("x"),
    _by_root("rounds up", "ROOT_OFF_BY_ONE", lambda n: math.isqrt(n - 1) + 1 if n else 0),
    _by_root("nearest", "ROOT_OFF_BY_ONE", lambda n: (math.isqrt(4 * n) + 1) >> 1),
    _by_root("float64", "FLOAT_SHORTCUT", lambda n: int(math.sqrt(n))),
    _by_root("stops early", "ROOT_OFF_BY_ONE", _newton),
    _by_root("last bit lost", "ROOT_OFF_BY_ONE", lambda n: math.isqrt(n) & ~1),
    Mutant("fraction ignored", "SHIFT_RANGE", _unscaled),
)

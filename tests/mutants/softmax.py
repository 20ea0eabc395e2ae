"""Wrong versions of softmax."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fxcaps.ops import SoftmaxQ7
from fxcaps.spec.arithmetic import narrow
from fxcaps.types import Log, Tensor
from tests.mutants.base import (
    OVERFLOWS,
    REGISTERS,
    ROUNDINGS,
    Formats,
    Mutant,
    Tensors,
    reversed_words,
    symmetric,
    unsigned,
)

Shifts = Callable[[Sequence[int], int], tuple[int, list[int]]]
"""Distances and constant -> quotient and shift of every logit."""


def _q7(name: str, flag: str, shifts: Shifts) -> Mutant:
    """Softmax `q7` with another quotient or other shifts."""

    def run(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
        x, out, words = inputs["x"], formats["out"], list[int]()
        for start in range(0, len(x.words), x.shape[-1]):
            group = x.words[start : start + x.shape[-1]]
            quotient, places = shifts([max(group) - word for word in group], params.constant)
            for place in places:
                modes = params.rounding, params.overflow
                words.append(narrow(quotient, 1 << place, out, *modes, log, len(words)))
        return {"out": Tensor(x.shape, out, words)}

    return Mutant(name, flag, run, lambda params, _: isinstance(params, SoftmaxQ7))


def _quotient(powers: Sequence[int]) -> int:
    return (1 << 20) // sum(powers)


def _whole_power(distances: Sequence[int], constant: int) -> tuple[int, list[int]]:
    """The largest logit with the power 8."""
    quotient = _quotient([1 << max(8 - d, 0) for d in distances])
    return quotient, [min(constant - 8 + d, 31) for d in distances]


def _far_left_out(distances: Sequence[int], constant: int) -> tuple[int, list[int]]:
    """Logits beyond the reach not in the sum."""
    quotient = _quotient([1 << min(8 - d, 7) for d in distances if d <= 8])
    return quotient, [min(constant - 8 + d, 31) for d in distances]


def _other_constant(distances: Sequence[int], constant: int) -> tuple[int, list[int]]:
    """The constant of the other target."""
    quotient = _quotient([1 << min(max(8 - d, 0), 7) for d in distances])
    return quotient, [min(constant - 7 + d, 31) for d in distances]


def _modulo(distances: Sequence[int], constant: int) -> tuple[int, list[int]]:
    """Shifts of which the hardware reads four bits."""
    quotient = _quotient([1 << min(max(8 - d, 0), 7) for d in distances])
    return quotient, [(constant - 8 + d) % 16 for d in distances]


MUTANTS = (
    *ROUNDINGS,
    *OVERFLOWS,
    *REGISTERS[:1],  # squares and exponentials only add: a range left is left in the end, too
    unsigned("x"),
    symmetric("x"),
    reversed_words("x"),
    _q7("power of the largest not clamped", "OPERATION_ORDER", _whole_power),
    _q7("far logits not in the sum", "TABLE_INDEX", _far_left_out),
    _q7("constant one too large", "SHIFT_RANGE", _other_constant),
    _q7("shifts of four bits", "SHIFT_RANGE", _modulo),
)

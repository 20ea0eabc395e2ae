"""The twin of add."""

from __future__ import annotations

from collections.abc import Mapping

from fxcaps.ops import Add
from fxcaps.types import Format, Tensor
from tests.twin.nested import Index, Outcome, at, outcome, power, values
from tests.twin.real import Rational
from tests.twin.rounding import Made, to_word


def add(params: Add, inputs: Mapping[str, Tensor], formats: Mapping[str, Format]) -> Outcome:
    """The sum of two values."""
    a, b, out = values(inputs["a"]), values(inputs["b"]), formats["out"]
    scale = power(out.frac)

    def make(index: Index) -> Made:
        total = Rational((at(a, index) + at(b, index)) * scale)
        return to_word(total, out, params.rounding, params.overflow)

    return outcome(inputs["a"].shape, out, make)

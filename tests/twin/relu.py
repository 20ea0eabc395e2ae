"""The twin of relu."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from fxcaps.ops import Relu
from fxcaps.types import Format, Tensor
from tests.twin.nested import Index, Outcome, at, outcome, power, values
from tests.twin.real import Rational
from tests.twin.rounding import Made, to_word


def relu(params: Relu, inputs: Mapping[str, Tensor], formats: Mapping[str, Format]) -> Outcome:
    """The positive part of each value."""
    x, out = values(inputs["x"]), formats["out"]
    scale = power(out.frac)

    def make(index: Index) -> Made:
        real = Rational(max(at(x, index), Fraction(0)) * scale)
        return to_word(real, out, params.rounding, params.overflow)

    return outcome(inputs["x"].shape, out, make)

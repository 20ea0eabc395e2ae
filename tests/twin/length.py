"""The twin of length."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from fxcaps.ops import Length
from fxcaps.types import Event, Format, Tensor
from tests.twin.accumulator import accumulated
from tests.twin.nested import Index, Outcome, at, outcome, power, values
from tests.twin.real import Root
from tests.twin.rounding import Made, to_word


def length(params: Length, inputs: Mapping[str, Tensor], formats: Mapping[str, Format]) -> Outcome:
    """The root of the sum of squared components."""
    x, out = values(inputs["x"]), formats["out"]

    frac = 2 * inputs["x"].format.frac

    def make(index: Index) -> Made:
        squares = [component**2 for component in at(x, index)]
        square, overflowed = accumulated(Fraction(0), squares, params.accumulator, frac, frac)
        root = Root(1, max(square, Fraction(0)) * power(2 * out.frac))
        made = to_word(root, out, params.rounding, params.overflow)
        events = {Event.ACCUMULATOR_OVERFLOW} if overflowed else set()
        return Made(made.word, made.events | events)

    return outcome(inputs["x"].shape[:-1], out, make)

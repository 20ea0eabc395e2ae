"""The twin of length."""

from __future__ import annotations

from collections.abc import Mapping

from fxcaps.ops import Length
from fxcaps.types import Format, Tensor
from tests.twin.nested import Index, Outcome, at, outcome, power, values
from tests.twin.real import Root
from tests.twin.rounding import Made, to_word


def length(params: Length, inputs: Mapping[str, Tensor], formats: Mapping[str, Format]) -> Outcome:
    """The root of the sum of squared components."""
    x, out = values(inputs["x"]), formats["out"]

    def make(index: Index) -> Made:
        square = sum(component**2 for component in at(x, index))
        root = Root(1, square * power(2 * out.frac))
        return to_word(root, out, params.rounding, params.overflow)

    return outcome(inputs["x"].shape[:-1], out, make)

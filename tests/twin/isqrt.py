"""The twin of isqrt."""

from __future__ import annotations

from collections.abc import Mapping

from fxcaps.ops import Isqrt
from fxcaps.types import Format, Reason, Rounding, Tensor
from tests.twin.nested import Index, Outcome, Refused, at, nest, outcome, power, values
from tests.twin.real import Root
from tests.twin.rounding import Made, to_word


def isqrt(params: Isqrt, inputs: Mapping[str, Tensor], formats: Mapping[str, Format]) -> Outcome:
    """The floor of the real root."""
    x, out = values(inputs["x"]), formats["out"]
    places = nest(list(enumerate(inputs["x"].words)), inputs["x"].shape)

    def make(index: Index) -> Made:
        value = at(x, index)
        if value < 0:
            place, word = at(places, index)
            raise Refused(Reason.NEGATIVE_ROOT, f"x[{place}] is {word}")
        root = Root(1, value * power(2 * out.frac))
        return to_word(root, out, Rounding.FLOOR, params.overflow)

    return outcome(inputs["x"].shape, out, make)

"""The twin of votes."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from fxcaps.ops import Votes
from fxcaps.types import Format, Tensor
from tests.twin.accumulator import sum_to_word
from tests.twin.nested import Index, Outcome, outcome, values
from tests.twin.rounding import Made


def votes(params: Votes, inputs: Mapping[str, Tensor], formats: Mapping[str, Format]) -> Outcome:
    """`vote[i, j] = W[i, j] @ u[i]`."""
    u, weight, out = values(inputs["u"]), values(inputs["weight"]), formats["out"]

    frac = inputs["u"].format.frac + inputs["weight"].format.frac

    def make(index: Index) -> Made:
        i, j, k = index
        products = [w * component for w, component in zip(weight[i][j][k], u[i], strict=True)]
        return sum_to_word(Fraction(0), products, params, out, frac)

    return outcome(inputs["weight"].shape[:3], out, make)

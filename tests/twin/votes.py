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
    """`vote[i, j] = W[i mod Iw, j] @ u[i]`."""
    u, weight, out = values(inputs["u"]), values(inputs["weight"]), formats["out"]

    frac = inputs["u"].format.frac + inputs["weight"].format.frac

    def make(index: Index) -> Made:
        i, j, k = index
        row = weight[i % len(weight)][j][k]
        products = [w * component for w, component in zip(row, u[i], strict=True)]
        return sum_to_word(Fraction(0), products, params, out, frac)

    return outcome((len(u), *inputs["weight"].shape[1:3]), out, make)

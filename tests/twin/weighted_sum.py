"""The twin of weighted_sum."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from fxcaps.ops import WeightedSum
from fxcaps.types import Format, Tensor
from tests.twin.accumulator import sum_to_word
from tests.twin.nested import Index, Outcome, outcome, values
from tests.twin.rounding import Made


def weighted_sum(
    params: WeightedSum, inputs: Mapping[str, Tensor], formats: Mapping[str, Format]
) -> Outcome:
    """`s[j] = bias[j] + sum over i of c[i, j] votes[i, j]`, what is shared repeated first."""
    _, capsules, dim = inputs["votes"].shape
    votes, out = values(inputs["votes"]), formats["out"]
    c = [row * (capsules // len(row)) for row in values(inputs["c"])]
    bias = [[Fraction(0)] * dim]
    if "bias" in inputs:
        bias = values(inputs["bias"])
    bias = bias * (capsules // len(bias))

    frac = inputs["c"].format.frac + inputs["votes"].format.frac

    def make(index: Index) -> Made:
        j, k = index
        products = [row[j] * vote[j][k] for row, vote in zip(c, votes, strict=True)]
        return sum_to_word(bias[j][k], products, params, out, frac)

    return outcome((capsules, dim), out, make)

"""The twin of agreement."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from fxcaps.ops import Agreement
from fxcaps.types import Format, Tensor
from tests.twin.accumulator import sum_to_word
from tests.twin.nested import Index, Outcome, outcome, values
from tests.twin.rounding import Made


def agreement(
    params: Agreement, inputs: Mapping[str, Tensor], formats: Mapping[str, Format]
) -> Outcome:
    """`a[i, j] = votes[i, j] . v[j]`."""
    votes, v, out = values(inputs["votes"]), values(inputs["v"]), formats["out"]

    frac = inputs["votes"].format.frac + inputs["v"].format.frac

    def make(index: Index) -> Made:
        i, j = index
        products = [p * q for p, q in zip(votes[i][j], v[j], strict=True)]
        return sum_to_word(Fraction(0), products, params, out, frac)

    return outcome(inputs["votes"].shape[:2], out, make)

"""The twin of dense."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from fxcaps.ops import Dense
from fxcaps.types import Format, Tensor
from tests.twin.accumulator import sum_to_word
from tests.twin.nested import Index, Outcome, at, outcome, values
from tests.twin.rounding import Made


def dense(params: Dense, inputs: Mapping[str, Tensor], formats: Mapping[str, Format]) -> Outcome:
    """Every vector of the last axis against every row of the weight."""
    x, weight, out = values(inputs["x"]), values(inputs["weight"]), formats["out"]
    channels = inputs["weight"].shape[0]
    bias = values(inputs["bias"]) if "bias" in inputs else [Fraction(0)] * channels

    frac = inputs["x"].format.frac + inputs["weight"].format.frac

    def make(index: Index) -> Made:
        *lead, o = index
        vector = at(x, tuple(lead))
        products = [value * factor for value, factor in zip(vector, weight[o], strict=True)]
        return sum_to_word(bias[o], products, params, out, frac, relu=params.relu)

    return outcome((*inputs["x"].shape[:-1], channels), out, make)

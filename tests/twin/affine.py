"""The twin of affine."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from fxcaps.ops import Affine
from fxcaps.types import Format, Tensor
from tests.twin.nested import Index, Outcome, at, outcome, power, values
from tests.twin.real import Rational
from tests.twin.rounding import Made, to_word


def affine(params: Affine, inputs: Mapping[str, Tensor], formats: Mapping[str, Format]) -> Outcome:
    """The value of each word times its channel's scale, plus its offset."""
    x, out = values(inputs["x"]), formats["out"]
    scales = [*map(Fraction, params.scale_numerator, params.scale_denominator)]
    offsets = [*map(Fraction, params.offset_numerator, params.offset_denominator)]

    def make(index: Index) -> Made:
        channel = 0 if len(scales) == 1 else index[-1]
        value = at(x, index)
        if params.relu:
            value = max(value, Fraction(0))
        real = Rational((value * scales[channel] + offsets[channel]) * power(out.frac))
        return to_word(real, out, params.rounding, params.overflow)

    return outcome(inputs["x"].shape, out, make)

"""The twin of quantize."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from fxcaps.ops import Quantize
from fxcaps.types import Format, Tensor
from tests.twin.nested import Outcome, at, outcome, power, values
from tests.twin.real import Rational
from tests.twin.rounding import to_word


def quantize(
    params: Quantize, inputs: Mapping[str, Tensor], formats: Mapping[str, Format]
) -> Outcome:
    """The value of each word times the rational scale."""
    x, out = values(inputs["x"]), formats["out"]
    scale = Fraction(params.numerator, params.denominator) * power(out.frac)
    return outcome(
        inputs["x"].shape,
        out,
        lambda i: to_word(Rational(at(x, i) * scale), out, params.rounding, params.overflow),
    )

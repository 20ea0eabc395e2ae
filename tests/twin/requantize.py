"""The twin of requantize."""

from __future__ import annotations

from collections.abc import Mapping

from fxcaps.ops import Requantize
from fxcaps.types import Format, Tensor
from tests.twin.nested import Outcome, at, outcome, power, values
from tests.twin.real import Rational
from tests.twin.rounding import to_word


def requantize(
    params: Requantize, inputs: Mapping[str, Tensor], formats: Mapping[str, Format]
) -> Outcome:
    """The value of each word."""
    x, out = values(inputs["x"]), formats["out"]
    scale = power(out.frac)
    return outcome(
        inputs["x"].shape,
        out,
        lambda i: to_word(Rational(at(x, i) * scale), out, params.rounding, params.overflow),
    )

"""The twin of squash."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from fxcaps.ops import SquashExact, SquashIsqrtDivide
from fxcaps.types import Format, Tensor
from tests.twin.nested import Index, Outcome, at, outcome, power, values
from tests.twin.real import Rational, Real, Root, floor, sign
from tests.twin.rounding import Made, to_word


def squash(
    params: SquashExact | SquashIsqrtDivide,
    inputs: Mapping[str, Tensor],
    formats: Mapping[str, Format],
) -> Outcome:
    """`v = s |s| / (1 + |s|**2)`, the length a real root or a floor of it."""
    x, out = values(inputs["x"]), formats["out"]

    def make(index: Index) -> Made:
        vector, s = at(x, index[:-1]), at(x, index)
        square = sum(component**2 for component in vector)
        shrunk: Real
        if isinstance(params, SquashExact):
            factor = s * power(out.frac) / (1 + square)
            shrunk = Root(sign(s), factor**2 * square)
        else:
            bits = max(inputs["x"].format.frac, 0) + params.guard
            norm = floor(Root(1, square * power(2 * bits))) * power(-bits)
            shrunk = Rational(s * norm * power(out.frac) / (1 + Fraction(square)))
        return to_word(shrunk, out, params.rounding, params.overflow)

    return outcome(inputs["x"].shape, out, make)

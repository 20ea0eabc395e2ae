"""The twin of sigmoid."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction

from fxcaps.ops import SigmoidExact, SigmoidLut
from fxcaps.types import Format, Tensor
from tests.twin.nested import Index, Outcome, at, outcome, power, values
from tests.twin.real import Rational, Real
from tests.twin.rounding import Made, to_word
from tests.twin.softmax import Coupling


def sigmoid(
    params: SigmoidExact | SigmoidLut,
    inputs: Mapping[str, Tensor],
    formats: Mapping[str, Format],
) -> Outcome:
    """`1 / (1 + exp(-x))`, exactly or from table entries."""
    x, out = values(inputs["x"]), formats["out"]

    def make(index: Index) -> Made:
        argument = at(x, index)
        value: Real
        if isinstance(params, SigmoidLut):
            place = math.floor(abs(argument) * power(params.index_frac))
            entry = params.table[min(place, len(params.table) - 1)] * power(-params.table_frac)
            share = entry if argument >= 0 else 1 - entry
            value = Rational(share * power(out.frac))
        elif argument == 0:
            value = Rational(power(out.frac) / 2)
        else:
            value = Coupling(tuple(sorted((Fraction(0), -argument))), out.frac)
        return to_word(value, out, params.rounding, params.overflow)

    return outcome(inputs["x"].shape, out, make)

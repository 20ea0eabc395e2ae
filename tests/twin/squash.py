"""The twin of squash."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from fxcaps.ops import Parameters, SquashIsqrtDivide
from fxcaps.types import Accumulator, Event, Format, Tensor
from tests.twin.accumulator import accumulated
from tests.twin.nested import Index, Outcome, at, outcome, power, values
from tests.twin.real import Rational, Real, Root, floor, sign
from tests.twin.rounding import Made, to_word

Vector = list[Fraction]


def squash(
    params: Any,
    inputs: Mapping[str, Tensor],
    formats: Mapping[str, Format],
) -> Outcome:
    """`v = s |s| / (1 + |s|**2)`, or what an algorithm puts in its place."""
    x, out = values(inputs["x"]), formats["out"]
    shape, frac = inputs["x"].shape, max(inputs["x"].format.frac, 0)

    def make(index: Index) -> Made:
        vector, s = at(x, index[:-1]), at(x, index)
        square, overflowed = squared_length(vector, getattr(params, "accumulator", Accumulator()))
        scaled = s * power(out.frac)
        shrunk = _ALGORITHMS[params.algorithm](params, vector, square, scaled, frac)
        made = to_word(shrunk, out, params.rounding, params.overflow)
        events = {Event.ACCUMULATOR_OVERFLOW} if overflowed else set()
        return Made(made.word, made.events | events)

    return outcome(shape, out, make)


def squared_length(vector: Vector, accumulator: Accumulator) -> tuple[Fraction, bool]:
    """The squared length that a register holds, no less than 0, and whether it overflowed."""
    square, overflowed = accumulated(Fraction(0), [s * s for s in vector], accumulator)
    return max(square, Fraction(0)), overflowed


def _exact(
    params: Parameters,  # noqa: ARG001 - one signature for all
    vector: Vector,  # noqa: ARG001
    square: Fraction,
    s: Fraction,
    frac: int,  # noqa: ARG001
) -> Real:
    factor = s / (1 + square)
    return Root(sign(s), factor**2 * square)


def _isqrt_divide(
    params: SquashIsqrtDivide,
    vector: Vector,  # noqa: ARG001
    square: Fraction,
    s: Fraction,
    frac: int,
) -> Real:
    return Rational(s * floored_root(square, frac + params.guard) / (1 + square))


def floored_root(square: Fraction, bits: int) -> Fraction:
    """The largest multiple of `2**-bits` that is no larger than the root."""
    return floor(Root(1, square * power(2 * bits))) * power(-bits)


_ALGORITHMS: dict[str, Callable[..., Real]] = {
    "exact": _exact,
    "isqrt_divide": _isqrt_divide,
}

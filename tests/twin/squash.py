"""The twin of squash."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from fxcaps.ops import (
    EpsilonAt,
    SquashExact,
    SquashIsqrtDivide,
    SquashIsqrtFactor,
    SquashLut,
    SquashNorm,
    SquashPow2,
    SquashQ7,
    SquashShiftReconstruction,
)
from fxcaps.types import Accumulator, Event, Format, Overflow, Rounding, Tensor
from tests.twin.accumulator import accumulated
from tests.twin.nested import Index, Outcome, Refused, at, outcome, power, values
from tests.twin.q7 import rows_in_place, shrunk
from tests.twin.real import Rational, Real, Root, floor, sign
from tests.twin.rounding import Made, Misfit, to_word
from tests.twin.squash_lut import looked_up
from tests.twin.squash_reconstruction import estimated, less_a_power, shifted

Vector = list[Fraction]


class FactorMisfit(Misfit):
    """A factor that its format has no word for."""


def squash(
    params: Any,
    inputs: Mapping[str, Tensor],
    formats: Mapping[str, Format],
) -> Outcome:
    """`v = s |s| / (1 + |s|**2)`, or what an algorithm puts in its place."""
    if isinstance(params, SquashQ7) and params.row_offset_bits is not None:
        return rows_in_place(params, inputs["x"], formats["out"])
    x, out = values(inputs["x"]), formats["out"]
    shape, frac = inputs["x"].shape, max(inputs["x"].format.frac, 0)

    def make(index: Index) -> Made:
        vector, s = at(x, index[:-1]), at(x, index)
        square, overflowed = squared_length(
            vector, getattr(params, "accumulator", Accumulator()), frac
        )
        scaled = s * power(out.frac)
        shrunk = _ALGORITHMS[params.algorithm](params, vector, square, scaled, frac)
        made = to_word(shrunk, out, params.rounding, params.overflow)
        events = {Event.ACCUMULATOR_OVERFLOW} if overflowed else set()
        return Made(made.word, made.events | events)

    try:
        return outcome(shape, out, make)
    except Refused as refused:
        if isinstance(refused.__context__, FactorMisfit):
            raise Refused(refused.reason, f"factor of {refused.message}") from None
        raise


def squared_length(vector: Vector, accumulator: Accumulator, frac: int) -> tuple[Fraction, bool]:
    """The squared length that a register holds, no less than 0, and whether it overflowed."""
    square, overflowed = accumulated(
        Fraction(0), [s * s for s in vector], accumulator, 2 * frac, 2 * frac
    )
    return max(square, Fraction(0)), overflowed


def _exact(
    params: SquashExact,
    vector: Vector,  # noqa: ARG001 - one signature for all
    square: Fraction,
    s: Fraction,
    frac: int,  # noqa: ARG001
) -> Real:
    epsilon = Fraction(*params.epsilon)
    if s == 0:
        return Rational(Fraction(0))
    if params.epsilon_at is EpsilonAt.NORM:
        return BesideNorm(s * square / (1 + square), square, epsilon)
    if params.epsilon_at is EpsilonAt.SQUARES:
        more = square + epsilon
        return Root(sign(s), (s / (1 + more)) ** 2 * more)
    return Root(sign(s), (s * square / (1 + square)) ** 2 / (square + epsilon))


@dataclass(frozen=True)
class BesideNorm(Real):
    """`numerator / (sqrt(square) + epsilon)`."""

    numerator: Fraction
    square: Fraction
    epsilon: Fraction

    def compare(self, other: Fraction) -> int:
        """As `numerator - other epsilon` compares with `other sqrt(square)`."""
        product = Root(sign(other), other**2 * self.square)
        return -product.compare(self.numerator - other * self.epsilon)


def _isqrt_divide(
    params: SquashIsqrtDivide,
    vector: Vector,  # noqa: ARG001
    square: Fraction,
    s: Fraction,
    frac: int,
) -> Real:
    return Rational(s * floored_root(square, frac + params.guard) / (1 + square))


def _isqrt_factor(
    params: SquashIsqrtFactor,
    vector: Vector,  # noqa: ARG001
    square: Fraction,
    s: Fraction,
    frac: int,
) -> Real:
    real = floored_root(square, frac + params.guard) / (1 + square)
    modes = params.factor_rounding, params.factor_overflow
    return Rational(s * narrowed_factor(real, params.factor_format, *modes))


def _lut(
    params: SquashLut,
    vector: Vector,  # noqa: ARG001
    square: Fraction,
    s: Fraction,
    frac: int,
) -> Real:
    return Rational(s * looked_up(params, square, frac))


def _shift(
    params: SquashShiftReconstruction,
    vector: Vector,  # noqa: ARG001
    square: Fraction,
    s: Fraction,
    frac: int,  # noqa: ARG001
) -> Real:
    return Rational(s * shifted(params, square))


def _norm(
    params: SquashNorm,
    vector: Vector,
    square: Fraction,  # noqa: ARG001
    s: Fraction,
    frac: int,
) -> Real:
    return Rational(s * estimated(params, vector, frac))


def _power(
    params: SquashPow2,
    vector: Vector,  # noqa: ARG001
    square: Fraction,
    s: Fraction,
    frac: int,
) -> Real:
    return Rational(s * less_a_power(params, square, frac))


def _q7(
    params: SquashQ7,  # noqa: ARG001
    vector: Vector,
    square: Fraction,  # noqa: ARG001
    s: Fraction,
    frac: int,
) -> Real:
    # The component comes in output steps, the vector in units.
    return Rational(shrunk(vector, s, frac))


def narrowed_factor(
    real: Fraction, format: Format, rounding: Rounding, overflow: Overflow
) -> Fraction:
    """A factor as a value of its format; a misfit says that it was a factor."""
    try:
        word = to_word(Rational(real * power(format.frac)), format, rounding, overflow).word
    except Misfit as misfit:
        raise FactorMisfit(misfit.reason, misfit.message) from None
    return word * power(-format.frac)


def floored_root(square: Fraction, bits: int) -> Fraction:
    """The largest multiple of `2**-bits` that is no larger than the root."""
    return floor(Root(1, square * power(2 * bits))) * power(-bits)


_ALGORITHMS: dict[str, Callable[..., Real]] = {
    "exact": _exact,
    "isqrt_divide": _isqrt_divide,
    "isqrt_factor": _isqrt_factor,
    "lut": _lut,
    "shift_reconstruction": _shift,
    "norm": _norm,
    "exp": _power,
    "pow2": _power,
    "q7": _q7,
}

"""From ranges to power-of-two formats."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.ops.guards import guard_fraction
from fxcaps.quantize.qcapsnets import powers_of_floats, random_floors
from fxcaps.types import (
    Format,
    Overflow,
    QcapsnetsLogarithmic,
    QcapsnetsStochastic,
    Reason,
    Rejection,
    Rounding,
    WeightRule,
)


def minmax_format(largest: float, width: int, *, signed: bool) -> Format:
    """The rule `minmax`: a bound of 2**ceil(log2 largest).

    The largest value itself may saturate by one step where it is the bound. A tensor of zeros
    needs no fraction bits.

    Args:
        largest: largest magnitude, finite.
        width: bits of a word.
        signed: whether the tensor can be negative.
    """
    if largest == 0.0:
        return Format(signed, width, 0)
    mantissa, exponent = math.frexp(largest)  # largest = mantissa * 2**exponent, in [1/2, 1)
    bits = exponent - (mantissa == 0.5)
    return Format(signed, width, width - signed - bits)


def holding_format(largest: float, width: int, *, signed: bool) -> Format:
    """Like `minmax_format`, but never saturating: for constants that an architecture fixes.

    A coupling of 1/32 is a word exactly, which the bound would miss by one step.
    """
    format = minmax_format(largest, width, signed=signed)
    if math.ldexp(largest, format.frac) > format.max:
        return Format(signed, width, format.frac - 1)
    return format


def common_format(formats: Iterable[Format]) -> Format:
    """The format that several are brought to: the widest words, and bounds that hold all.

    Signed where one is. Words of narrower formats of the same bound keep their values.
    """
    found = list(formats)
    signed = any(format.signed for format in found)
    width = max(format.width for format in found)
    bits = max(format.width - format.signed - format.frac for format in found)
    return Format(signed, width, width - signed - bits)


def to_words(
    values: NDArray[Any],
    format: Format,
    rounding: WeightRule = Rounding.TIES_TO_EVEN,
    overflow: Overflow = Overflow.SATURATE,
) -> NDArray[np.int64]:
    """Words of float values, nearest and saturating by default.

    Scaling by a power of two and rounding are exact in float64 for every word of at most 32
    bits, so the result is that of exact arithmetic. Rejects a value that does not fit with
    `OUTPUT_OUT_OF_RANGE` where the overflow mode is `reject`.
    """
    guard_fraction({"format": format}, rounding, "constants")
    doubles = values.astype(np.float64)
    scaled = np.ldexp(doubles, format.frac)
    if isinstance(rounding, QcapsnetsLogarithmic):
        rounded = powers_of_floats(doubles, format.frac)
    elif isinstance(rounding, QcapsnetsStochastic):
        rounded = random_floors(scaled, format.frac, rounding)
    else:
        rounded = round_floats(scaled, rounding)
    low = -format.max if overflow is Overflow.SATURATE_SYMMETRIC and format.signed else format.min
    outside = (rounded < low) | (rounded > format.max)
    if overflow is Overflow.REJECT and outside.any():
        index = tuple(int(i) for i in np.argwhere(outside)[0])
        raise Rejection(
            Reason.OUTPUT_OUT_OF_RANGE,
            f"{rounded[index]:.0f} at {index} is outside {format} [{format.min}, {format.max}]",
        )
    if overflow is Overflow.WRAP:
        rest = np.fmod(rounded, float(1 << format.width)).astype(np.int64)  # exact, keeps the sign
        wrapped: NDArray[np.int64] = (rest - format.min) % (1 << format.width) + format.min
        return wrapped
    if overflow is Overflow.SATURATE_TO_ZERO:
        rounded = np.where(outside, 0.0, rounded)
    return np.clip(rounded, low, format.max).astype(np.int64)


def round_floats(values: NDArray[np.float64], rounding: Rounding) -> NDArray[np.float64]:
    """Integers of float values by any mode.

    Done on magnitudes: there the fraction is exact, whereas that of -2**-60 above its floor is
    not a double.
    """
    magnitude, negative = np.abs(values), values < 0
    whole = np.floor(magnitude)
    rest, odd = magnitude - whole, np.fmod(whole, 2.0) == 1.0
    above, tie, inexact = rest > 0.5, rest == 0.5, rest > 0.0
    up = {
        Rounding.FLOOR: inexact & negative,
        Rounding.CEIL: inexact & ~negative,
        Rounding.TOWARD_ZERO: np.zeros_like(negative),
        Rounding.AWAY_FROM_ZERO: inexact,
        Rounding.TIES_TO_POS_INF: above | (tie & ~negative),
        Rounding.TIES_TO_NEG_INF: above | (tie & negative),
        Rounding.TIES_AWAY: above | tie,
        Rounding.TIES_TO_ZERO: above,
        Rounding.TIES_TO_EVEN: above | (tie & odd),
        Rounding.TIES_TO_ODD: above | (tie & ~odd),
        Rounding.JAM: inexact & ~odd,  # floor | 1, which on a magnitude is whole | 1
    }
    if rounding not in up:
        raise Rejection(Reason.PARAMETER_INVALID, f"constants are not rounded by {rounding.value}")
    rounded: NDArray[np.float64] = np.copysign(whole + up[rounding], values)
    return rounded

"""From ranges to power-of-two formats."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.types import Format


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


def to_words(values: NDArray[Any], format: Format) -> NDArray[np.int64]:
    """Nearest words of float values, ties to even, saturating.

    Scaling by a power of two and rounding are exact in float64 for every word of at most 32
    bits, so the result is that of exact arithmetic.
    """
    scaled = np.rint(np.ldexp(values.astype(np.float64), format.frac))
    return np.clip(scaled, format.min, format.max).astype(np.int64)

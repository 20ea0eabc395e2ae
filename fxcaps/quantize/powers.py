"""Floats as the powers of two of Q-CapsNets' logarithmic quantiser, decided exactly."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import numpy as np
from numpy.typing import NDArray

_EPSILON = Fraction(1, 10**8)
_LARGEST = 10


def powers_of_floats(values: NDArray[np.float64], frac: int) -> NDArray[np.float64]:
    """Integers in steps of 2**-frac; specification page `qcapsnets.md`, clause QC-4."""
    least = np.array([_least_double(exponent) for exponent in range(-frac, _LARGEST + 1)])
    reached = np.searchsorted(least, np.abs(values), side="right")
    powers = np.where((reached > 0) & (values != 0), np.ldexp(1.0, np.maximum(reached - 1, 0)), 0.0)
    signed: NDArray[np.float64] = np.copysign(powers, values)
    return signed


@cache
def _least_double(exponent: int) -> float:
    """The smallest double that becomes 2**exponent, or 0 where every positive one does."""
    found: float = max(2.0 ** (exponent - 0.5) - 1e-8, 0.0)
    while _reaches(found, exponent) and found > 0:
        found = float(np.nextafter(found, 0.0))
    while not _reaches(found, exponent):
        found = float(np.nextafter(found, np.inf))
    return found


def _reaches(value: float, exponent: int) -> bool:
    """Whether log2(value + 1e-8) is at least the exponent less a half; it never equals that."""
    return 2 * (Fraction(value) + _EPSILON) ** 2 >= Fraction(4) ** exponent

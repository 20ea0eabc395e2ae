"""Floats as integers by the quantisers that Q-CapsNets has for weights, decided exactly."""

from __future__ import annotations

from fractions import Fraction
from functools import cache

import numpy as np
from numpy.typing import NDArray

from fxcaps.types import QcapsnetsStochastic

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


def random_floors(
    scaled: NDArray[np.float64], frac: int, rule: QcapsnetsStochastic
) -> NDArray[np.float64]:
    """floor(x + max(u, 2**(-N - 1))) of doubles in steps; specification page, clause QC-3.

    Done on magnitudes, whose fraction is exact, as are u and 1 - u of at most 33 bits.
    """
    drawn = philox_integers(rule, scaled.size).reshape(scaled.shape)
    u = np.maximum(np.ldexp(drawn, -rule.bits), 2.0 ** (-frac - 1))
    magnitude, negative = np.abs(scaled), scaled < 0
    whole = np.floor(magnitude)
    rest = magnitude - whole
    away = np.where(negative, u < rest, rest >= 1 - u)
    rounded: NDArray[np.float64] = np.copysign(whole + away, scaled)
    return rounded


def philox_integers(rule: QcapsnetsStochastic, size: int) -> NDArray[np.float64]:
    """The random integers of `size` words at image 0; page `stochastic.md`, STO-2 and STO-3."""
    word, half = np.uint64(0xFFFFFFFF), np.uint64(32)
    c3 = np.arange(size, dtype=np.uint64)
    c0, c1, c2 = np.full_like(c3, rule.step), np.zeros_like(c3), np.full_like(c3, rule.iteration)
    k0, k1 = rule.key & 0xFFFFFFFF, rule.key >> 32
    for _ in range(10):
        a, b = np.uint64(0xD2511F53) * c0, np.uint64(0xCD9E8D57) * c2
        c0, c2 = (b >> half) ^ c1 ^ np.uint64(k0), (a >> half) ^ c3 ^ np.uint64(k1)
        c1, c3 = b & word, a & word
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return (c0 >> np.uint64(32 - rule.bits)).astype(np.float64)

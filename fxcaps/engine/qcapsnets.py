"""The quantisers of Q-CapsNets over arrays; equal to `fxcaps.spec.qcapsnets`."""

from __future__ import annotations

from functools import lru_cache
from math import isqrt

import numpy as np

from fxcaps.engine.kernels.narrow import Ints

_EPSILON = 10**8
_LARGEST_EXPONENT = 10
_ROOM = np.iinfo(np.int64).max


def powers_of_two(values: Ints, denominator: int, frac: int) -> Ints:
    """Words of the logarithmic quantiser for `values / denominator` output steps (QC-4).

    Args:
        values: of magnitudes below 2**62.
        denominator: positive, of any size.
        frac: fraction bits N of the output, 0 to 32.
    """
    least = np.array(_least(denominator, frac), np.int64)
    reached = np.searchsorted(least, np.abs(values), side="right")
    # Powers end at 2**(10 + 32).
    powers = np.where(reached > 0, np.int64(1) << np.maximum(reached - 1, 0), 0)
    words: Ints = np.sign(values) * powers
    return words


@lru_cache(maxsize=256)
def _least(denominator: int, frac: int) -> tuple[int, ...]:
    """The smallest positive numerator of every power of two from 2**-N to 2**10.

    |x| + 1e-8 = A / B reaches the exponent e where 2 A**2 >= 4**e B**2, and A rises with the
    numerator.
    """
    one = denominator << frac
    square = (one * _EPSILON) ** 2
    found = []
    for exponent in range(-frac, _LARGEST_EXPONENT + 1):
        over = 2 << 2 * max(-exponent, 0)
        bound = -(-(square << 2 * max(exponent, 0)) // over)
        top = isqrt(bound - 1) + 1
        found.append(min(max(1, -(-(top - one) // _EPSILON)), _ROOM))
    return tuple(found)


def larger_addends(drawn: Ints, bits: int, frac: int) -> tuple[Ints, int]:
    """The larger of `drawn * 2**-bits` and 2**(-N - 1), with its fraction bits (QC-3)."""
    fine = max(bits, frac + 1)
    return np.maximum(drawn << (fine - bits), 1 << (fine - frac - 1)), fine


def signs_of_late(values: Ints, shift: int, frac: int) -> Ints:
    """Stand-ins of `values * 2**-shift`: -1, 0 or 1 quarters to be floored, for shifts above 62.

    Their floors are those of `qcapsnets_rtn`. A positive value stays below the half; a negative
    one rounds up to 0 where it is no further from it than 2**(-N - 1) steps.
    """
    near = values >= -(1 << min(shift - frac - 1, 62))
    return np.where((values < 0) & near, 1, np.sign(values))

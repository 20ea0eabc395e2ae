"""Multiplier and shift, in the roundings of other people's kernels."""

from __future__ import annotations

from fxcaps.engine.kernels.compile import kernel
from fxcaps.engine.kernels.narrow import ROUNDING_CODES, Ints, finish, round_quotient
from fxcaps.types import Rounding

SINGLE, DOUBLE, TOSA_DOUBLE = range(3)
"""Which algorithm."""

_TIES_AWAY = ROUNDING_CODES[Rounding.TIES_AWAY]
_LARGEST = (1 << 31) - 1
_HALF = 1 << 30


@kernel
def rescaled(word: int, multiplier: int, shift: int, algorithm: int) -> int:
    """One word; its product and its word lifted to 31 bits of shift stay within 2**62."""
    product = word * multiplier
    if algorithm == DOUBLE:
        high = min(((product << max(31 - shift, 0)) + _HALF) >> 31, _LARGEST)
        return round_quotient(high, 1 << max(shift - 31, 0), _TIES_AWAY)[0]
    constant = 1 << (shift - 1)
    if algorithm == TOSA_DOUBLE and shift > 31:
        constant += _HALF if word >= 0 else -_HALF
    return (product + constant) >> shift


@kernel
def rescale_words(
    x: Ints,
    multiplier: Ints,
    shift: Ints,
    algorithm: int,
    kept: tuple[int, int, int],
    words: Ints,
    events: Ints,
) -> None:
    """Scale `x (N, M)` by entries that repeat along M, and fit to (low, high, overflow code)."""
    low, high, overflow = kept
    for n in range(x.shape[0]):
        for k in range(x.shape[1]):
            channel = k % len(shift)
            by, product = shift[channel], x[n, k] * multiplier[channel]
            exact = product & ((1 << by) - 1) == 0
            rounded = rescaled(x[n, k], multiplier[channel], by, algorithm)
            words[n, k] = finish(rounded, exact, low, high, overflow, events, n, k)

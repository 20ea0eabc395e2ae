"""Random bits of stochastic rounding, and the rounding by them."""

from __future__ import annotations

import numpy as np

from fxcaps.engine.kernels.compile import kernel
from fxcaps.engine.kernels.narrow import Ints, Narrowing, finish

_M0, _M1 = np.uint64(0xD2511F53), np.uint64(0xCD9E8D57)
_W0, _W1 = np.uint64(0x9E3779B9), np.uint64(0xBB67AE85)
_WORD = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)


@kernel
def philox_words(step: int, first: int, iteration: int, key: int, bits: int, words: Ints) -> None:
    """Fill `words (N, M)` with the top `bits` of Philox 4x32-10 at (step, image, iteration, M).

    `key` holds 64 bits, as a signed integer where its top bit is set.
    """
    low, high = np.uint64(key) & _WORD, np.uint64(key) >> _HALF
    drop = np.uint64(32 - bits)
    for n in range(words.shape[0]):
        for k in range(words.shape[1]):
            c0, c1 = np.uint64(step), np.uint64(first + n) & _WORD
            c2, c3 = np.uint64(iteration), np.uint64(k) & _WORD
            k0, k1 = low, high
            for _ in range(10):
                a, b = _M0 * c0, _M1 * c2
                c0, c1, c2, c3 = (
                    (b >> _HALF) ^ c1 ^ k0,
                    b & _WORD,
                    (a >> _HALF) ^ c3 ^ k1,
                    a & _WORD,
                )
                k0, k1 = (k0 + _W0) & _WORD, (k1 + _W1) & _WORD
            words[n, k] = np.int64(c0 >> drop)


@kernel
def parity(state: np.uint64) -> np.uint64:
    """Exclusive or of all bits."""
    for half in (32, 16, 8, 4, 2, 1):
        state ^= state >> np.uint64(half)
    return state & np.uint64(1)


@kernel
def shifted(state: np.uint64, taps: np.uint64, width: int, galois: bool, right: bool) -> np.uint64:
    """One shift of a register of `width` bits."""
    one, top = np.uint64(1), np.uint64(width - 1)
    full = (((one << top) - one) << one) | one
    if not galois:
        feedback = parity(state & taps)
        if right:
            return (state >> one) | (feedback << top)
        return ((state << one) | feedback) & full
    leaving = state & one if right else state >> top
    moved = state >> one if right else (state << one) & full
    return moved ^ taps if leaving else moved


@kernel
def lfsr_beats(
    state: np.uint64,
    taps: np.uint64,
    width: int,
    galois: bool,
    right: bool,
    take: tuple[int, int, int, bool],
    words: Ints,
) -> None:
    """Fill `words (K)` with the bits of one lane; `take` is bits, lowest, steps, before."""
    bits, lowest, steps, before = take
    mask = (np.uint64(1) << np.uint64(bits)) - np.uint64(1)
    for k in range(words.size):
        moved = state
        for _ in range(steps):
            moved = shifted(moved, taps, width, galois, right)
        source = moved if before else state
        words[k] = np.int64((source >> np.uint64(lowest)) & mask)
        state = moved


@kernel
def narrow_random(
    values: Ints,
    shift: int,
    bits: int,
    random: Ints,
    narrowing: Narrowing,
    words: Ints,
    events: Ints,
) -> None:
    """floor(values * 2**-shift + random * 2**-bits), fitted; `shift` is at least 1.

    `random (N, M)` or `(1, M)` for all rows. Only as many bits of either as matter are added, so
    that nothing leaves int64: a floor of the coarser one changes no floor of the sum.
    """
    _, low, high, overflow = narrowing
    coarse = min(shift - bits, 63)
    for n in range(values.shape[0]):
        row = n if random.shape[0] > 1 else 0
        for k in range(values.shape[1]):
            value, drawn = values[n, k], random[row, k]
            if coarse >= 0:
                rounded = ((value >> coarse) + drawn) >> bits
            else:
                rounded = (value + (drawn >> -coarse)) >> shift
            exact = value == 0 if shift > 62 else value & ((1 << shift) - 1) == 0
            words[n, k] = finish(rounded, exact, low, high, overflow, events, n, k)

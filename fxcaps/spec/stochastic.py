"""The normative random bits of stochastic rounding."""

from __future__ import annotations

from functools import lru_cache

from fxcaps.types import Advance, Direction, Form, Lfsr, Philox

_WORD = (1 << 32) - 1
_MULTIPLIERS = (0xD2511F53, 0xCD9E8D57)  # Salmon et al. 2011, Philox 4x32
_WEYL = (0x9E3779B9, 0xBB67AE85)  # the golden ratio and sqrt(3) - 1, in 32 bits
_ROUNDS = 10


def random_bits(generator: Philox | Lfsr, image: int, index: int) -> int:
    """The random integer r below 2**bits for one word; u is r * 2**-bits (STO-1).

    Args:
        generator: with its parameters.
        image: index of the image in its data set.
        index: flat index of the word in its tensor.
    """
    if isinstance(generator, Philox):
        # STO-2
        counter = (generator.step, image, generator.iteration, index)
        return philox(counter, generator.key)[0] >> (32 - generator.bits)
    # STO-5
    lanes = len(generator.seeds)
    lane, beat = index % lanes, index // lanes
    if generator.beats is not None:
        lane, beat = divmod(index, generator.beats)
    beat += generator.skip
    # A power of two of beats at a time, so that few streams are ever made.
    return lfsr(generator, generator.seeds[lane], 1 << beat.bit_length())[beat]


def philox(counter: tuple[int, int, int, int], key: int) -> tuple[int, int, int, int]:
    """Philox 4x32-10: four 32-bit words from a counter of four and a key of two (STO-3)."""
    c0, c1, c2, c3 = (word & _WORD for word in counter)
    k0, k1 = key & _WORD, key >> 32
    for _ in range(_ROUNDS):
        a, b = _MULTIPLIERS[0] * c0, _MULTIPLIERS[1] * c2
        c0, c1, c2, c3 = (b >> 32) ^ c1 ^ k0, b & _WORD, (a >> 32) ^ c3 ^ k1, a & _WORD
        k0, k1 = (k0 + _WEYL[0]) & _WORD, (k1 + _WEYL[1]) & _WORD
    return c0, c1, c2, c3


@lru_cache(maxsize=256)
def lfsr(generator: Lfsr, seed: int, beats: int) -> tuple[int, ...]:
    """The bits that one lane gives at the first `beats` beats (STO-6)."""
    state, taken = seed, []
    mask = (1 << generator.bits) - 1
    for _ in range(beats):
        moved = state
        for _ in range(generator.steps):
            moved = shifted(generator, moved)
        source = moved if generator.advance is Advance.BEFORE else state
        taken.append(source >> generator.lowest & mask)
        state = moved
    return tuple(taken)


def shifted(generator: Lfsr, state: int) -> int:
    """One shift of a register (STO-4)."""
    top, full = generator.width - 1, (1 << generator.width) - 1
    right = generator.direction is Direction.RIGHT
    if generator.form is Form.FIBONACCI:
        feedback = (state & generator.taps).bit_count() & 1
        return state >> 1 | feedback << top if right else (state << 1 | feedback) & full
    leaving = state & 1 if right else state >> top
    moved = state >> 1 if right else state << 1 & full
    return moved ^ generator.taps if leaving else moved

"""Numbers that follow from a name, so that adding a case never moves another."""

from __future__ import annotations

import hashlib

from fxcaps.types import Format
from fxcaps.vectors.numbers import word_of_bits

_BITS = 256
"""Of one block of sha256."""

LFSR_TAPS = 0x80200003
"""x**32 + x**22 + x**2 + x + 1 as a Galois register that moves right; its period is 2**32 - 1."""


class Stream:
    """An endless stream of integers: sha256 of `NAME/0`, `NAME/1` and so on."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.block = 0
        self.pool = 0
        self.left = 0

    def bits(self, count: int) -> int:
        """The next `count` bits as an integer that is not negative."""
        while self.left < count:
            digest = hashlib.sha256(f"{self.name}/{self.block}".encode()).digest()
            self.pool |= int.from_bytes(digest, "big") << self.left
            self.left += _BITS
            self.block += 1
        found = self.pool & ((1 << count) - 1)
        self.pool >>= count
        self.left -= count
        return found

    def below(self, limit: int) -> int:
        """An integer from 0 to below `limit`, each as likely."""
        count = (limit - 1).bit_length()
        while (found := self.bits(count)) >= limit:
            pass
        return found

    def word(self, format: Format) -> int:
        """A word: of four one is an edge, one is small, and two are any."""
        kind = self.bits(2)
        if kind == 0:
            edges = edge_words(format)
            return edges[self.below(len(edges))]
        bits = self.bits(format.width)
        if kind == 1:  # a magnitude of any number of bits
            bits >>= self.below(format.width)
        return word_of_bits(bits, format)

    def words(self, format: Format, count: int) -> list[int]:
        """Several words."""
        return [self.word(format) for _ in range(count)]


class Lfsr:
    """The register of chains: Galois, 32 bits, right, taps `LFSR_TAPS`, advanced before use."""

    def __init__(self, seed: int) -> None:
        self.state = seed

    def bits(self, count: int) -> int:
        """The lowest `count` bits of a state; beyond 32 more states follow, the first lowest."""
        found = 0
        for place in range(0, count, 32):
            self.state = (self.state >> 1) ^ (LFSR_TAPS if self.state & 1 else 0)
            found |= self.state << place
        return found & ((1 << count) - 1)


def seed_of(name: str) -> int:
    """The seed of a chain: the first 32 bits of the name's sha256, the last of them set."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") | 1


def edge_words(format: Format) -> list[int]:
    """Both ends and their neighbours, the middle, and what is next to it; ascending."""
    low, high = format.min, format.max
    near = {low, low + 1, -2, -1, 0, 1, 2, high - 1, high, high // 2, high // 2 + 1, low // 2}
    return sorted(word for word in near if format.contains(word))

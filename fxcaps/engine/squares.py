"""Vectors and the register of their sums of squares, for squash and length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fxcaps.engine.kernels.narrow import Flags, Ints
from fxcaps.engine.kernels.roots import squares_sums
from fxcaps.engine.sums import Register, flags_for, register_for
from fxcaps.engine.values import holds, rows_of
from fxcaps.ops.batch import Words
from fxcaps.ops.squash_base import lifted_frac, lifted_magnitude
from fxcaps.types import Accumulator


@dataclass(frozen=True, slots=True)
class Vectors:
    """A batch of vectors, a negative fraction lifted to zero.

    Args:
        words: `(N, M * dim)`.
        dim: components of a vector.
        frac: fraction bits of a component.
        largest: magnitude of a component at the most.
    """

    words: Ints
    dim: int
    frac: int
    largest: int

    @property
    def squares(self) -> int:
        """The largest sum of squares."""
        return self.dim * self.largest**2

    @property
    def one(self) -> int:
        """The integer that is worth 1 at the scale of the squares."""
        return 1 << 2 * self.frac


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums of squares, none negative and none above the largest that is possible.

    Args:
        words: `(N, M)`.
        overflowed: `(N, M)`, or empty where the register is free.
        register: how the sums were watched.
    """

    words: Ints
    overflowed: Flags
    register: Register

    def flags(self, count: int) -> Flags:
        """Overflows of the words made of the vectors, `count` words each."""
        return np.repeat(self.overflowed, count, axis=1)


def vectors_of(x: Words) -> Vectors | None:
    """The vectors along the last axis of `x`; `None` where the engine cannot hold them."""
    largest = lifted_magnitude(x.format)
    if not holds(largest):
        return None
    lift = max(-x.format.frac, 0)
    words = rows_of(x) << lift if lift else rows_of(x)
    return Vectors(words, x.array.shape[-1], lifted_frac(x.format), largest)


def sums_of(vectors: Vectors, accumulator: Accumulator) -> Sums | None:
    """The sums of squares in a register; `None` where the engine cannot hold them."""
    register = register_for(accumulator, [(0, vectors.squares)], 0)
    if not holds(register.bound):
        return None
    batch, size = vectors.words.shape
    sums = np.empty((batch, size // vectors.dim), np.int64)
    overflowed = flags_for(register, batch, sums.shape[1])
    squares_sums(vectors.words, vectors.dim, register.arguments, sums, overflowed)
    return Sums(sums, overflowed, register)

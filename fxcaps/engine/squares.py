"""Vectors and the register of their sums of squares, for squash and length."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fxcaps.engine.kernels.narrow import Ints, Marks
from fxcaps.engine.sums import InnerSums, Register, inner_register, inner_sums
from fxcaps.engine.values import holds, rows_of
from fxcaps.ops.batch import Words
from fxcaps.ops.squash_base import lifted_frac, lifted_magnitude, squares_interval
from fxcaps.types import Accumulator, Format


@dataclass(frozen=True, slots=True)
class Vectors:
    """A batch of vectors, a negative fraction lifted to zero.

    Args:
        words: `(N, M * dim)`.
        dim: components of a vector.
        frac: fraction bits of a component.
        largest: magnitude of a component at the most.
        register: of the sums of squares.
        squares: the largest sum of squares.
    """

    words: Ints
    dim: int
    frac: int
    largest: int
    register: Register
    squares: int

    @property
    def one(self) -> int:
        """The integer that is worth 1 at the scale of the squares."""
        return 1 << 2 * self.frac

    @property
    def sums(self) -> InnerSums | None:
        """The sums of squares, none negative; `None` where the engine cannot hold them."""
        if not holds(self.squares):
            return None
        made = inner_sums(self.register, self.words * self.words, self.dim)
        # A wrapped register can be negative, which no length is: it counts as zero.
        return made._replace(words=np.maximum(made.words, 0))


def vectors_of(x: Words, accumulator: Accumulator, out: Format) -> Vectors | None:
    """The vectors along the last axis of `x`; `None` where the engine cannot hold them."""
    largest, dim = lifted_magnitude(x.format), x.array.shape[-1]
    if not holds(largest):
        return None
    lift, frac = max(-x.format.frac, 0), lifted_frac(x.format)
    words = rows_of(x) << lift if lift else rows_of(x)
    interval = squares_interval(accumulator, x.format, dim)
    register, squares = inner_register(accumulator, interval, 2 * frac, out)
    return Vectors(words, dim, frac, largest, register, squares)


def repeated(marks: Marks, count: int) -> Marks:
    """The marks of the vectors for the words made of them, `count` words each."""
    return np.repeat(marks, count, axis=1)

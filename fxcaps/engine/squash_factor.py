"""squash by one factor a vector, over arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fxcaps.engine.kernels.narrow import Flags, Ints, record_overflows
from fxcaps.engine.kernels.squash import root_factors
from fxcaps.engine.squares import Vectors, repeated
from fxcaps.engine.sums import InnerSums, rejected_rows
from fxcaps.engine.values import codes, holds, magnitude, shift_words, single
from fxcaps.ops.batch import Result
from fxcaps.ops.parameters import Narrowing
from fxcaps.ops.squash import SquashIsqrtFactor
from fxcaps.types import Format, Overflow, Shape


@dataclass(frozen=True, slots=True)
class Factors:
    """One factor a vector.

    Args:
        words: `(N, M)`.
        frac: fraction bits of a factor.
        bound: magnitude of a factor at the most.
        rejected: `(N)`, rows that the specification rejects.
    """

    words: Ints
    frac: int
    bound: int
    rejected: Flags


def multiply(
    params: Narrowing,
    vectors: Vectors,
    sums: InnerSums | None,
    factors: Factors,
    out: Format,
    shape: Shape,
) -> Result | None:
    """Every component times its vector's factor, narrowed; `None` where products do not hold."""
    frac = vectors.frac + factors.frac
    if not holds(vectors.largest * max(factors.bound, 1) << max(out.frac - frac, 0)):
        return None
    products = vectors.words * np.repeat(factors.words, vectors.dim, axis=1)
    words, events = shift_words(products, frac - out.frac, out, params.rounding, params.overflow)
    unsure: Flags | None = None
    if sums is not None:
        record_overflows(repeated(sums.marks, vectors.dim), events)
        unsure = rejected_rows(sums.marks)
    result = single(words, events, params.overflow, shape, unsure)
    result.undecided[factors.rejected] = True
    return result


def isqrt_factor(
    params: SquashIsqrtFactor, vectors: Vectors, out: Format, shape: Shape
) -> Result | None:
    """One narrowed factor from root and division."""
    format, guard = params.factor_format, params.guard
    shift = vectors.frac - guard + format.frac
    up, down = max(shift, 0), max(-shift, 0)
    root = root_bound(vectors.squares, guard)
    wide = (vectors.squares << 2 * guard, root << up, vectors.one + vectors.squares << down)
    sums = vectors.sums if holds(*wide) else None
    if sums is None:
        return None
    words, misfit = np.empty_like(sums.words), np.zeros(len(sums.words), np.bool_)
    narrowing = codes(format, params.factor_rounding, params.factor_overflow)
    root_factors(sums.words, vectors.one, guard, up, down, narrowing, words, misfit)
    # The real factor is at most 1/2, and every word that is kept lies in the format.
    bound = min(magnitude(format), (1 << max(format.frac - 1, 0)) + 1)
    if params.factor_overflow is not Overflow.REJECT:
        misfit[:] = False
    factors = Factors(words, format.frac, bound, misfit)
    return multiply(params, vectors, sums, factors, out, shape)


def root_bound(squares: int, guard: int) -> int:
    """At least the largest integer root."""
    return 1 << ((squares << 2 * guard).bit_length() + 1) // 2

"""squash as published designs approximate it, over arrays."""

from __future__ import annotations

import numpy as np

from fxcaps.engine.kernels.narrow import Ints
from fxcaps.engine.kernels.squash import norm_factors, power_factors, shift_factors
from fxcaps.engine.squares import Vectors
from fxcaps.engine.squash_factor import Factors, multiply, root_bound
from fxcaps.engine.values import LARGEST_BITS, holds, magnitude
from fxcaps.ops.batch import Result
from fxcaps.ops.squash_reconstruction import (
    SquashExp,
    SquashNorm,
    SquashPow2,
    SquashShiftReconstruction,
)
from fxcaps.types import Format, Shape


def shift(
    params: SquashShiftReconstruction, vectors: Vectors, out: Format, shape: Shape
) -> Result | None:
    """Powers of two as factors, at the scale of the smallest."""
    sums = vectors.sums
    if sums is None:
        return None
    # A factor is 2**(min(j, -j - 1) + offset), j the norm's leading one, from -F to `last`.
    last = max(vectors.squares.bit_length() - 1, 0) // 2 - vectors.frac
    span = max(vectors.frac, last + 1)
    words = np.empty_like(sums.words)
    shift_factors(sums.words, vectors.frac, span, words)
    factors = Factors(words, span - params.offset, 1 << span - 1, _none(words))
    return multiply(params, vectors, sums, factors, out, shape)


def norm_factor(params: SquashNorm, vectors: Vectors, out: Format, shape: Shape) -> Result | None:
    """Factors at an estimate of the norm."""
    others = vectors.largest * (vectors.dim - 1) * params.multiplier
    estimate = vectors.largest + others
    wide = (vectors.largest * vectors.dim, estimate << max(-params.shift, 0))
    if max(params.shift, params.multiplier_shift) > LARGEST_BITS or not holds(*wide):
        return None
    batch, size = vectors.words.shape
    words = np.empty((batch, size // vectors.dim), np.int64)
    estimator = (params.multiplier, params.multiplier_shift, params.shift)
    norm_factors(vectors.words, estimator, np.array(params.table, np.int64), words)
    bound = max(map(abs, params.table))
    factors = Factors(words, params.table_format.frac, bound, _none(words))
    return multiply(params, vectors, None, factors, out, shape)


def power_factor(params: SquashPow2, vectors: Vectors, out: Format, shape: Shape) -> Result | None:
    """Factors of one less a power of two, or from the table."""
    multiplier = params.multiplier if isinstance(params, SquashExp) else 1
    multiplier_shift = params.multiplier_shift if isinstance(params, SquashExp) else 0
    root, format = root_bound(vectors.squares, params.guard), params.table_format
    bits = vectors.frac + params.guard
    wide = (
        vectors.squares << 2 * params.guard,
        root * multiplier,
        root + params.threshold << max(-params.shift, 0),
        1 << max(bits + 1, format.frac + 1),
    )
    far = max(params.shift, multiplier_shift) > LARGEST_BITS
    sums = None if far or not holds(*wide) else vectors.sums
    if sums is None:
        return None
    words = np.empty_like(sums.words)
    power_factors(
        sums.words,
        (params.guard, bits, params.threshold, params.shift),
        (multiplier, multiplier_shift),
        np.array(params.table, np.int64),
        (format.frac, format.min, format.max),
        words,
    )
    factors = Factors(words, format.frac, magnitude(format), _none(words))
    return multiply(params, vectors, sums, factors, out, shape)


def _none(factors: Ints) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """No row is rejected."""
    return np.zeros(len(factors), np.bool_)

"""squash by a table of factors, over arrays."""

from __future__ import annotations

import numpy as np

from fxcaps.engine.kernels.narrow import ROUNDING_CODES
from fxcaps.engine.kernels.squash import BY_NORM, BY_SQUARES, NORMALISED, table_factors
from fxcaps.engine.squares import Vectors
from fxcaps.engine.squash_factor import Factors, multiply, root_bound
from fxcaps.engine.values import LARGEST_BITS, holds, magnitude
from fxcaps.ops.batch import Result
from fxcaps.ops.squash_lut import OutOfRange, SquashLut, TableSource
from fxcaps.types import Format, Shape

_SOURCES = {
    TableSource.SQUARES: BY_SQUARES,
    TableSource.NORM: BY_NORM,
    TableSource.NORMALISED: NORMALISED,
}


def lut(params: SquashLut, vectors: Vectors, out: Format, shape: Shape) -> Result | None:
    """One factor a vector, looked up."""
    sums = vectors.sums if _held(params, vectors) else None
    if sums is None:
        return None
    words, beyond = np.empty_like(sums.words), np.zeros(len(sums.words), np.bool_)
    format = params.table_format
    table_factors(
        sums.words,
        (_SOURCES[params.source], params.guard, params.offset, params.shift),
        params.out_of_range is OutOfRange.ZERO,
        np.array(params.table, np.int64),
        np.array(params.slopes, np.int64),
        (params.slope_shift, ROUNDING_CODES[params.slope_rounding]),
        (format.min, format.max),
        words,
        beyond,
    )
    if params.out_of_range is not OutOfRange.REJECT:
        beyond[:] = False
    bound = magnitude(format) if params.slopes else max(map(abs, params.table))
    factors = Factors(words, format.frac, bound, beyond)
    return multiply(params, vectors, sums, factors, out, shape)


def _held(params: SquashLut, vectors: Vectors) -> bool:
    """Whether every number on the way to the factors is an int64."""
    squares, guard = vectors.squares, params.guard
    wide = {
        TableSource.SQUARES: squares,
        TableSource.NORM: squares << 2 * guard,
        TableSource.NORMALISED: squares << guard,
    }[params.source]
    largest = {
        TableSource.SQUARES: squares,
        TableSource.NORM: root_bound(squares, guard),
        TableSource.NORMALISED: squares.bit_length() << guard + 2,
    }[params.source]
    index = largest + abs(params.offset) << max(-params.shift, 0)
    rise = max(map(abs, params.slopes), default=0) << max(params.shift, 0)
    risen = rise << max(-params.slope_shift, 0)
    far = max(params.shift, params.slope_shift, 0) > LARGEST_BITS
    return not far and holds(wide, index, risen + magnitude(params.table_format))

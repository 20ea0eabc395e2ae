"""squash of the published Q7-CapsNets kernels, over arrays."""

from __future__ import annotations

import numpy as np

from fxcaps.engine.kernels.q7 import squash_rows
from fxcaps.engine.squares import Vectors
from fxcaps.engine.squash_factor import root_bound
from fxcaps.engine.values import LARGEST_BITS, codes, holds, no_events, single
from fxcaps.ops.batch import Result
from fxcaps.ops.squash_q7 import SquashQ7
from fxcaps.types import Format, Shape


def q7(params: SquashQ7, vectors: Vectors, out: Format, shape: Shape) -> Result | None:
    """Rows in place; `None` where products do not hold."""
    up, squares, frac = out.frac - vectors.frac, vectors.squares, vectors.frac
    root = root_bound(squares, 0)
    # A row that is squashed again has words of the output, which are as wide as the input's.
    if not holds(squares, vectors.largest * root << up, (squares >> frac) + (1 << frac)):
        return None
    batch, count = vectors.words.shape
    words, events = vectors.words.copy(), no_events(batch)
    unsure = np.zeros(batch, np.bool_)
    bits = params.row_offset_bits
    reach = 1 << (LARGEST_BITS if bits is None else min(bits, LARGEST_BITS))
    marks = np.zeros(count, np.int64)
    narrowing = codes(out, params.rounding, params.overflow)
    squash_rows(vectors.dim, frac, up, reach, narrowing, words, marks, events, unsure)
    return single(words, events, params.overflow, shape, unsure)

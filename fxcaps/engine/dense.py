"""dense over arrays."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from fxcaps.engine.matrix import multiply, product_type
from fxcaps.engine.sums import (
    fits,
    flags_for,
    narrow_sums,
    register_for,
    start_words,
    weight_intervals,
)
from fxcaps.engine.values import Inputs, begin, undecided
from fxcaps.ops.batch import Result
from fxcaps.ops.dense import DENSE, Dense
from fxcaps.types import Format


def dense(params: Dense, inputs: Inputs, formats: Mapping[str, Format]) -> Result:
    """A fully connected layer with bias and fused ReLU; equal to `fxcaps.spec.dense`."""
    batch, shapes = begin(DENSE, params, inputs, formats)
    x, weight, out = inputs["x"], inputs["weight"], formats["out"]
    frac = x.format.frac + weight.format.frac
    rows = np.ascontiguousarray(weight.array)
    start = start_words(inputs.get("bias"), frac, (len(rows),))
    if start is None:
        return undecided(batch, shapes)
    register = register_for(
        params.accumulator, weight_intervals(rows, start, x.format), int(np.abs(start).max())
    )
    if not fits(register, frac, out):
        return undecided(batch, shapes)
    size = math.prod(shapes["out"])
    vectors = x.array.reshape(-1, rows.shape[1]).astype(product_type(register))
    made, flags = multiply(vectors, rows, start, register)
    sums = made.reshape(batch, size)
    overflowed = flags_for(register, batch, size)
    if not register.free:
        overflowed = flags.reshape(batch, size)
    if params.relu:
        np.maximum(sums, 0, out=sums)
    return narrow_sums(sums, overflowed, register, frac, params, out, shapes["out"])

"""dense over arrays."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from fxcaps.engine.matrix import multiply, product_type, row_register
from fxcaps.engine.sums import narrow_sums, start_words
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
    bias = inputs.get("bias")
    register = row_register(params.accumulator, rows, bias, x.format, frac, out)
    if not register.fits:
        return undecided(batch, shapes)
    start = start_words(bias, register, (len(rows),))
    size = math.prod(shapes["out"])
    vectors = x.array.reshape(-1, rows.shape[1]).astype(product_type(register))
    made, marks = multiply(vectors, rows, start, register)
    sums = made.reshape(batch, size)
    if not register.free:
        marks = marks.reshape(batch, size)
    if params.relu:
        np.maximum(sums, 0, out=sums)
    return narrow_sums(sums, marks, register, params, out, shapes["out"], x.first)

"""dense over arrays."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from fxcaps.engine.kernels.instructions import Path
from fxcaps.engine.kernels.narrow import Ints
from fxcaps.engine.matrix import multiply, product_type, row_register
from fxcaps.engine.packed import Prepared, Windows, prepare, words_of
from fxcaps.engine.remembered import digest_of, remember
from fxcaps.engine.sums import narrow_sums
from fxcaps.engine.values import Inputs, begin, undecided
from fxcaps.ops.batch import Result
from fxcaps.ops.dense import DENSE, Dense
from fxcaps.types import Format, Shape


def dense(
    params: Dense, inputs: Inputs, formats: Mapping[str, Format], *, path: Path | None = None
) -> Result:
    """A fully connected layer with bias and fused ReLU; equal to `fxcaps.spec.dense`.

    `path` is taken wherever the range of the sums allows it.
    """
    batch, shapes = begin(DENSE, params, inputs, formats)
    x, weight, bias, out = inputs["x"], inputs["weight"], inputs.get("bias"), formats["out"]
    shape = shapes["out"]

    def make() -> Prepared:
        rows, frac = np.ascontiguousarray(weight.array), x.format.frac + weight.format.frac
        register = row_register(params.accumulator, rows, bias, x.format, frac, out)
        return prepare(register, rows[None], bias, _rows(rows, shape), x.format, path)

    key = "dense", params, x.format, weight.format, out, shape, path, digest_of(bias)
    made = remember(weight.array, key, make)
    register = made.register
    if not register.fits:
        return undecided(batch, shapes)
    if made.packed is not None:
        done = words_of(made, x.array, params, out, shape, relu=params.relu)
        if done is not None:
            return done
    rows = np.ascontiguousarray(weight.array)
    vectors = x.array.reshape(-1, rows.shape[1]).astype(product_type(register, path))
    sums, marks = multiply(vectors, rows, made.start[0], register)
    sums = sums.reshape(batch, math.prod(shape))
    if not register.free:
        marks = marks.reshape(sums.shape)
    if params.relu:
        np.maximum(sums, 0, out=sums)
    return narrow_sums(sums, marks, register, params, out, shape, x.first)


def _rows(weight: Ints, shape: Shape) -> Windows:
    """The vectors of an image, one after another."""
    outputs, length = weight.shape
    count = math.prod(shape[:-1])
    places = np.arange(count, dtype=np.int64).reshape(1, -1)
    return Windows(count * length, places * length, places * outputs, 1, length, length)

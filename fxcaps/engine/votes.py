"""votes over arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fxcaps.engine.kernels.instructions import Path
from fxcaps.engine.kernels.narrow import Ints
from fxcaps.engine.kernels.products import capsule_votes
from fxcaps.engine.packed import Prepared, Windows, prepare, words_of
from fxcaps.engine.remembered import remember
from fxcaps.engine.sums import marks_for, narrow_sums, register_for, row_intervals
from fxcaps.engine.values import Inputs, begin, undecided
from fxcaps.ops.batch import Result
from fxcaps.ops.operation import size
from fxcaps.ops.votes import VOTES, Votes
from fxcaps.types import Format


def votes(
    params: Votes, inputs: Inputs, formats: Mapping[str, Format], *, path: Path | None = None
) -> Result:
    """Predictions of output capsules; equal to `fxcaps.spec.votes`.

    `path` is taken wherever the range of the sums allows it.
    """
    batch, shapes = begin(VOTES, params, inputs, formats)
    u, weight, out = inputs["u"], inputs["weight"], formats["out"]
    shared, capsules, dim_out, dim_in = weight.array.shape
    matrices, count = weight.array.reshape(shared, capsules * dim_out, dim_in), u.array.shape[1]

    def make() -> Prepared:
        rows, frac = np.ascontiguousarray(matrices), u.format.frac + weight.format.frac
        every = rows.reshape(-1, dim_in)
        intervals = row_intervals(params.accumulator, every, None, u.format, frac, out.frac)
        register = register_for(params.accumulator, intervals, frac, out)
        return prepare(register, rows, None, _capsules(rows, count), u.format, path)

    key = "votes", params, u.format, weight.format, out, count, path
    made = remember(weight.array, key, make)
    register, shape = made.register, shapes["out"]
    if not register.fits:
        return undecided(batch, shapes)
    if made.packed is not None:
        done = words_of(made, u.array, params, out, shape)
        if done is not None:
            return done
    rows = np.ascontiguousarray(matrices)
    sums = np.empty((batch, count, capsules * dim_out), np.int64)
    marks = marks_for(register, batch, size(shape))
    capsules_in = np.ascontiguousarray(u.array, np.int64)
    capsule_votes(capsules_in, rows, register.half, register.free, register.plan, sums, marks)
    sums = sums.reshape(batch, size(shape))
    return narrow_sums(sums, marks, register, params, out, shape, u.first)


def _capsules(matrices: Ints, count: int) -> Windows:
    """One row an image for every input capsule; matrix g is that of capsules g, g + G, ..."""
    shared, outputs, dim = matrices.shape
    places = np.ascontiguousarray(np.arange(count, dtype=np.int64).reshape(-1, shared).T)
    return Windows(count * dim, places * dim, places * outputs, 1, dim, dim)

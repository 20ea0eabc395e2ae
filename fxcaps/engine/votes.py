"""votes over arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fxcaps.engine.kernels.products import capsule_votes
from fxcaps.engine.sums import marks_for, narrow_sums, register_for, row_intervals
from fxcaps.engine.values import Inputs, begin, undecided
from fxcaps.ops.batch import Result
from fxcaps.ops.operation import size
from fxcaps.ops.votes import VOTES, Votes
from fxcaps.types import Format


def votes(params: Votes, inputs: Inputs, formats: Mapping[str, Format]) -> Result:
    """Predictions of output capsules; equal to `fxcaps.spec.votes`."""
    batch, shapes = begin(VOTES, params, inputs, formats)
    u, weight, out = inputs["u"], inputs["weight"], formats["out"]
    matrices, capsules, dim_out, dim_in = weight.array.shape
    rows = np.ascontiguousarray(weight.array.reshape(matrices, capsules * dim_out, dim_in))
    frac = u.format.frac + weight.format.frac
    intervals = row_intervals(
        params.accumulator, rows.reshape(-1, dim_in), None, u.format, frac, out.frac
    )
    register = register_for(params.accumulator, intervals, frac, out)
    if not register.fits:
        return undecided(batch, shapes)
    sums = np.empty((batch, u.array.shape[1], capsules * dim_out), np.int64)
    marks = marks_for(register, batch, size(shapes["out"]))
    capsules_in = np.ascontiguousarray(u.array)
    capsule_votes(capsules_in, rows, register.half, register.free, register.plan, sums, marks)
    return narrow_sums(
        sums.reshape(batch, size(shapes["out"])),
        marks,
        register,
        params,
        out,
        shapes["out"],
        inputs["u"].first,
    )

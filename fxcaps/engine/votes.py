"""votes over arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fxcaps.engine.kernels.products import capsule_votes
from fxcaps.engine.sums import fits, flags_for, narrow_sums, register_for, weight_intervals
from fxcaps.engine.values import Inputs, begin, undecided
from fxcaps.ops.batch import Result
from fxcaps.ops.votes import VOTES, Votes
from fxcaps.types import Format


def votes(params: Votes, inputs: Inputs, formats: Mapping[str, Format]) -> Result:
    """Predictions of output capsules; equal to `fxcaps.spec.votes`."""
    batch, shapes = begin(VOTES, params, inputs, formats)
    u, weight, out = inputs["u"], inputs["weight"], formats["out"]
    count, capsules, dim_out, dim_in = weight.array.shape
    rows = np.ascontiguousarray(weight.array.reshape(count, capsules * dim_out, dim_in))
    intervals = weight_intervals(rows.reshape(-1, dim_in), np.zeros(1, np.int64), u.format)
    register = register_for(params.accumulator, intervals, 0)
    frac = u.format.frac + weight.format.frac
    if not fits(register, frac, out):
        return undecided(batch, shapes)
    sums = np.empty((batch, count, capsules * dim_out), np.int64)
    overflowed = flags_for(register, batch, sums[0].size)
    capsule_votes(np.ascontiguousarray(u.array), rows, register.arguments, sums, overflowed)
    return narrow_sums(
        sums.reshape(batch, -1),
        overflowed,
        register,
        frac,
        params,
        out,
        shapes["out"],
    )

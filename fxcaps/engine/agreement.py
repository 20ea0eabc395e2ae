"""agreement over arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fxcaps.engine.kernels.products import agreements
from fxcaps.engine.sums import marks_for, narrow_sums, register_for
from fxcaps.engine.values import Inputs, begin, signatures_of, undecided
from fxcaps.ops.agreement import AGREEMENT, Agreement
from fxcaps.ops.batch import Result
from fxcaps.ops.operation import size
from fxcaps.types import Format


def agreement(params: Agreement, inputs: Inputs, formats: Mapping[str, Format]) -> Result:
    """Scalar products of votes and capsules; equal to `fxcaps.spec.agreement`."""
    batch, shapes = begin(AGREEMENT, params, inputs, formats)
    votes, v, out = inputs["votes"], inputs["v"], formats["out"]
    frac = votes.format.frac + v.format.frac
    signatures = signatures_of(AGREEMENT, inputs)
    intervals = AGREEMENT.intervals(params, signatures, formats, {})["out"]
    register = register_for(params.accumulator, intervals, frac, out)
    if not register.fits:
        return undecided(batch, shapes)
    sums = np.empty((batch, *shapes["out"]), np.int64)
    marks = marks_for(register, batch, size(shapes["out"]))
    terms, capsules = np.ascontiguousarray(votes.array), np.ascontiguousarray(v.array)
    agreements(terms, capsules, register.half, register.free, register.plan, sums, marks)
    return narrow_sums(
        sums.reshape(batch, size(shapes["out"])),
        marks,
        register,
        params,
        out,
        shapes["out"],
        inputs["votes"].first,
    )

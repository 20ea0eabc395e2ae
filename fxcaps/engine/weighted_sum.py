"""weighted_sum over arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fxcaps.engine.epilogue import epilogue_of, finish
from fxcaps.engine.kernels.products import coupled_sum, coupled_sum_ordered
from fxcaps.engine.sums import largest_start, marks_for, narrow_sums, register_for, start_words
from fxcaps.engine.values import Inputs, begin, signatures_of, undecided
from fxcaps.ops.batch import Result
from fxcaps.ops.operation import size
from fxcaps.ops.weighted_sum import WEIGHTED_SUM, WeightedSum
from fxcaps.types import Format


def weighted_sum(params: WeightedSum, inputs: Inputs, formats: Mapping[str, Format]) -> Result:
    """Votes weighted by couplings; equal to `fxcaps.spec.weighted_sum`."""
    batch, shapes = begin(WEIGHTED_SUM, params, inputs, formats)
    c, votes, out = inputs["c"], inputs["votes"], formats["out"]
    frac = c.format.frac + votes.format.frac
    constants = {"bias": inputs["bias"].array.ravel().tolist()} if "bias" in inputs else {}
    signatures = signatures_of(WEIGHTED_SUM, inputs)
    intervals = WEIGHTED_SUM.intervals(params, signatures, formats, constants)["out"]
    bias = inputs.get("bias")
    largest = largest_start(bias, params.accumulator.frac(frac))
    register = register_for(params.accumulator, intervals, frac, out, largest)
    if not register.fits:
        return undecided(batch, shapes)
    start = start_words(bias, register, (1, votes.array.shape[3]))
    couplings, terms = np.ascontiguousarray(c.array), np.ascontiguousarray(votes.array)
    epilogue = epilogue_of(register, params, out)
    if epilogue is not None:
        narrow = np.empty((batch, *shapes["out"]), np.int32)
        coupled_sum(couplings, terms, start, narrow)
        return finish(
            narrow.reshape(batch, size(shapes["out"])), epilogue, params, out, shapes["out"]
        )
    sums = np.empty((batch, *shapes["out"]), np.int64)
    marks = marks_for(register, batch, size(shapes["out"]))
    if register.free:
        coupled_sum(couplings, terms, start, sums)
    else:
        coupled_sum_ordered(couplings, terms, start, register.plan, sums, marks)
    return narrow_sums(
        sums.reshape(batch, size(shapes["out"])),
        marks,
        register,
        params,
        out,
        shapes["out"],
        inputs["votes"].first,
    )

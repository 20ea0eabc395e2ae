"""weighted_sum over arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fxcaps.engine.epilogue import epilogue_of, finish
from fxcaps.engine.kernels.products import coupled_sum, coupled_sum_ordered
from fxcaps.engine.sums import (
    Register,
    largest_start,
    marks_for,
    narrow_sums,
    register_for,
    start_words,
)
from fxcaps.engine.values import Inputs, begin, signatures_of, undecided
from fxcaps.ops.batch import Result, Words
from fxcaps.ops.operation import Signatures, size
from fxcaps.ops.weighted_sum import WEIGHTED_SUM, WeightedSum
from fxcaps.types import Format


def weighted_sum(params: WeightedSum, inputs: Inputs, formats: Mapping[str, Format]) -> Result:
    """Votes weighted by couplings; equal to `fxcaps.spec.weighted_sum`."""
    batch, shapes = begin(WEIGHTED_SUM, params, inputs, formats)
    c, votes, out = inputs["c"], inputs["votes"], formats["out"]
    bias = inputs.get("bias")
    register = coupled_register(params, signatures_of(WEIGHTED_SUM, inputs), bias, out)
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


def coupled_register(
    params: WeightedSum, inputs: Signatures, bias: Words | None, out: Format
) -> Register:
    """How the sums of an operation are formed, from what is known before any word is read.

    Args:
        params: of the operation.
        inputs: shapes of one image and formats by port.
        bias: as the step has it, or none.
        out: format of the words that the sums become.
    """
    frac = inputs["c"].format.frac + inputs["votes"].format.frac
    constants = {} if bias is None else {"bias": bias.array.ravel().tolist()}
    intervals = WEIGHTED_SUM.intervals(params, inputs, {"out": out}, constants)["out"]
    largest = largest_start(bias, params.accumulator.frac(frac))
    return register_for(params.accumulator, intervals, frac, out, largest)

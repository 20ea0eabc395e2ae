"""agreement over arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fxcaps.engine.epilogue import epilogue_of, finish
from fxcaps.engine.kernels.products import agreements
from fxcaps.engine.sums import Register, marks_for, narrow_sums, register_for
from fxcaps.engine.values import Inputs, begin, signatures_of, undecided
from fxcaps.ops.agreement import AGREEMENT, Agreement
from fxcaps.ops.batch import Result
from fxcaps.ops.operation import Signatures, size
from fxcaps.types import Format


def agreement(params: Agreement, inputs: Inputs, formats: Mapping[str, Format]) -> Result:
    """Scalar products of votes and capsules; equal to `fxcaps.spec.agreement`."""
    batch, shapes = begin(AGREEMENT, params, inputs, formats)
    votes, v, out = inputs["votes"], inputs["v"], formats["out"]
    register = agreed_register(params, signatures_of(AGREEMENT, inputs), out)
    if not register.fits:
        return undecided(batch, shapes)
    terms, capsules = np.ascontiguousarray(votes.array), np.ascontiguousarray(v.array)
    epilogue = epilogue_of(register, params, out)
    kind = np.int64 if epilogue is None else np.int32
    sums = np.empty((batch, *shapes["out"]), kind)
    marks = marks_for(register, batch, size(shapes["out"]))
    agreements(terms, capsules, register.half, register.free, register.plan, sums, marks)
    if epilogue is not None:
        return finish(
            sums.reshape(batch, size(shapes["out"])), epilogue, params, out, shapes["out"]
        )
    return narrow_sums(
        sums.reshape(batch, size(shapes["out"])),
        marks,
        register,
        params,
        out,
        shapes["out"],
        inputs["votes"].first,
    )


def agreed_register(params: Agreement, inputs: Signatures, out: Format) -> Register:
    """How the sums of an operation are formed, from what is known before any word is read.

    Args:
        params: of the operation.
        inputs: shapes of one image and formats by port.
        out: format of the words that the sums become.
    """
    frac = inputs["votes"].format.frac + inputs["v"].format.frac
    intervals = AGREEMENT.intervals(params, inputs, {"out": out}, {})["out"]
    return register_for(params.accumulator, intervals, frac, out)

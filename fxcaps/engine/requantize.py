"""requantize over arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fxcaps.engine.epilogue import finish, shifting
from fxcaps.engine.values import (
    Inputs,
    begin,
    holds,
    magnitude,
    rows_of,
    shift_words,
    single,
    undecided,
)
from fxcaps.ops.batch import Result
from fxcaps.ops.operation import size
from fxcaps.ops.requantize import REQUANTIZE, Requantize
from fxcaps.types import Format


def requantize(params: Requantize, inputs: Inputs, formats: Mapping[str, Format]) -> Result:
    """A power-of-two move; equal to `fxcaps.spec.requantize`."""
    batch, shapes = begin(REQUANTIZE, params, inputs, formats)
    x, out = inputs["x"], formats["out"]
    shift = x.format.frac - out.frac
    if not holds(magnitude(x.format) << max(-shift, 0)):
        return undecided(batch, shapes)
    epilogue = shifting(magnitude(x.format), shift, params, out)
    if epilogue is not None:
        narrow = np.ascontiguousarray(x.array.reshape(batch, size(shapes["out"])), np.int32)
        return finish(narrow, epilogue, params, out, shapes["out"])
    values = rows_of(x)
    words, events = shift_words(values, shift, out, params.rounding, params.overflow, x.first)
    return single(words, events, params.overflow, shapes["out"])

"""requantize over arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fxcaps.engine.kernels.narrow import narrow_shifts
from fxcaps.engine.values import Inputs, begin, codes, holds, magnitude, no_events, rows_of, single, undecided
from fxcaps.ops.batch import Result
from fxcaps.ops.requantize import REQUANTIZE, Requantize
from fxcaps.types import Format


def requantize(params: Requantize, inputs: Inputs, formats: Mapping[str, Format]) -> Result:
    """A power-of-two move; equal to `fxcaps.spec.requantize`."""
    batch, shapes = begin(REQUANTIZE, params, inputs, formats)
    x, out = inputs["x"], formats["out"]
    shift = x.format.frac - out.frac
    if not holds(magnitude(x.format) << max(-shift, 0)):
        return undecided(batch, shapes)
    values = rows_of(x)
    words, events = np.empty_like(values), no_events(batch)
    none = np.zeros((0, 0), np.bool_)
    arguments = codes(out, params.rounding, params.overflow)
    narrow_shifts(values, shift, *arguments, none, words, events)
    return single(words, events, params.overflow, shapes["out"])

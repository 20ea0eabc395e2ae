"""relu over arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fxcaps.engine.values import Inputs, begin, holds, rows_of, shift_words, single, undecided
from fxcaps.ops.batch import Result
from fxcaps.ops.relu import RELU, Relu
from fxcaps.types import Format


def relu(params: Relu, inputs: Inputs, formats: Mapping[str, Format]) -> Result:
    """The larger of a word and zero; equal to `fxcaps.spec.relu`."""
    batch, shapes = begin(RELU, params, inputs, formats)
    x, out = inputs["x"], formats["out"]
    shift = x.format.frac - out.frac
    if not holds(x.format.max << max(-shift, 0)):
        return undecided(batch, shapes)
    values = np.maximum(rows_of(x), 0)
    words, events = shift_words(values, shift, out, params.rounding, params.overflow, x.first)
    return single(words, events, params.overflow, shapes["out"])

"""isqrt over arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fxcaps.engine.kernels.roots import roots
from fxcaps.engine.values import (
    Inputs,
    begin,
    codes,
    holds,
    magnitude,
    no_events,
    rows_of,
    single,
    undecided,
)
from fxcaps.ops.batch import Result
from fxcaps.ops.isqrt import ISQRT, Isqrt
from fxcaps.types import Format, Rounding


def isqrt(params: Isqrt, inputs: Inputs, formats: Mapping[str, Format]) -> Result:
    """Floors of square roots; equal to `fxcaps.spec.isqrt`."""
    batch, shapes = begin(ISQRT, params, inputs, formats)
    x, out = inputs["x"], formats["out"]
    shift = 2 * out.frac - x.format.frac
    if not holds(magnitude(x.format) << max(shift, 0), 1 << max(-shift, 0)):
        return undecided(batch, shapes)
    values = rows_of(x)
    words, events = np.zeros_like(values), no_events(batch)
    negative = np.zeros(batch, np.bool_)
    narrowing = codes(out, Rounding.FLOOR, params.overflow)
    roots(values, shift, narrowing, words, events, negative)
    return single(words, events, params.overflow, shapes["out"], negative)

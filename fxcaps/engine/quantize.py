"""quantize over arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fxcaps.engine.kernels.narrow import narrow_quotients
from fxcaps.engine.values import (
    Coded,
    Inputs,
    begin,
    codes,
    holds,
    magnitude,
    no_events,
    power_words,
    rows_of,
    single,
    undecided,
)
from fxcaps.ops.batch import Result
from fxcaps.ops.quantize import QUANTIZE, Quantize
from fxcaps.types import Format, QcapsnetsLogarithmic


def quantize(params: Quantize, inputs: Inputs, formats: Mapping[str, Format]) -> Result:
    """Integers scaled by an exact rational; equal to `fxcaps.spec.quantize`."""
    batch, shapes = begin(QUANTIZE, params, inputs, formats)
    x, out = inputs["x"], formats["out"]
    shift = out.frac - x.format.frac
    factor = params.numerator << max(shift, 0)
    divisor = params.denominator << max(-shift, 0)
    rounding = params.rounding
    if not isinstance(rounding, Coded | QcapsnetsLogarithmic):
        return undecided(batch, shapes)  # random bits of quotients are left to the specification
    if not holds(magnitude(x.format) * factor, divisor):
        return undecided(batch, shapes)
    values = rows_of(x) * factor
    if isinstance(rounding, QcapsnetsLogarithmic):
        words, events = power_words(values, divisor, out, params.overflow)
        return single(words, events, params.overflow, shapes["out"])
    words, events = np.empty_like(values), no_events(batch)
    narrowing = codes(out, rounding, params.overflow)
    narrow_quotients(values, divisor, narrowing, words, events)
    return single(words, events, params.overflow, shapes["out"])

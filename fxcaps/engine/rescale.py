"""rescale over arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fxcaps.engine.kernels.rescale import DOUBLE, SINGLE, TOSA_DOUBLE, rescale_words
from fxcaps.engine.values import (
    Inputs,
    begin,
    codes,
    magnitude,
    no_events,
    rows_of,
    single,
    undecided,
)
from fxcaps.ops.batch import Result
from fxcaps.ops.parameters import Parameters
from fxcaps.ops.rescale import RESCALE, RescaleDouble, RescaleSingle, RescaleTosaDouble
from fxcaps.types import Format, Rounding

_CODES: dict[type[Parameters], int] = {
    RescaleSingle: SINGLE,
    RescaleDouble: DOUBLE,
    RescaleTosaDouble: TOSA_DOUBLE,
}


def rescale(
    params: RescaleSingle | RescaleDouble | RescaleTosaDouble,
    inputs: Inputs,
    formats: Mapping[str, Format],
) -> Result:
    """Words times a multiplier, shifted right; equal to `fxcaps.spec.rescale`."""
    batch, shapes = begin(RESCALE, params, inputs, formats)
    x, out = inputs["x"], formats["out"]
    largest = magnitude(x.format) * max(map(abs, params.multiplier))
    if largest > 1 << 62:  # with a constant of at most 2**61 + 2**30 an int64 holds the sum
        return undecided(batch, shapes)
    values = rows_of(x)
    words, events = np.empty_like(values), no_events(batch)
    _, *kept = codes(out, Rounding.FLOOR, params.overflow)
    rescale_words(
        values,
        np.array(params.multiplier, np.int64),
        np.array(params.shift, np.int64),
        _CODES[type(params)],
        (kept[0], kept[1], kept[2]),
        words,
        events,
    )
    return single(words, events, params.overflow, shapes["out"])

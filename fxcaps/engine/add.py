"""add over arrays."""

from __future__ import annotations

from collections.abc import Mapping

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
from fxcaps.ops.add import ADD, Add
from fxcaps.ops.batch import Result
from fxcaps.types import Format


def add(params: Add, inputs: Inputs, formats: Mapping[str, Format]) -> Result:
    """The sum of two tensors; equal to `fxcaps.spec.add`."""
    batch, shapes = begin(ADD, params, inputs, formats)
    a, b, out = inputs["a"], inputs["b"], formats["out"]
    frac = max(a.format.frac, b.format.frac)
    up_a, up_b = frac - a.format.frac, frac - b.format.frac
    shift = frac - out.frac
    bound = (magnitude(a.format) << up_a) + (magnitude(b.format) << up_b)
    if not holds(bound << max(-shift, 0)):
        return undecided(batch, shapes)
    values = (rows_of(a) << up_a) + (rows_of(b) << up_b)
    words, events = shift_words(values, shift, out, params.rounding, params.overflow, a.first)
    return single(words, events, params.overflow, shapes["out"])

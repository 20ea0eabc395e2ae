"""squash over arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fxcaps.engine.kernels.narrow import Flags
from fxcaps.engine.kernels.roots import squash_certified, squash_divide
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
from fxcaps.ops.squash import SQUASH, SquashExact, SquashIsqrtDivide
from fxcaps.types import Format

_FLOAT64_EXACT = 1 << 53
"""Integers up to here are doubles; one more rounding would break the error bound."""


def squash(
    params: SquashExact | SquashIsqrtDivide, inputs: Inputs, formats: Mapping[str, Format]
) -> Result:
    """Vectors shrunk to a length below one; equal to `fxcaps.spec.squash`."""
    batch, shapes = begin(SQUASH, params, inputs, formats)
    x, out = inputs["x"], formats["out"]
    lift, frac = max(-x.format.frac, 0), max(x.format.frac, 0)
    largest, dim = magnitude(x.format) << lift, x.array.shape[-1]
    squares, one = dim * largest**2, 1 << 2 * frac
    values = rows_of(x) << lift if holds(largest) else rows_of(x)
    narrowing = codes(out, params.rounding, params.overflow)
    words, events = np.zeros_like(values), no_events(batch)
    unsure: Flags | None = None
    if isinstance(params, SquashExact):
        up, down = max(out.frac, 0), max(-out.frac, 0)
        root = _root_bound(squares, 0)
        if one + squares > _FLOAT64_EXACT or not holds(largest * root << up, one + squares << down):
            return undecided(batch, shapes)
        unsure = np.zeros(batch, np.bool_)
        squash_certified(values, dim, one, up, down, narrowing, words, events, unsure)
    else:
        root = _root_bound(squares, params.guard)
        up, down = max(out.frac - params.guard, 0), max(params.guard - out.frac, 0)
        wide = (squares << 2 * params.guard, largest * root << up, one + squares << down)
        if not holds(*wide):
            return undecided(batch, shapes)
        squash_divide(values, dim, one, params.guard, up, down, narrowing, words, events)
    return single(words, events, params.overflow, shapes["out"], unsure)


def _root_bound(squares: int, guard: int) -> int:
    """At least the largest integer root."""
    return 1 << ((squares << 2 * guard).bit_length() + 1) // 2

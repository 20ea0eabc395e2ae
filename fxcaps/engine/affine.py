"""affine over arrays.

Rationals that an int64 holds are divided word by word. Those of batch normalisation come from
doubles and are much wider; then every word that a channel can have is computed once, in Python's
integers, and looked up.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from fxcaps.engine.kernels import narrow
from fxcaps.engine.kernels.affine import divide_channels, look_up
from fxcaps.engine.kernels.narrow import Ints
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
from fxcaps.ops.affine import AFFINE, Affine
from fxcaps.ops.batch import Result
from fxcaps.types import Format, Overflow

_LARGEST_TABLE = 1 << 18
"""Words of a table: those of 1,024 channels at 8 bits, made in less than a second."""

Line = tuple[int, int, int]
"""A channel's (p, q, r): its value in output steps is (word * p + q) / r."""


def affine(params: Affine, inputs: Inputs, formats: Mapping[str, Format]) -> Result:
    """Scale and offset by exact rationals; equal to `fxcaps.spec.affine`."""
    batch, shapes = begin(AFFINE, params, inputs, formats)
    x, out = inputs["x"], formats["out"]
    lines, largest = _lines(params, x.format, out), magnitude(x.format)
    values = rows_of(x)
    if params.relu:
        values = np.maximum(values, 0)
    words, events = np.empty_like(values), no_events(batch)
    if all(holds(largest * abs(p) + abs(q), r) for p, q, r in lines):
        narrowing = codes(out, params.rounding, params.overflow)
        divide_channels(values, np.array(lines, np.int64), narrowing, words, events)
    elif len(lines) << x.format.width <= _LARGEST_TABLE:
        wraps = params.overflow is Overflow.WRAP
        table, causes = _table(params, x.format, out)
        look_up(values - x.format.min, table, causes, wraps, words, events)
    else:
        return undecided(batch, shapes)
    return single(words, events, params.overflow, shapes["out"])


def _lines(params: Affine, x: Format, out: Format) -> list[Line]:
    """Every channel over one denominator, in lowest terms."""
    lines = []
    down, up = max(x.frac, 0), max(-x.frac, 0)
    fall, rise = max(-out.frac, 0), max(out.frac, 0)
    for scale, scale_by, offset, offset_by in zip(
        params.scale_numerator,
        params.scale_denominator,
        params.offset_numerator,
        params.offset_denominator,
        strict=True,
    ):
        p = scale * offset_by << (up + rise)
        q = offset * scale_by << (down + rise)
        r = scale_by * offset_by << (down + fall)
        common = math.gcd(p, q, r)
        lines.append((p // common, q // common, r // common))
    return lines


@lru_cache(maxsize=64)
def _table(params: Affine, x: Format, out: Format) -> tuple[Ints, Ints]:
    """`(C, 2**width)` output words, and their causes: 1 inexact, 2 changed by overflow."""
    mode, low, high, overflow = codes(out, params.rounding, params.overflow)
    adjust, fit = _plain(narrow.adjust), _plain(narrow.fit)
    rows, causes = [], []
    for p, q, r in _lines(params, x, out):
        row, cause = [], []
        for word in range(x.min, x.max + 1):
            floor, rest = divmod(word * p + q, r)
            side = (2 * rest > r) - (2 * rest < r)
            rounded = adjust(floor, side, mode) if rest else floor
            kept = fit(rounded, low, high, overflow)
            row.append(kept)
            cause.append((1 if rest else 0) + (2 if kept != rounded else 0))
        rows.append(row)
        causes.append(cause)
    return np.array(rows, np.int64), np.array(causes, np.int64)


def _plain(function: Any) -> Any:
    """A kernel's Python function, which takes integers of any size."""
    return getattr(function, "py_func", function)

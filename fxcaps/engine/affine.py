"""affine over arrays.

Rationals that an int64 holds are divided word by word. Those of batch normalisation come from
doubles and are much wider; their lines are enclosed between two integers, which decide every
word but the few on an integer or a tie, and those are computed in Python's integers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from fxcaps.engine.kernels import narrow
from fxcaps.engine.kernels.affine import OPEN, divide_channels, enclose, record_causes
from fxcaps.engine.kernels.narrow import Ints, Narrowing
from fxcaps.engine.values import (
    LARGEST_BITS,
    Coded,
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

Line = tuple[int, int, int]
"""A channel's (p, q, r): its value in output steps is (word * p + q) / r."""


def affine(params: Affine, inputs: Inputs, formats: Mapping[str, Format]) -> Result:
    """Scale and offset by exact rationals; equal to `fxcaps.spec.affine`."""
    batch, shapes = begin(AFFINE, params, inputs, formats)
    x, out = inputs["x"], formats["out"]
    if not isinstance(params.rounding, Coded):
        return undecided(batch, shapes)  # random bits of quotients are left to the specification
    lines, largest = _lines(params, x.format, out), magnitude(x.format)
    narrowing = codes(out, params.rounding, params.overflow)
    values = rows_of(x)
    if params.relu:
        values = np.maximum(values, 0)
    words, events = np.empty_like(values), no_events(batch)
    if all(holds(largest * abs(p) + abs(q), r) for p, q, r in lines):
        divide_channels(values, np.array(lines, np.int64), narrowing, words, events)
    elif holds(largest << 4):  # an enclosure spans twice a word beside the value
        causes = _enclosed(values, largest, lines, narrowing, words)
        record_causes(causes, params.overflow is Overflow.WRAP, events)
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


def _enclosed(
    values: Ints, largest: int, lines: list[Line], narrowing: Narrowing, words: Ints
) -> Ints:
    """Fill `words` from lines of any width; returns what happened to each."""
    causes = np.full_like(values, OPEN)
    peak = max((largest * abs(p) + abs(q)) // r + 1 for p, q, r in lines)
    bits = LARGEST_BITS - 1 - peak.bit_length()
    if bits >= narrow.resolution(narrowing[0]):  # |value| * 2**bits < 2**61
        slopes = np.array([(p << bits) // r for p, _, r in lines], np.int64)
        starts = np.array([(q << bits) // r for _, q, r in lines], np.int64)
        enclose(values, slopes, starts, bits, narrowing, words, causes)
    images, places = np.nonzero(causes == OPEN)
    pairs = np.stack([places % len(lines), values[images, places]], axis=1)
    distinct, which = np.unique(pairs, axis=0, return_inverse=True)
    found = [_exactly(word, lines[channel], narrowing) for channel, word in distinct.tolist()]
    made = np.array(found, np.int64).reshape(-1, 2)[which.ravel()]
    words[images, places], causes[images, places] = made[:, 0], made[:, 1]
    return causes


def _exactly(word: int, line: Line, narrowing: Narrowing) -> tuple[int, int]:
    """One word in integers of any size, and what happened to it."""
    p, q, r = line
    mode, low, high, overflow = narrowing
    floor, rest = divmod(word * p + q, r)
    if mode >= narrow.LATE:
        rounded = floor + (0 < r - rest <= r >> narrow.resolution(mode))
    else:
        side = (2 * rest > r) - (2 * rest < r)
        rounded = _plain(narrow.adjust)(floor, side, mode) if rest else floor
    kept = _plain(narrow.fit)(rounded, low, high, overflow)
    return kept, (1 if rest else 0) + (2 if kept != rounded else 0)


def _plain(function: Any) -> Any:
    """A kernel's Python function, which takes integers of any size."""
    return getattr(function, "py_func", function)

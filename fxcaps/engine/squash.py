"""squash over arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from fxcaps.engine.kernels.narrow import record_overflows
from fxcaps.engine.kernels.roots import squash_certified, squash_divide
from fxcaps.engine.kernels.shares import SMALL
from fxcaps.engine.kernels.squash import AT_NORM, AT_ROOT, AT_SQUARES, squash_epsilon
from fxcaps.engine.lanes import squash_plan, squashed
from fxcaps.engine.squares import Vectors, repeated, vectors_of
from fxcaps.engine.squash_factor import isqrt_factor, root_bound
from fxcaps.engine.squash_lut import lut
from fxcaps.engine.squash_q7 import q7
from fxcaps.engine.squash_reconstruction import norm_factor, power_factor, shift
from fxcaps.engine.sums import rejected_rows
from fxcaps.engine.values import (
    Inputs,
    begin,
    certifiable,
    codes,
    holds,
    no_events,
    single,
    undecided,
)
from fxcaps.ops.batch import Result
from fxcaps.ops.operation import size
from fxcaps.ops.parameters import Parameters
from fxcaps.ops.squash import SQUASH, EpsilonAt, SquashExact, SquashIsqrtDivide
from fxcaps.types import Accumulator, Format, Shape

_PLACES = {EpsilonAt.NORM: AT_NORM, EpsilonAt.ROOT: AT_ROOT, EpsilonAt.SQUARES: AT_SQUARES}

_FLOAT64_EXACT = 1 << 53
"""Integers up to here are doubles; one more rounding would break the error bound."""

_EPSILON_BITS = 500
"""An epsilon of at most 2**501 and at least 2**-501 is far from the ends of float64."""

_EPSILON_OUT = 59
"""With an epsilon a component is below 1, and four times its scaled value below 2**62."""


def squash(params: Parameters, inputs: Inputs, formats: Mapping[str, Format]) -> Result:
    """Vectors shrunk to a length below one; equal to `fxcaps.spec.squash`."""
    batch, shapes = begin(SQUASH, params, inputs, formats)
    x, dim = inputs["x"], inputs["x"].array.shape[-1]
    narrowing: Any = params
    plan = squash_plan(params, x.format, formats["out"], dim, size(shapes["out"]))
    if plan is not None:
        return squashed(x, plan, narrowing.overflow, shapes["out"])
    accumulator = getattr(params, "accumulator", Accumulator())
    vectors = vectors_of(inputs["x"], accumulator, formats["out"])
    if vectors is not None:
        made = _ALGORITHMS[params.algorithm](params, vectors, formats["out"], shapes["out"])
        if made is not None:
            return made
    return undecided(batch, shapes)


def _exact(params: SquashExact, vectors: Vectors, out: Format, shape: Shape) -> Result | None:
    up, down = max(out.frac, 0), max(-out.frac, 0)
    root, largest = root_bound(vectors.squares, 0), vectors.one + vectors.squares
    if largest > _FLOAT64_EXACT or not holds(vectors.largest * root << up, largest << down):
        return None
    sums = vectors.sums
    if sums is None or not certifiable(params.rounding, out):
        return None
    batch, x = len(vectors.words), vectors.words
    words, events = np.zeros_like(x), no_events(batch)
    unsure = np.zeros(batch, np.bool_)
    narrowing = codes(out, params.rounding, params.overflow)
    one, dim = vectors.one, vectors.dim
    if params.epsilon[0]:
        numerator, denominator = params.epsilon
        size = numerator.bit_length() - denominator.bit_length()
        if abs(size) > _EPSILON_BITS or out.frac > _EPSILON_OUT:
            return None
        # One rounding: Python divides integers correctly, and the scale is a power of two.
        unit = vectors.frac if params.epsilon_at is EpsilonAt.NORM else 2 * vectors.frac
        epsilon = math.ldexp(numerator / denominator, unit)
        place, scale = _PLACES[params.epsilon_at], 2.0**out.frac
        given = (x, sums.words, dim, one, epsilon, place, scale)
        squash_epsilon(*given, narrowing, words, events, unsure)
    else:
        squash_certified(x, sums.words, dim, one, up, down, narrowing, words, events, unsure)
    return single(words, events, params.overflow, shape, unsure)


def _isqrt_divide(
    params: SquashIsqrtDivide, vectors: Vectors, out: Format, shape: Shape
) -> Result | None:
    guard, squares = params.guard, vectors.squares
    root = root_bound(squares, guard)
    up, down = max(out.frac - guard, 0), max(guard - out.frac, 0)
    wide = (squares << 2 * guard, vectors.largest * root << up, vectors.one + squares << down)
    sums = vectors.sums if holds(*wide) else None
    if sums is None:
        return None
    words, events = np.zeros_like(vectors.words), no_events(len(vectors.words))
    marks = repeated(sums.marks, vectors.dim)
    record_overflows(marks, events)
    narrowing = codes(out, params.rounding, params.overflow)
    one, x = vectors.one, vectors.words
    small, dim = max(wide[1:]) <= SMALL, vectors.dim
    squash_divide(x, sums.words, dim, one, guard, up, down, small, narrowing, words, events)
    unsure = rejected_rows(marks)
    return single(words, events, params.overflow, shape, unsure)


_ALGORITHMS: dict[str, Callable[..., Result | None]] = {
    "exact": _exact,
    "isqrt_divide": _isqrt_divide,
    "isqrt_factor": isqrt_factor,
    "lut": lut,
    "shift_reconstruction": shift,
    "norm": norm_factor,
    "exp": power_factor,
    "pow2": power_factor,
    "q7": q7,
}

"""What runs in 32 bits with vectors side by side: the plans of softmax and squash, and images."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from fxcaps.engine.kernels.coefficients import SHARES, SHIFTS, Coefficients, coefficients
from fxcaps.engine.kernels.lanes import LARGEST, Narrow, Quotients, quotients_of
from fxcaps.engine.kernels.shrink import LARGEST_RADICAND, Squash, shrink_all
from fxcaps.engine.squash_factor import root_bound
from fxcaps.engine.sums import inner_register
from fxcaps.engine.values import codes, no_events, single
from fxcaps.ops.batch import Result, Words
from fxcaps.ops.parameters import Narrowing
from fxcaps.ops.softmax_lut import SoftmaxLut
from fxcaps.ops.softmax_q7 import DIVIDEND, LARGEST_POWER, REACH, SoftmaxQ7
from fxcaps.ops.squash import SquashIsqrtDivide
from fxcaps.ops.squash_base import squares_interval
from fxcaps.ops.squash_q7 import SquashQ7
from fxcaps.types import Accumulator, Format, Overflow, Rounding, Shape

NO_TABLE = np.zeros(1, np.int32)
"""Of softmax algorithms that read none."""


def is_narrow(*formats: Format) -> bool:
    """Whether words of the formats are held in 16 bits."""
    return all(format.min >= -(1 << 15) and format.max < 1 << 15 for format in formats)


def softmax_plan(params: Any, x: Format, out: Format, count: int) -> Coefficients | None:
    """How logits become coefficients in 32 bits; `None` where they do not.

    Args:
        params: of the softmax.
        x: format of the logits.
        out: format of the coefficients.
        count: logits of a vector.
    """
    if isinstance(params, SoftmaxQ7):
        return _shifts(params, x, out, count)
    if isinstance(params, SoftmaxLut):
        return _shares(params, x, out, count)
    return None


def _shares(params: SoftmaxLut, x: Format, out: Format, count: int) -> Coefficients | None:
    quotients = _quotients(params, x, out)
    interval = params.interval(x, count)
    register, bound = inner_register(params.accumulator, interval, params.exp_frac, out)
    if quotients is None or not register.free or register.frac != register.products:
        return None
    up, down = max(out.frac, 0), max(-out.frac, 0)
    index, farthest = params.index_frac - x.frac, params.farthest(x)
    shift, drop = max(index, 0), min(max(-index, 0), 31)
    if max(max(params.table) << up, bound << down, farthest << shift) > LARGEST:
        return None
    table = np.array(params.table, np.int32)
    return Coefficients(SHARES, table, farthest, shift, drop, up, down, quotients)


def _shifts(params: SoftmaxQ7, x: Format, out: Format, count: int) -> Coefficients | None:
    quotients = _quotients(params, x, out)
    if quotients is None or count << LARGEST_POWER > LARGEST:
        return None
    added, farthest = params.constant - REACH, x.max - x.min
    return Coefficients(
        SHIFTS, NO_TABLE, farthest, added, REACH, LARGEST_POWER, DIVIDEND, quotients
    )


def squash_plan(params: Any, x: Format, out: Format, dim: int, size: int) -> Squash | None:
    """How vectors shrink in 32 bits; `None` where they do not.

    Args:
        params: of the squash.
        x: format of the components.
        out: format of the words.
        dim: components of a vector.
        size: words of an image.
    """
    quotients = _quotients(params, x, out)
    if quotients is None or x.frac < 0 or not isinstance(params, SquashIsqrtDivide | SquashQ7):
        return None
    accumulator = getattr(params, "accumulator", Accumulator())
    interval = squares_interval(accumulator, x, dim)
    register, squares = inner_register(accumulator, interval, 2 * x.frac, out)
    if not register.free or register.frac != register.products:
        return None
    if isinstance(params, SquashQ7):
        bits = params.row_offset_bits
        if bits is not None and size > 1 << bits:
            return None
        guard, up, drop, one, down = 0, out.frac - x.frac, x.frac, 1 << x.frac, 0
    else:
        guard = params.guard
        up, down = max(out.frac - guard, 0), max(guard - out.frac, 0)
        drop, one = 0, 1 << 2 * x.frac
    largest = max(x.max, -x.min) * root_bound(squares, guard) << up
    norm = (squares >> drop) + one << down
    if max(largest, norm, squares) > LARGEST or squares << 2 * guard > LARGEST_RADICAND:
        return None
    return Squash(guard, up, drop, one, down, quotients)


def _quotients(params: Narrowing, x: Format, out: Format) -> Quotients | None:
    if not is_narrow(x, out) or not isinstance(params.rounding, Rounding):
        return None
    return quotients_of(*codes(out, params.rounding, params.overflow))


def narrow_rows(words: Words) -> Narrow:
    """One contiguous row of words an image, in 16 bits that hold them."""
    batch, *shape = words.array.shape
    return np.ascontiguousarray(words.array.reshape(batch, math.prod(shape)), np.int16)


def soften(x: Words, plan: Coefficients, overflow: Overflow, shape: Shape) -> Result:
    """Coupling coefficients of a batch of logits."""
    logits, count = narrow_rows(x), x.array.shape[-1]
    words, events = np.zeros_like(logits), no_events(len(logits))
    unsure = np.zeros(len(logits), np.bool_)
    coefficients(logits, count, plan, words, events, unsure)
    return single(words, events, overflow, shape, unsure)


def squashed(x: Words, plan: Squash, overflow: Overflow, shape: Shape) -> Result:
    """The vectors of a batch, shrunk."""
    rows, dim = narrow_rows(x), x.array.shape[-1]
    words, events = np.zeros_like(rows), no_events(len(rows))
    shrink_all(rows, dim, plan, words, events)
    return single(words, events, overflow, shape)

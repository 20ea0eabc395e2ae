"""divide over arrays."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from fxcaps.engine.kernels.quotients import quotients, reciprocal_products
from fxcaps.engine.values import (
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
from fxcaps.ops.batch import Result
from fxcaps.ops.divide import DIVIDE, DivideExact, DivideReciprocal, ZeroDivisor
from fxcaps.types import Format, Overflow


def divide(
    params: DivideExact | DivideReciprocal, inputs: Inputs, formats: Mapping[str, Format]
) -> Result:
    """Quotients of two tensors; equal to `fxcaps.spec.divide`."""
    batch, shapes = begin(DIVIDE, params, inputs, formats)
    a, b, out = inputs["a"], inputs["b"], formats["out"]
    if not isinstance(params.rounding, Coded):
        return undecided(batch, shapes)  # random bits of quotients are left to the specification
    dividends, divisors = rows_of(a), rows_of(b)
    words, events = np.zeros_like(dividends), no_events(batch)
    narrowing = codes(out, params.rounding, params.overflow)
    constant = params.zero_divisor is ZeroDivisor.CONSTANT
    unsure = np.zeros(batch, np.bool_)
    if params.zero_divisor is ZeroDivisor.REJECT:
        unsure = np.any(divisors == 0, axis=1)
    zero = (constant, params.zero_word)
    if not holds(out.max + 1):
        return undecided(batch, shapes)
    if isinstance(params, DivideExact):
        shift = out.frac - a.format.frac + b.format.frac
        up, down = max(shift, 0), max(-shift, 0)
        if not holds(magnitude(a.format) << up, magnitude(b.format) << down):
            return undecided(batch, shapes)
        quotients(dividends, divisors, up, down, narrowing, *zero, words, events)
    else:
        inner = params.reciprocal
        invert = b.format.frac + inner.frac
        shift = out.frac - a.format.frac - inner.frac
        up, down = max(shift, 0), max(-shift, 0)
        wide = (
            1 << abs(invert),
            magnitude(b.format) << max(-invert, 0),
            magnitude(a.format) * magnitude(inner) << up,
            1 << down,
        )
        if not holds(*wide):
            return undecided(batch, shapes)
        factor = codes(inner, params.reciprocal_rounding, params.reciprocal_overflow)
        reciprocal_products(
            dividends,
            divisors,
            invert,
            factor,
            up,
            down,
            narrowing,
            *zero,
            words,
            events,
            unsure,
        )
    if params.overflow is Overflow.REJECT:
        saturates = params.zero_divisor is ZeroDivisor.SATURATE
        lawful = np.sum(divisors == 0, axis=1) * saturates  # quotients by zero are no overflow
        unsure |= events[:, :2, 0].sum(axis=1) > lawful
    return single(words, events, Overflow.SATURATE, shapes["out"], unsure)

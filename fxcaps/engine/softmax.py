"""softmax over arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fxcaps.engine.kernels.couplings import (
    divide_by_sum,
    look_up,
    multiply_by_reciprocal,
    multiply_tables,
    raise_less_logarithm,
    raise_two,
)
from fxcaps.engine.kernels.narrow import Flags, Ints
from fxcaps.engine.kernels.q7 import shift_quotients
from fxcaps.engine.kernels.shares import SMALL
from fxcaps.engine.kernels.softmax import softmax_certified
from fxcaps.engine.lanes import soften, softmax_plan
from fxcaps.engine.sums import Register, inner_register, inner_sums
from fxcaps.engine.values import (
    LARGEST_BITS,
    Inputs,
    begin,
    certifiable,
    codes,
    holds,
    no_events,
    rows_of,
    single,
    undecided,
)
from fxcaps.ops.batch import Result
from fxcaps.ops.softmax import SOFTMAX, SoftmaxConstant, SoftmaxExact, SoftmaxParameters
from fxcaps.ops.softmax_lut import (
    SoftmaxLut,
    SoftmaxLutReciprocal,
    SummedExponentials,
    TableExponentials,
)
from fxcaps.ops.softmax_power import PowersOfTwo, SoftmaxB2, SoftmaxLnu, SoftmaxTaylor
from fxcaps.ops.softmax_q7 import DIVIDEND, LARGEST_POWER, LARGEST_SHIFT, REACH, SoftmaxQ7
from fxcaps.types import Format, Overflow

_SCALE_BITS = 60
"""Output fractions within it keep the scaled value an int64 and the scale a normal double."""

_FLOAT64_EXACT = 1 << 53
"""Distances up to here are doubles; one more rounding would break the error bound."""

_LONGEST = 1 << 12
"""Vectors up to here keep the certified error below 2**-39."""


@dataclass(frozen=True, slots=True)
class Vectors:
    """A batch of vectors of logits and where their coefficients go.

    Args:
        values: logits `(N, M)`, `M` a multiple of `count`.
        count: logits of a vector.
        x: format of the logits.
        out: format of the coefficients.
        words: `(N, M)` coefficients.
        events: of the coefficients.
        unsure: `(N)`, rows that only the specification can decide.
    """

    values: Ints
    count: int
    x: Format
    out: Format
    words: Ints
    events: Ints
    unsure: Flags


def softmax(params: SoftmaxParameters, inputs: Inputs, formats: Mapping[str, Format]) -> Result:
    """Coupling coefficients from logits; equal to `fxcaps.spec.softmax`."""
    batch, shapes = begin(SOFTMAX, params, inputs, formats)
    x, out = inputs["x"], formats["out"]
    if isinstance(params, SoftmaxConstant):
        if not holds(params.word):
            return undecided(batch, shapes)
        words = np.full_like(rows_of(x), params.word)
        return single(words, no_events(batch), Overflow.SATURATE, shapes["out"])
    plan = softmax_plan(params, x.format, out, x.array.shape[-1])
    if plan is not None:
        return soften(x, plan, params.overflow, shapes["out"])
    values = rows_of(x)
    words, events = np.zeros_like(values), no_events(batch)
    unsure = np.zeros(batch, np.bool_)
    vectors = Vectors(values, x.array.shape[-1], x.format, out, words, events, unsure)
    if not _ALGORITHMS[type(params)](params, vectors):
        return undecided(batch, shapes)
    return single(words, events, params.overflow, shapes["out"], unsure)


def _exact(params: SoftmaxExact, v: Vectors) -> bool:
    """Fill the words; False where the engine's numbers cannot."""
    up, down = max(v.out.frac, 0), max(-v.out.frac, 0)
    narrow_range = abs(v.out.frac) <= _SCALE_BITS and abs(v.x.frac) <= 2 * LARGEST_BITS
    narrow_range &= v.x.max - v.x.min <= _FLOAT64_EXACT
    if v.count > _LONGEST or not narrow_range or not holds(v.count << down):
        return False
    if not certifiable(params.rounding, v.out):
        return False
    step, scale = 2.0**-v.x.frac, 2.0**v.out.frac
    narrowing = codes(v.out, params.rounding, params.overflow)
    softmax_certified(
        v.values, v.count, step, scale, up, down, narrowing, v.words, v.events, v.unsure
    )
    return True


def _watched(params: SummedExponentials, v: Vectors) -> tuple[Register, int]:
    """The register of the sums, and the largest sum."""
    interval = params.interval(v.x, v.count)
    return inner_register(params.accumulator, interval, params.exp_frac, v.out)


def _look_up(params: TableExponentials, v: Vectors) -> bool:
    """Table words in place of the coefficients; False where the engine's numbers cannot."""
    shift, farthest = params.index_frac - v.x.frac, params.farthest(v.x)
    spread = v.x.max - v.x.min
    if not holds(spread, farthest << max(shift, 0), 1 << max(-shift, 0), max(params.table)):
        return False
    table = np.array(params.table, np.int64)
    look_up(v.values, v.count, table, farthest, shift, v.words)
    return True


def _lut(params: SoftmaxLut, v: Vectors) -> bool:
    up, down = max(v.out.frac, 0), max(-v.out.frac, 0)
    register, bound = _watched(params, v)
    wide = max(params.table) << up, bound << down
    if not holds(*wide) or not _look_up(params, v):
        return False
    narrowing = codes(v.out, params.rounding, params.overflow)
    totals = inner_sums(register, v.words, v.count)
    small = max(wide) <= SMALL
    divide_by_sum(v.count, totals, up, down, small, narrowing, v.words, v.events, v.unsure)
    return True


def _lut_reciprocal(params: SoftmaxLutReciprocal, v: Vectors) -> bool:
    invert = params.exp_frac + params.reciprocal.frac
    shift = v.out.frac - invert
    up, down = max(shift, 0), max(-shift, 0)
    register, bound = _watched(params, v)
    wide = (
        1 << abs(invert),
        bound << max(-invert, 0),
        max(params.table) * params.reciprocal.max << up,
        1 << down,
    )
    if not holds(*wide) or not _look_up(params, v):
        return False
    multiply_by_reciprocal(
        v.count,
        inner_sums(register, v.words, v.count),
        invert,
        codes(params.reciprocal, params.reciprocal_rounding, params.reciprocal_overflow),
        up,
        down,
        codes(v.out, params.rounding, params.overflow),
        v.words,
        v.events,
        v.unsure,
    )
    return True


def _by_powers(params: PowersOfTwo, v: Vectors) -> bool:
    to_two, from_two, frac = constants = params.constants
    bits, exp_frac = params.log_frac, params.exp_frac
    align, spread = bits - v.x.frac, v.x.max - v.x.min
    register, bound = _watched(params, v)
    # Every intermediate of the specification at its largest, one more where a floor goes down.
    largest = (spread << align if align >= 0 else spread >> -align) + 1
    leading = max(exp_frac, bound.bit_length())
    logarithm = ((leading + 1) << bits) * from_two
    exponent = (largest + (logarithm >> frac) + 1) * to_two
    # A sum that cannot overflow is at least one, so that its logarithm is not negative.
    fewest = 0 if register.free else exp_frac
    above = -(-(fewest << bits) * from_two >> frac) * to_two >> frac >> bits
    place = max(above + v.out.frac - bits, 0)
    if place > LARGEST_BITS or not holds(
        1 << max(-align, 0),
        bound << bits,
        logarithm,
        exponent,
        1 << bits + 2 + place,
    ):
        return False
    logits = np.empty_like(v.values)
    raise_two(v.values, v.count, align, constants, bits, exp_frac, logits, v.words)
    raise_less_logarithm(
        v.count,
        inner_sums(register, v.words, v.count),
        constants,
        bits,
        exp_frac,
        v.out.frac,
        codes(v.out, params.rounding, params.overflow),
        logits,
        v.words,
        v.events,
        v.unsure,
    )
    return True


def _taylor(params: SoftmaxTaylor, v: Vectors) -> bool:
    up, down = max(v.out.frac, 0), max(-v.out.frac, 0)
    bits, spread = params.fraction_bits, v.x.max - v.x.min
    more = max(bits, v.x.frac)
    shift = params.exp_frac - 2 * params.table_frac - more
    register, bound = _watched(params, v)
    wide = (
        spread << more - v.x.frac,
        1 << 2 * params.table_frac + more + max(shift, 0),
        1 << params.exp_frac + up,
        bound << down,
    )
    if not holds(*wide):
        return False
    integers, fractions = (
        np.array(table, np.int64) for table in (params.integers, params.fractions)
    )
    multiply_tables(v.values, v.count, v.x.frac, integers, fractions, bits, shift, v.words)
    narrowing = codes(v.out, params.rounding, params.overflow)
    totals = inner_sums(register, v.words, v.count)
    small = max(wide) <= SMALL
    divide_by_sum(v.count, totals, up, down, small, narrowing, v.words, v.events, v.unsure)
    return True


def _q7(params: SoftmaxQ7, v: Vectors) -> bool:
    if not holds(v.x.max - v.x.min, v.count << LARGEST_POWER):
        return False
    shift_quotients(
        v.values,
        v.count,
        REACH,
        LARGEST_POWER,
        DIVIDEND,
        params.constant - REACH,
        LARGEST_SHIFT,
        codes(v.out, params.rounding, params.overflow),
        v.words,
        v.events,
    )
    return True


_ALGORITHMS: dict[type, Callable[[Any, Vectors], bool]] = {
    SoftmaxExact: _exact,
    SoftmaxLut: _lut,
    SoftmaxLutReciprocal: _lut_reciprocal,
    SoftmaxB2: _by_powers,
    SoftmaxLnu: _by_powers,
    SoftmaxTaylor: _taylor,
    SoftmaxQ7: _q7,
}

"""What the product operations share: the accumulator's proof and the final narrowing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from fxcaps.engine.kernels.narrow import OVERFLOW_CODES, Flags, Ints, record_overflows
from fxcaps.engine.kernels.products import EXACT, FINAL, FREE, PER_STEP
from fxcaps.engine.values import holds, shift_words, single
from fxcaps.ops.batch import Result, Words
from fxcaps.ops.operation import Interval
from fxcaps.ops.parameters import Narrowing
from fxcaps.types import Accumulator, Check, Format, Overflow, Shape

_CHECKS = {Check.EXACT: EXACT, Check.FINAL: FINAL, Check.PER_STEP: PER_STEP}


@dataclass(frozen=True, slots=True)
class Register:
    """How a kernel watches its sums.

    Args:
        arguments: lowest and highest register value, overflow code, check code.
        bound: largest magnitude of any partial sum; the engine cannot go beyond 62 bits.
    """

    arguments: tuple[int, int, int, int]
    bound: int

    @property
    def free(self) -> bool:
        """No partial sum can overflow, so that order does not matter."""
        return self.arguments[3] == FREE


def register_for(accumulator: Accumulator, intervals: Iterable[Interval], start: int) -> Register:
    """Choose how to watch an accumulator.

    Args:
        accumulator: as the step states it.
        intervals: static ranges of the partial sums.
        start: largest magnitude of a start value.
    """
    spans = list(intervals)
    low, high = min(span[0] for span in spans), max(span[1] for span in spans)
    # Sums without their start, in any order and grouping, stay below this too.
    bound = max(abs(low), abs(high)) + start
    format = accumulator.format
    if format is None:
        return Register((0, 0, 0, FREE), bound)
    check, overflow = accumulator.check, accumulator.overflow
    symmetric = overflow is Overflow.SATURATE_SYMMETRIC and format.signed
    floor = -format.max if symmetric and check is not Check.EXACT else format.min
    if floor <= low and high <= format.max:
        return Register((0, 0, 0, FREE), bound)
    # A register that overflows may keep any of its words and add a product to it.
    arguments = (floor, format.max, OVERFLOW_CODES[overflow], _CHECKS[check])
    return Register(arguments, bound + format.max + 1)


def start_words(bias: Words | None, frac: int, shape: Shape) -> Ints | None:
    """Start values of the sums: the bias aligned to the products, or zeros.

    Args:
        bias: as the step has it, or none.
        frac: fraction bits of the products.
        shape: of the start values where there is no bias.

    Returns `None` where the engine's integers cannot hold the aligned bias.
    """
    if bias is None:
        return np.zeros(shape, np.int64)
    lift = frac - bias.format.frac
    if not holds(int(np.abs(bias.array).max()) << lift):
        return None
    return np.ascontiguousarray(bias.array << lift)


def weight_intervals(weight: Ints, start: Ints, x: Format) -> list[Interval]:
    """Range of all partial sums of the rows of `weight (R, K)` from `start (R)` or `(1)`.

    The hull of the descriptors' intervals, over arrays. Sums of words below 2**32 fit an int64
    for any K that fits in memory.
    """
    positive = np.maximum(weight, 0).sum(axis=1)
    negative = np.minimum(weight, 0).sum(axis=1)
    most, least = int(positive.max()), int(negative.min())
    first, last = int(start.min()), int(start.max())
    beyond = (first + x.min * most + x.max * least, last + x.max * most + x.min * least)
    if not holds(*map(abs, beyond)):
        return [beyond]
    lows = start + x.min * positive + x.max * negative
    highs = start + x.max * positive + x.min * negative
    return [(int(lows.min()), int(highs.max()))]


def narrow_sums(
    sums: Ints,
    overflowed: Flags,
    register: Register,
    frac: int,
    params: Narrowing,
    format: Format,
    shape: Shape,
) -> Result:
    """Bring complete sums to words of the output.

    Args:
        sums: `(N, M)`.
        overflowed: `(N, M)`, or empty where the register is free.
        register: how the sums were watched.
        frac: fraction bits of the sums.
        params: rounding and overflow of the output.
        format: of the output.
        shape: of one image's output.
    """
    shift = frac - format.frac
    words, events = shift_words(sums, shift, format, params.rounding, params.overflow)
    record_overflows(overflowed, events)
    return single(words, events, params.overflow, shape, unsure_rows(register, overflowed))


def unsure_rows(register: Register, overflowed: Flags) -> Flags | None:
    """Rows in which an exact register overflowed: the specification raises and says where."""
    return np.any(overflowed, axis=1) if register.arguments[3] == EXACT else None


def fits(register: Register, frac: int, format: Format) -> bool:
    """Whether sums and their left shift to the output stay within the engine's integers."""
    return holds(register.bound << max(format.frac - frac, 0))


def flags_for(register: Register, batch: int, size: int) -> Flags:
    """Room for overflow flags; none where the register is free."""
    return np.zeros((0, 0) if register.free else (batch, size), np.bool_)

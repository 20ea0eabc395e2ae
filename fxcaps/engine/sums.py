"""What the product operations share: the accumulator's proof and the final narrowing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from fxcaps.engine.kernels.accumulate import (
    EXACT,
    FINAL,
    PAIRWISE,
    PER_STEP,
    SEQUENTIAL,
    TREE,
    Plan,
    grouped_sums,
)
from fxcaps.engine.kernels.narrow import (
    REJECTED,
    ROUNDING_CODES,
    Flags,
    Ints,
    Marks,
    Narrowing,
    record_overflows,
)
from fxcaps.engine.values import LARGEST_BITS, codes, holds, shift_words, single
from fxcaps.ops.batch import Result, Words
from fxcaps.ops.parameters import Narrowing as NarrowingParameters
from fxcaps.ops.sums import Interval, partial_sums
from fxcaps.types import (
    Accumulator,
    BiasAt,
    Check,
    Format,
    Overflow,
    Pairwise,
    Permutation,
    RoundAt,
    Rounding,
    Shape,
    Tree,
)

_CHECKS = {Check.EXACT: EXACT, Check.FINAL: FINAL, Check.PER_STEP: PER_STEP}

_CLIPPING = (Overflow.SATURATE, Overflow.SATURATE_SYMMETRIC)

_UNBOUNDED = (0, -(1 << 63), (1 << 63) - 1, 0)
"""A narrowing that changes nothing."""


@dataclass(frozen=True, slots=True)
class Register:
    """How a kernel forms its sums.

    Args:
        accumulator: as the step states it.
        products: fraction bits of full-precision products.
        out: fraction bits of the words that the sums become.
        bound: largest magnitude of any value on the way; the engine cannot go beyond 62 bits.
        free: no partial sum can overflow and none is rounded, so that order does not matter.
        plan: for kernels that keep the order.
    """

    accumulator: Accumulator
    products: int
    out: int
    bound: int
    free: bool
    plan: Plan

    @property
    def frac(self) -> int:
        """Fraction bits of the sums."""
        return self.accumulator.frac(self.products)

    @property
    def half(self) -> int:
        """What every sum starts or ends with besides its bias."""
        return self.accumulator.half(self.products, self.out)

    @property
    def clips(self) -> bool:
        """Whether all that happens is that every addition, in ascending order, saturates."""
        given = self.accumulator
        if given.check is not Check.PER_STEP:
            return False
        plain = Accumulator(
            format=given.format, check=given.check, overflow=given.overflow, init=given.init
        )
        return given == plain and given.overflow in _CLIPPING

    @property
    def fits(self) -> bool:
        """Whether sums and their left shift to the output stay within the engine's integers."""
        return holds(self.bound << max(self.out - self.frac, 0))


def register_for(
    accumulator: Accumulator, intervals: Iterable[Interval], frac: int, out: Format, start: int = 0
) -> Register:
    """Choose how to form the sums of an accumulator.

    Args:
        accumulator: as the step states it.
        intervals: static ranges of the partial sums, from the descriptors.
        frac: fraction bits of full-precision products.
        out: format of the words that the sums become.
        start: largest magnitude of an aligned bias.
    """
    spans = list(intervals)
    low, high = min(span[0] for span in spans), max(span[1] for span in spans)
    half = accumulator.half(frac, out.frac)
    # Sums without their start, in any order and grouping, stay below this too.
    bound = max(abs(low), abs(high)) + start + half
    free = _is_free(accumulator, low, high, start + half)
    if not free:
        bound = _ordered_bound(accumulator, bound, frac)
    return Register(accumulator, frac, out.frac, bound, free, _plan(accumulator, frac))


def _is_free(accumulator: Accumulator, low: int, high: int, start: int) -> bool:
    if accumulator.round_at is not RoundAt.END or accumulator.tile is not None:
        return False
    node = accumulator.node
    if node is not None and not (_holds(node, accumulator, low - start, high + start)):
        return False
    return accumulator.format is None or _holds(accumulator.format, accumulator, low, high)


def _holds(format: Format, accumulator: Accumulator, low: int, high: int) -> bool:
    check, overflow = accumulator.check, accumulator.overflow
    symmetric = overflow is Overflow.SATURATE_SYMMETRIC and format.signed
    floor = -format.max if symmetric and check is not Check.EXACT else format.min
    return floor <= low and high <= format.max


def _ordered_bound(accumulator: Accumulator, bound: int, frac: int) -> int:
    """At least every magnitude that an accumulator forms when it rounds or overflows."""
    # A register that overflows may keep any of its words and add a product to it.
    for format in (accumulator.format, accumulator.node, accumulator.product):
        bound += 0 if format is None else format.max + 1
    if accumulator.tile is not None:
        spill = accumulator.tile.spill
        bound += (spill.max + 1) << accumulator.frac(frac) - spill.frac
    # Products at full precision are finer than the register, or are shifted left into it.
    return bound + 1 << abs(frac - accumulator.frac(frac))


def _plan(accumulator: Accumulator, frac: int) -> Plan:
    check = accumulator.check
    _, low, high, overflow = _ends(accumulator.format, accumulator.overflow, check)
    _, node_low, node_high, _ = _ends(accumulator.node, accumulator.overflow, check)
    order, tile, product = accumulator.order, accumulator.tile, _UNBOUNDED
    drop = frac - accumulator.frac(frac)
    if accumulator.product is not None:
        modes = accumulator.rounding, accumulator.product_overflow
        product = _clamped(codes(accumulator.product, *modes))
    spill = _UNBOUNDED
    if tile is not None:
        spill = _clamped(codes(tile.spill, tile.rounding, tile.overflow))
    positions = order.positions if isinstance(order, Permutation) else ()
    grouping = PAIRWISE if isinstance(order, Pairwise) else SEQUENTIAL
    return Plan(
        check=_CHECKS[check],
        low=low,
        high=high,
        overflow=overflow,
        product_narrowed=accumulator.product is not None,
        product_drop=_shift(drop if accumulator.round_at is RoundAt.PRODUCT else 0),
        product=product,
        drop=_shift(drop if accumulator.round_at is RoundAt.SUM else 0),
        rounding=ROUNDING_CODES[accumulator.rounding],
        bias_last=accumulator.bias_at is BiasAt.LAST,
        grouping=TREE if isinstance(order, Tree) else grouping,
        size=order.size if isinstance(order, Pairwise) else 1,
        node_low=node_low,
        node_high=node_high,
        tile=0 if tile is None else tile.count,
        spill_drop=0 if tile is None else _shift(accumulator.frac(frac) - tile.spill.frac),
        spill=spill,
        positions=np.array(positions, np.int64),
    )


def _ends(format: Format | None, overflow: Overflow, check: Check) -> Narrowing:
    """Least and largest word that a register keeps; `EXACT` keeps all that its format has."""
    if format is None:
        return _UNBOUNDED
    code, low, high, mode = codes(format, Rounding.FLOOR, overflow)
    return _clamped((code, format.min if check is Check.EXACT else low, high, mode))


def _clamped(narrowing: Narrowing) -> Narrowing:
    """A narrowing whose ends an int64 holds; where they differ, nothing reaches them."""
    rounding, low, high, overflow = narrowing
    return rounding, max(low, _UNBOUNDED[1]), min(high, _UNBOUNDED[2]), overflow


def _shift(bits: int) -> int:
    """A shift that kernels can do; beyond it nothing fits and the caller leaves the rows open."""
    return max(-LARGEST_BITS, min(bits, LARGEST_BITS))


def largest_start(bias: Words | None, frac: int) -> int:
    """Largest magnitude of a bias aligned to `frac` fraction bits."""
    return (
        0
        if bias is None
        else int(np.abs(bias.array.astype(np.int64)).max()) << frac - bias.format.frac
    )


def start_words(bias: Words | None, register: Register, shape: Shape) -> Ints:
    """What sums start or end with: the bias aligned to a register that fits, and the half.

    Args:
        bias: as the step has it, or none.
        register: that it joins.
        shape: of the start values where there is no bias.
    """
    if bias is None:
        return np.full(shape, register.half, np.int64)
    words = np.ascontiguousarray(bias.array, np.int64)
    return (words << register.frac - bias.format.frac) + register.half


def row_intervals(
    accumulator: Accumulator, weight: Ints, bias: Words | None, x: Format, frac: int, out: int
) -> list[Interval]:
    """Range of all partial sums of the rows of `weight (R, K)` with a bias `(R)`.

    The hull of the descriptors' intervals, over arrays, or somewhat more. Sums of words below
    2**32 fit an int64 for any K that fits in memory.
    """
    positive = np.maximum(weight, 0).sum(axis=1)
    negative = np.minimum(weight, 0).sum(axis=1)
    most, least = int(positive.max()), int(negative.min())
    ends = (x.min * most + x.max * least, x.max * most + x.min * least)
    reach = max(map(abs, ends)) + largest_start(bias, accumulator.frac(frac))
    unrounded = accumulator.round_at is RoundAt.END
    if unrounded and accumulator.anchored and holds(reach):
        # Each row with its own bias; all rows move by the half alike.
        starts = 0 if bias is None else bias.array.astype(np.int64) << frac - bias.format.frac
        lows = starts + (x.min * positive + x.max * negative)
        highs = starts + (x.max * positive + x.min * negative)
        half = accumulator.half(frac, out)
        return [(int(lows.min()) + half, int(highs.max()) + half)]
    first, last = (0, 0) if bias is None else (int(bias.array.min()), int(bias.array.max()))
    lift = 0 if bias is None else accumulator.frac(frac) - bias.format.frac
    return [
        partial_sums(accumulator, ends, weight.shape[1], frac=frac, out=out, start=word << lift)
        for word in (first, last)
    ]


def narrow_sums(
    sums: Ints,
    marks: Marks,
    register: Register,
    params: NarrowingParameters,
    format: Format,
    shape: Shape,
    first: int,
) -> Result:
    """Bring complete sums to words of the output.

    Args:
        sums: `(N, M)`.
        marks: `(N, M)`, or empty where the register is free.
        register: how the sums were formed.
        params: rounding and overflow of the output.
        format: of the output.
        shape: of one image's output.
        first: index of the first image, for stochastic rounding.
    """
    shift = register.frac - format.frac
    words, events = shift_words(sums, shift, format, params.rounding, params.overflow, first)
    record_overflows(marks, events)
    unsure = None if register.free else rejected_rows(marks)
    return single(words, events, params.overflow, shape, unsure)


def rejected_rows(marks: Marks) -> Flags:
    """Rows in which an exact register overflowed: the specification raises and says where."""
    rejected: Flags = np.any(marks == REJECTED, axis=1)
    return rejected


def marks_for(register: Register, batch: int, size: int) -> Marks:
    """Room for the marks of sums; none where the register is free."""
    return np.zeros((0, 0) if register.free else (batch, size), np.uint8)


class InnerSums(NamedTuple):
    """Sums that an algorithm goes on with, in steps of what was added.

    Args:
        words: `(N, M)`.
        marks: `(N, M)`.
    """

    words: Ints
    marks: Marks


def inner_register(
    accumulator: Accumulator, interval: Interval, frac: int, out: Format
) -> tuple[Register, int]:
    """The register of an inner sum, and the largest magnitude of a sum in steps of addends."""
    register = register_for(accumulator, [interval], frac, out)
    return register, register.bound << frac - register.frac


def inner_sums(register: Register, products: Ints, dim: int) -> InnerSums:
    """Sums of `dim` consecutive `products (N, M * dim)` in a register that fits."""
    shape = len(products), products.shape[1] // dim
    sums, marks = np.empty(shape, np.int64), np.zeros(shape, np.uint8)
    grouped_sums(products, dim, register.free, register.plan, sums, marks)
    return InnerSums(sums << register.products - register.frac, marks)

"""Sums of products in descriptors: what fits an accumulator, and how far its sums can go."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from fxcaps.types import (
    Accumulator,
    Check,
    Format,
    Init,
    Overflow,
    Permutation,
    Reason,
    Rejection,
    RoundAt,
    Rounding,
    Signature,
)

Interval = tuple[int, int]
"""Smallest and largest value, both attained or safely beyond."""


def guard_accumulator(accumulator: Accumulator, frac: int, terms: int, where: str) -> None:
    """Reject an accumulator that `terms` products of `frac` fraction bits cannot use.

    Rejects formats whose fractions do not meet (`FORMAT_MISMATCH`) and a permutation of another
    number of products (`SHAPE_MISMATCH`).
    """
    register, addends = accumulator.format, accumulator.addend_frac(frac)
    if accumulator.round_at is RoundAt.SUM:
        if register is not None and register.frac > frac:
            raise _mismatch(
                f"{where}: products have {frac} fraction bits, the register {register} of "
                f"rounded sums has more"
            )
    elif register is not None and register.frac != addends:
        raise _mismatch(
            f"{where}: products have {addends} fraction bits, the accumulator "
            f"{register} has {register.frac}"
        )
    node = accumulator.node
    if node is not None and node.frac != addends:
        raise _mismatch(
            f"{where}: products have {addends} fraction bits, the inner node {node} has {node.frac}"
        )
    order = accumulator.order
    if isinstance(order, Permutation) and len(order.positions) != terms:
        raise Rejection(
            Reason.SHAPE_MISMATCH,
            f"{where}: the permutation has {len(order.positions)} positions for {terms} products",
        )
    _guard_spill(accumulator, accumulator.frac(frac), where)


def _guard_spill(accumulator: Accumulator, frac: int, where: str) -> None:
    if accumulator.tile is None:
        return
    spill, register = accumulator.tile.spill, accumulator.format
    if spill.frac > frac:
        raise _mismatch(
            f"{where}: a partial sum of {frac} fraction bits is spilled to {spill}, which has more"
        )
    lift = frac - spill.frac
    if register is not None and not (
        register.min <= spill.min << lift and spill.max << lift <= register.max
    ):
        raise _mismatch(f"{where}: spilled words of {spill} do not fit the accumulator {register}")


def guard_inner(accumulator: Accumulator, frac: int, where: str) -> None:
    """Reject what a sum cannot use that is no output: nothing is added to its addends.

    Rejects `init = bias_and_half` (`PARAMETER_INVALID`) and a register that is finer than the
    addends (`FORMAT_MISMATCH`).
    """
    if accumulator.init is Init.BIAS_AND_HALF:
        raise Rejection(
            Reason.PARAMETER_INVALID, f"{where}: a sum inside an algorithm has no half to add"
        )
    if accumulator.frac(frac) > frac:
        raise _mismatch(
            f"{where}: the register has {accumulator.frac(frac)} fraction bits, what it adds has "
            f"{frac}"
        )


class WholeSums(ABC):
    """An operation whose `out` is a sum that is narrowed once, by its rounding and overflow."""

    @abstractmethod
    def whole_sum(self, params: Any) -> Format | None:
        """The format of `out` that holds each sum as it is before the step narrows it.

        With this output and a `requantize` of the same rounding and overflow after it, the words
        are the same. `None` for parameters without such a format.
        """


def whole_sum(accumulator: Accumulator) -> Format | None:
    """The register's format where it holds complete sums exactly, with nothing added for rounding.

    `None` for a register that may overflow, rounds inside or has half an output step in it.
    """
    exact = accumulator.check is Check.EXACT and accumulator.round_at is RoundAt.END
    plain = accumulator.init is not Init.BIAS_AND_HALF and accumulator.tile is None
    return accumulator.format if exact and plain else None


def guard_bias(
    bias: Signature | None, accumulator: Accumulator | None, frac: int, where: str
) -> None:
    """Reject a bias that a left shift cannot align to `frac` bits, or that does not enter."""
    if bias is None:
        return
    if bias.format.frac > frac:
        raise _mismatch(
            f"{where}: bias {bias.format} has more fraction bits than the accumulator ({frac})"
        )
    if accumulator is not None and accumulator.init is Init.ZERO:
        raise Rejection(
            Reason.PARAMETER_INVALID, f"{where}: an accumulator with init=zero takes no bias"
        )


def partial_sums(
    accumulator: Accumulator,
    products: Interval,
    terms: int,
    *,
    frac: int,
    out: int,
    start: int = 0,
) -> Interval:
    """Range of every value that the register and its inner nodes can take without overflow.

    Args:
        accumulator: as the step states it.
        products: ends of the sum of any of the products, at full precision; both around 0.
        terms: number of products.
        frac: fraction bits of the products.
        out: fraction bits of the output.
        start: the bias in steps of the register.

    Exact for sums that are not rounded; otherwise each rounding adds the most that it can move.
    Source: specification page `accumulators.md`, static range.
    """
    start += accumulator.half(frac, out)
    low, high = _rounded(accumulator, products, terms, frac)
    first, last = start, start
    if not accumulator.anchored:
        # Sums without the start are there too: before it joins, inside groups, after a spill.
        first, last = min(start, 0), max(start, 0)
    least, most = first + low, last + high
    if accumulator.tile is None:
        return least, most
    spill, spills = accumulator.tile.spill, (terms - 1) // accumulator.tile.count
    step = 1 << accumulator.frac(frac) - spill.frac
    if accumulator.tile.overflow is Overflow.WRAP:
        # A wrapped word may be any; what is added after it stays within the products' ends.
        return least + spill.min * step, most + spill.max * step
    moved = spills * _most_moved(accumulator.tile.rounding, step)
    return least - moved, most + moved


def _rounded(accumulator: Accumulator, products: Interval, terms: int, frac: int) -> Interval:
    """The ends of the products' sum in steps of the register."""
    if accumulator.round_at is RoundAt.END:
        return products
    low, high = products
    drop = frac - accumulator.frac(frac)
    if drop <= 0:
        low, high = low << -drop, high << -drop
    else:
        step = 1 << drop
        moved = terms * _most_moved(accumulator.rounding, step)
        low, high = (low - moved) >> drop, -((-high - moved) >> drop)
    product = accumulator.product
    if product is not None and accumulator.product_overflow is Overflow.WRAP:
        low, high = min(low, terms * product.min), max(high, terms * product.max)
    return low, high


def _most_moved(rounding: Rounding, step: int) -> int:
    """How far a rounding can move a value, in units of which the result's step has `step`."""
    return step // 2 if rounding.value.startswith("ties_") else step - 1


def product_interval(a: Interval, b: Interval) -> Interval:
    """Range of the product of two ranges."""
    corners = [x * y for x in a for y in b]
    return min(corners), max(corners)


def repeated(term: Interval, count: int) -> Interval:
    """Ends of the sum of any of `count` terms."""
    return count * min(term[0], 0), count * max(term[1], 0)


def weighted(weights: Sequence[int], x: Format) -> Interval:
    """Ends of the sum of any of the products of constant `weights` and words of format `x`."""
    positive = sum(w for w in weights if w > 0)
    negative = sum(w for w in weights if w < 0)
    return x.min * positive + x.max * negative, x.max * positive + x.min * negative


def words_interval(format: Format) -> Interval:
    """Range of the words of a format."""
    return format.min, format.max


def narrowest(interval: Interval, frac: int) -> Format:
    """The narrowest signed format that holds every integer of an interval."""
    low, high = interval
    bits = max((~end if end < 0 else end).bit_length() for end in (low, high))
    return Format(True, bits + 1, frac)


def _mismatch(message: str) -> Rejection:
    return Rejection(Reason.FORMAT_MISMATCH, message)

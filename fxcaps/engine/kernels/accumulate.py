"""Accumulation in the order that the page states, for what no range proves free."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fxcaps.engine.kernels.compile import kernel
from fxcaps.engine.kernels.narrow import (
    FINE,
    OVERFLOWED,
    REJECTED,
    Ints,
    Marks,
    Narrowing,
    fit,
    round_quotient,
)

EXACT, FINAL, PER_STEP = range(3)
"""How a register is watched."""

SEQUENTIAL, PAIRWISE, TREE = range(3)
"""What is summed before it joins the register."""


class Plan(NamedTuple):
    """An accumulator for kernels: integers only.

    Shifts are at most 62. A register, node, product or spill without a format has the ends of
    int64, which no value that the caller has bounded exceeds.

    Args:
        check: `EXACT`, `FINAL` or `PER_STEP`.
        low: least word of the register.
        high: largest word of the register.
        overflow: code of the register's and the nodes' overflow.
        product_narrowed: products are shifted, rounded and fitted before they are added.
        product_drop: bits by which a product is shifted right before it is added; negative for
            left.
        product: narrowing of a shifted product.
        drop: bits that every sum of register and addend loses.
        rounding: code of the rounding of those sums.
        bias_last: the bias joins after the products.
        grouping: `SEQUENTIAL`, `PAIRWISE` or `TREE`.
        size: products of a pairwise group.
        node_low: least word of an inner node.
        node_high: largest word of an inner node.
        tile: products of a tile; 0 for none.
        spill_drop: bits that a spilled sum loses.
        spill: narrowing of a spilled sum.
        positions: sequential position of the k-th addend; empty for ascending.
    """

    check: int
    low: int
    high: int
    overflow: int
    product_narrowed: bool
    product_drop: int
    product: Narrowing
    drop: int
    rounding: int
    bias_last: bool
    grouping: int
    size: int
    node_low: int
    node_high: int
    tile: int
    spill_drop: int
    spill: Narrowing
    positions: Ints


@kernel
def narrowed(value: int, drop: int, narrowing: Narrowing) -> tuple[int, int]:
    """A value shifted right by `drop`, rounded and fitted, and its mark."""
    rounding, low, high, overflow = narrowing
    rounded = value << -drop
    if drop > 0:
        rounded, _ = round_quotient(value, 1 << drop, rounding)
    word = fit(rounded, low, high, overflow)
    return word, FINE if word == rounded else OVERFLOWED


@kernel
def checked(value: int, low: int, high: int, plan: Plan) -> tuple[int, int]:
    """What a register or node keeps of a sum, and its mark."""
    if plan.check == FINAL or low <= value <= high:
        return value, FINE
    if plan.check == EXACT:
        return value, REJECTED
    return fit(value, low, high, plan.overflow), OVERFLOWED


@kernel
def group_sum(addends: Ints, begin: int, end: int, plan: Plan) -> tuple[int, int]:
    """The sum of a group of `addends`, which a tree overwrites, and its mark."""
    mark = FINE
    if plan.grouping != TREE:
        total = addends[begin]
        for k in range(begin + 1, end):
            total, step = checked(total + addends[k], plan.node_low, plan.node_high, plan)
            mark = max(mark, step)
        return total, mark
    count = end - begin
    while count > 1:
        for k in range(count // 2):
            pair = addends[begin + 2 * k] + addends[begin + 2 * k + 1]
            addends[begin + k], step = checked(pair, plan.node_low, plan.node_high, plan)
            mark = max(mark, step)
        if count % 2 == 1:  # an odd one out moves up
            addends[begin + count // 2] = addends[begin + count - 1]
        count = (count + 1) // 2
    return addends[begin], mark


@kernel
def accumulate(bias: int, products: Ints, addends: Ints, plan: Plan) -> tuple[int, int]:
    """Sum `products (K)` and a bias; `addends (K)` is scratch. Returns register and mark.

    The caller has proven that no value on the way leaves int64.
    """
    mark = FINE
    count = products.size
    for k in range(count):
        value = products[plan.positions[k] if plan.positions.size else k]
        if plan.product_narrowed:
            value, step = narrowed(value, plan.product_drop, plan.product)
            mark = max(mark, step)
        addends[k] = value
    total, step = checked(0 if plan.bias_last else bias, plan.low, plan.high, plan)
    mark = max(mark, step)
    tile = plan.tile if plan.tile > 0 else max(count, 1)
    for begin in range(0, count, tile):
        if begin > 0:
            total, step = narrowed(total, plan.spill_drop, plan.spill)
            total <<= plan.spill_drop
            mark = max(mark, step)
        end = min(begin + tile, count)
        size = 1
        if plan.grouping == PAIRWISE:
            size = plan.size
        elif plan.grouping == TREE:
            size = end - begin
        for start in range(begin, end, size):
            addend, step = group_sum(addends, start, min(start + size, end), plan)
            mark = max(mark, step)
            total = (total << plan.drop) + addend
            if plan.drop > 0:
                total, _ = round_quotient(total, 1 << plan.drop, plan.rounding)
            total, step = checked(total, plan.low, plan.high, plan)
            mark = max(mark, step)
    if plan.bias_last:
        total, step = checked(total + bias, plan.low, plan.high, plan)
        mark = max(mark, step)
    if plan.check == FINAL:
        kept = fit(total, plan.low, plan.high, plan.overflow)
        return kept, mark if kept == total else OVERFLOWED
    return total, mark


@kernel
def grouped_sums(
    products: Ints, dim: int, free: bool, plan: Plan, sums: Ints, marks: Marks
) -> None:
    """`sums (N, M)` of `products (N, M * dim)`, group by group; marked where not `free`."""
    addends = np.empty(dim, np.int64)
    for n in range(sums.shape[0]):
        for m in range(sums.shape[1]):
            start = m * dim
            if free:
                total = 0
                for k in range(start, start + dim):
                    total += products[n, k]
                sums[n, m] = total
            else:
                group = products[n, start : start + dim]
                sums[n, m], marks[n, m] = accumulate(0, group, addends, plan)

"""Accumulation in the order that the page states, for what no range proves free."""

from __future__ import annotations

from typing import NamedTuple

from fxcaps.engine.kernels.compile import kernel
from fxcaps.engine.kernels.narrow import Ints, Narrowing, fit, round_quotient

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
def narrowed(value: int, drop: int, narrowing: Narrowing) -> tuple[int, bool]:
    """A value shifted right by `drop`, rounded and fitted, and whether it overflowed."""
    rounding, low, high, overflow = narrowing
    rounded = value << -drop
    if drop > 0:
        rounded, _ = round_quotient(value, 1 << drop, rounding)
    word = fit(rounded, low, high, overflow)
    return word, word != rounded


@kernel
def checked(value: int, low: int, high: int, plan: Plan) -> tuple[int, bool]:
    """What a register or node keeps of a sum, and whether that is to be told."""
    if plan.check == FINAL or low <= value <= high:
        return value, False
    if plan.check == EXACT:
        return value, True
    kept = fit(value, low, high, plan.overflow)
    return kept, kept != value


@kernel
def group_sum(addends: Ints, begin: int, end: int, plan: Plan) -> tuple[int, bool]:
    """The sum of a group of `addends`, which a tree overwrites."""
    over = False
    if plan.grouping != TREE:
        total = addends[begin]
        for k in range(begin + 1, end):
            total, flag = checked(total + addends[k], plan.node_low, plan.node_high, plan)
            over |= flag
        return total, over
    count = end - begin
    while count > 1:
        for k in range(count // 2):
            pair = addends[begin + 2 * k] + addends[begin + 2 * k + 1]
            addends[begin + k], flag = checked(pair, plan.node_low, plan.node_high, plan)
            over |= flag
        if count % 2 == 1:  # an odd one out moves up
            addends[begin + count // 2] = addends[begin + count - 1]
        count = (count + 1) // 2
    return addends[begin], over


@kernel
def accumulate(bias: int, products: Ints, addends: Ints, plan: Plan) -> tuple[int, bool]:
    """Sum `products (K)` and a bias; `addends (K)` is scratch. Returns register and overflow.

    With `EXACT` the flag says that the specification rejects the sum. The caller has proven that
    no value on the way leaves int64.
    """
    over = False
    count = products.size
    for k in range(count):
        value = products[plan.positions[k] if plan.positions.size else k]
        if plan.product_narrowed:
            value, flag = narrowed(value, plan.product_drop, plan.product)
            over |= flag
        addends[k] = value
    total, flag = checked(0 if plan.bias_last else bias, plan.low, plan.high, plan)
    over |= flag
    tile = plan.tile if plan.tile > 0 else max(count, 1)
    for begin in range(0, count, tile):
        if begin > 0:
            total, flag = narrowed(total, plan.spill_drop, plan.spill)
            total <<= plan.spill_drop
            over |= flag
        end = min(begin + tile, count)
        size = 1
        if plan.grouping == PAIRWISE:
            size = plan.size
        elif plan.grouping == TREE:
            size = end - begin
        for start in range(begin, end, size):
            addend, flag = group_sum(addends, start, min(start + size, end), plan)
            over |= flag
            total = (total << plan.drop) + addend
            if plan.drop > 0:
                total, _ = round_quotient(total, 1 << plan.drop, plan.rounding)
            total, flag = checked(total, plan.low, plan.high, plan)
            over |= flag
    if plan.bias_last:
        total, flag = checked(total + bias, plan.low, plan.high, plan)
        over |= flag
    if plan.check == FINAL:
        kept = fit(total, plan.low, plan.high, plan.overflow)
        return kept, over or kept != total
    return total, over

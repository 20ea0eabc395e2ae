"""Accumulation: how products are summed in a register."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

from fxcaps.spec.arithmetic import handle_overflow
from fxcaps.types import Accumulator, Check, Event, Log, Reason, Rejection


def accumulate(
    start: int,
    products: Iterable[int],
    accumulator: Accumulator,
    log: Log,
    index: int,
    tensor: str = "out",
) -> int:
    """Add `products` to `start` in the order given and return the register.

    Args:
        start: the aligned bias, or 0 (ACC-1).
        products: full-precision products, in sequential order (ACC-2).
        accumulator: width of the register and when it handles overflow.
        log: receives an accumulator overflow.
        index: flat index of the word that the sum becomes.
        tensor: name of the output port.
    """
    products = log.summing(tensor, index, start, products, accumulator)
    register = accumulator.format
    if register is None:
        return sum(products, start)
    if accumulator.check is Check.FINAL:  # ACC-4
        total = sum(products, start)
        kept = handle_overflow(total, register, accumulator.overflow)
        overflowed = kept != total
    elif accumulator.check is Check.PER_STEP:  # ACC-5
        kept = handle_overflow(start, register, accumulator.overflow)
        overflowed = kept != start
        for product in products:
            total = kept + product
            kept = handle_overflow(total, register, accumulator.overflow)
            overflowed = overflowed or kept != total
    else:  # ACC-3
        partials = list(itertools.accumulate(products, initial=start))
        kept, overflowed = partials[-1], False
        if not (register.min <= min(partials) and max(partials) <= register.max):
            worst = next(value for value in partials if not register.contains(value))
            raise Rejection(
                Reason.ACCUMULATOR_OVERFLOW,
                f"{tensor}[{index}]: partial sum {worst} is outside the exact accumulator "
                f"{register} [{register.min}, {register.max}]",
            )
    if overflowed:
        log.record(tensor, Event.ACCUMULATOR_OVERFLOW, index)  # EVT-5
    return kept

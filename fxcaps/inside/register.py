"""What a register holds after every product, as the specification's accumulator has it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from fxcaps.inside.observer import Summed
from fxcaps.spec.arithmetic import handle_overflow
from fxcaps.types import Check


class Held(NamedTuple):
    """The register after an addition; `overflowed` where it could not hold the sum."""

    value: int
    overflowed: bool


def partial_sums(made: Summed) -> list[Held]:
    """The register after the start value and after every product.

    A `final` register is checked once, so that only the last entry can overflow. An `exact`
    one rejects at the first sum that overflows; what follows is shown as if it had not.
    """
    register, check = made.accumulator.format, made.accumulator.check
    if register is None:
        return [Held(value, False) for value in _plain(made)]
    if check is Check.EXACT:
        return [Held(value, not register.contains(value)) for value in _plain(made)]
    overflow = made.accumulator.overflow
    if check is Check.FINAL:
        *before, last = _plain(made)
        kept = handle_overflow(last, register, overflow)
        return [*(Held(value, False) for value in before), Held(kept, kept != last)]
    held = []
    total = 0
    for term in (made.start, *made.products):
        kept = handle_overflow(total + term, register, overflow)
        held.append(Held(kept, kept != total + term))
        total = kept
    return held


def _plain(made: Summed) -> Iterator[int]:
    total = made.start
    yield total
    for product in made.products:
        total += product
        yield total

"""Accumulation: how products are summed in a register."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from fxcaps.spec.arithmetic import handle_overflow, round_quotient, scaled
from fxcaps.types import (
    Accumulator,
    BiasAt,
    Check,
    Event,
    Follow,
    Format,
    Log,
    Overflow,
    Pairwise,
    Permutation,
    Reason,
    Rejection,
    RoundAt,
    Rounding,
    Tile,
    Tree,
)


@dataclass(frozen=True, slots=True)
class Register:
    """An accumulator between the fractions of one call.

    Args:
        accumulator: as the step states it.
        products: fraction bits of full-precision products.
        out: fraction bits of the word that the sum becomes.
    """

    accumulator: Accumulator
    products: int
    out: int

    @property
    def frac(self) -> int:
        """Fraction bits of the sums (ACC-6, ACC-7)."""
        return self.accumulator.frac(self.products)


def accumulate(
    bias: int,
    products: Iterable[int],
    register: Register,
    log: Log,
    index: int,
    tensor: str = "out",
) -> int:
    """Sum `products` and the bias in the order that the accumulator states.

    Args:
        bias: aligned to the register's fraction, or 0 (ACC-1).
        products: full-precision products, in sequential order (ACC-2).
        register: where they are summed.
        log: receives an accumulator overflow.
        index: flat index of the word that the sum becomes.
        tensor: name of the output port.
    """
    accumulator = register.accumulator
    products = log.summing(tensor, index, bias, products, accumulator)
    total = _Total(accumulator, f"{tensor}[{index}]", log.follow(tensor, index))
    offset = bias + accumulator.half(register.products, register.out)  # ACC-8
    first = accumulator.bias_at is BiasAt.FIRST
    addends = _ordered(accumulator, [_addend(total, product, register) for product in products])
    drop = register.products - register.frac if accumulator.round_at is RoundAt.SUM else 0
    total.keep(offset if first else 0)
    tile = accumulator.tile.count if accumulator.tile else max(len(addends), 1)
    for begin in range(0, len(addends), tile):
        if begin and accumulator.tile:
            _spill(total, accumulator.tile, register.frac)
        total.add(_joined(total, addends[begin : begin + tile]), drop)
    if not first:  # ACC-9
        total.keep(total.kept + offset)
    if accumulator.check is Check.FINAL and accumulator.format is not None:  # ACC-4
        total.kept = total.fit(
            total.kept, accumulator.format, accumulator.overflow, "final accumulator"
        )
    if total.overflowed:  # ACC-14
        log.record(tensor, Event.ACCUMULATOR_OVERFLOW, index)  # EVT-5
    return total.kept


def shared_sum(products: Iterable[int], register: Register, log: Log, words: range) -> int:
    """A sum that several words are made of (ACC-15); its overflow is an event of each (ACC-14).

    Args:
        products: of the sum, in sequential order.
        register: where they are summed.
        log: receives an accumulator overflow for every word.
        words: flat indices of the words.

    Returns the sum in steps of a full-precision product.
    """
    total = accumulate(0, products, register, _Shared(log, words), words.start)
    return total << register.products - register.frac


class _Shared(Log):
    """What happens to a sum happens to every word that is made of it."""

    def __init__(self, log: Log, words: range) -> None:
        super().__init__(image=log.image)
        self.log = log
        self.words = words

    def record(self, tensor: str, event: Event, index: int) -> None:  # noqa: ARG002
        for word in self.words:
            self.log.record(tensor, event, word)

    def summing(
        self,
        tensor: str,
        index: int,  # noqa: ARG002
        bias: int,
        products: Iterable[int],
        accumulator: Accumulator,
    ) -> Iterable[int]:
        for word in self.words:
            products = self.log.summing(tensor, word, bias, products, accumulator)
        return products

    def follow(self, tensor: str, index: int) -> Follow | None:  # noqa: ARG002
        followed = (self.log.follow(tensor, word) for word in self.words)
        return next((told for told in followed if told is not None), None)


class _Total:
    """The register while one word is made."""

    def __init__(self, accumulator: Accumulator, where: str, follow: Follow | None) -> None:
        self.accumulator = accumulator
        self.where = where
        self.follow = follow
        self.kept = 0
        self.overflowed = False

    def keep(self, partial: int) -> None:
        """Take over a partial sum as the check says (ACC-3 to ACC-5)."""
        self.kept = self.checked(partial, self.accumulator.format, "accumulator")

    def add(self, addends: Sequence[int], drop: int) -> None:
        """Add one after another; ACC-7: each sum loses `drop` bits by rounding."""
        rounding, step = self.accumulator.rounding, 1 << drop
        if drop or self.follow or self.accumulator.check is Check.PER_STEP:
            for addend in addends:
                self.keep(round_quotient(self.kept * step + addend, step, rounding))
            return
        partials = list(itertools.accumulate(addends, initial=self.kept))
        format = self.accumulator.format
        if format is not None and not (format.min <= min(partials) <= max(partials) <= format.max):
            for partial in partials:  # the first outside is named, where that is an error
                self.keep(partial)
        self.kept = partials[-1]

    def checked(self, value: int, format: Format | None, place: str) -> int:
        """A sum as a register or an inner node of `format` holds it."""
        if format is None or self.accumulator.check is Check.FINAL:
            return self.told(place, value, value)
        if self.accumulator.check is Check.PER_STEP:  # ACC-5
            return self.fit(value, format, self.accumulator.overflow, place)
        if not format.contains(value):  # ACC-3
            self.told(place, value, None)
            raise Rejection(
                Reason.ACCUMULATOR_OVERFLOW,
                f"{self.where}: partial sum {value} is outside the exact {place} "
                f"{format} [{format.min}, {format.max}]",
            )
        return self.told(place, value, value)

    def told(self, place: str, value: int, kept: int | None) -> int:
        """Return what is kept, after an observer was told; `None` overflows and is rejected."""
        if self.follow:
            self.follow(place, value if kept is None else kept, kept != value)
        return value if kept is None else kept

    def fit(self, value: int, format: Format, overflow: Overflow, place: str) -> int:
        """Handle overflow and remember that there was one."""
        kept = handle_overflow(value, format, overflow)
        self.overflowed = self.overflowed or kept != value
        return self.told(place, value, kept)

    def narrowed(
        self,
        value: int,
        shift: int,
        format: Format,
        rounding: Rounding,
        overflow: Overflow,
        place: str,
    ) -> int:
        """`value * 2**shift` rounded into `format`."""
        rounded = round_quotient(*scaled(value, 1, shift), rounding)
        return self.fit(rounded, format, overflow, place)


def _addend(total: _Total, product: int, register: Register) -> int:
    """ACC-6: a product as it is added, narrowed where the accumulator says so."""
    accumulator = register.accumulator
    if accumulator.product is None:
        return product
    shift = accumulator.product.frac - register.products
    overflow = accumulator.product_overflow
    return total.narrowed(
        product, shift, accumulator.product, accumulator.rounding, overflow, "product"
    )


def _ordered(accumulator: Accumulator, addends: list[int]) -> list[int]:
    """ACC-10: the addends in the order of a permutation."""
    order = accumulator.order
    if isinstance(order, Permutation):
        return [addends[position] for position in order.positions]
    return addends


def _joined(total: _Total, addends: Sequence[int]) -> Sequence[int]:
    """ACC-11, ACC-12: what joins the register, the sums of groups where there are groups."""
    order, size = total.accumulator.order, len(addends)
    if not isinstance(order, Pairwise | Tree):
        return addends
    if isinstance(order, Pairwise):
        size = order.size
    groups = (addends[begin : begin + size] for begin in range(0, len(addends), size))
    return [_node_sum(total, group) for group in groups]


def _node_sum(total: _Total, group: Sequence[int]) -> int:
    """The sum of a group: one after another, or neighbours level by level."""
    node = total.accumulator.node
    if not isinstance(total.accumulator.order, Tree):
        summed = group[0]
        for addend in group[1:]:
            summed = total.checked(summed + addend, node, "inner node")
        return summed
    level = list(group)
    while len(level) > 1:
        pairs = [
            total.checked(level[k] + level[k + 1], node, "inner node")
            for k in range(0, len(level) - 1, 2)
        ]
        level = pairs + level[len(pairs) * 2 :]  # an odd one out moves up
    return level[0]


def _spill(total: _Total, tile: Tile, frac: int) -> None:
    """ACC-13: write the partial sum out and read it back."""
    lift = frac - tile.spill.frac
    word = total.narrowed(total.kept, -lift, tile.spill, tile.rounding, tile.overflow, "spill")
    total.kept = word << lift

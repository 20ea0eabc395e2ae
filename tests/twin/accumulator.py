"""Registers: sums of products in every order, with every way to round and to handle overflow."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from fxcaps.types import (
    Accumulator,
    BiasAt,
    Check,
    Event,
    Format,
    Init,
    Overflow,
    Pairwise,
    Permutation,
    Reason,
    RoundAt,
    Rounding,
    Tree,
)
from tests.twin.nested import power
from tests.twin.real import Rational
from tests.twin.rounding import Made, Misfit, contained, rounded, to_word


def sum_to_word(
    bias: Fraction,
    products: Sequence[Fraction],
    params: Any,
    out: Format,
    frac: int,
    *,
    relu: bool = False,
) -> Made:
    """Sum in the register of `params`, then round into `out` by its modes.

    `frac` is the number of fraction bits of full-precision products.
    """
    total, overflowed = accumulated(bias, products, params.accumulator, frac, out.frac)
    if relu:
        total = max(total, Fraction(0))
    real = Rational(total * power(out.frac))
    made = to_word(real, out, params.rounding, params.overflow)
    events = {Event.ACCUMULATOR_OVERFLOW} if overflowed else set()
    return Made(made.word, made.events | events)


def accumulated(
    bias: Fraction, products: Sequence[Fraction], accumulator: Accumulator, frac: int, out: int
) -> tuple[Fraction, bool]:
    """The value of the register after all products, and whether anything ever overflowed."""
    run = _Run(accumulator, frac)
    if accumulator.init is Init.BIAS_AND_HALF and run.frac > out:
        bias = bias + power(-out) / 2
    addends = [run.product(product) for product in products]
    if isinstance(accumulator.order, Permutation):
        addends = [addends[position] for position in accumulator.order.positions]
    first = accumulator.bias_at is BiasAt.FIRST
    register = run.kept(bias if first else Fraction(0))
    count = accumulator.tile.count if accumulator.tile else len(addends)
    for number, begin in enumerate(range(0, len(addends), count or 1)):
        if number > 0:
            register = run.spilled(register)
        for addend in run.joined(addends[begin : begin + count]):
            register = run.kept(run.rounded_sum(register + addend))
    if not first:
        register = run.kept(register + bias)
    if accumulator.check is Check.FINAL:
        assert accumulator.format is not None
        register = run.held(register, accumulator.format, accumulator.overflow)
    return register, run.overflowed


class _Run:
    """The sum of one word, in values instead of steps."""

    def __init__(self, accumulator: Accumulator, products: int) -> None:
        self.accumulator = accumulator
        self.overflowed = False
        self.frac = products
        if accumulator.product is not None:
            self.frac = accumulator.product.frac
        if accumulator.round_at is RoundAt.SUM and accumulator.format is not None:
            self.frac = accumulator.format.frac

    def product(self, value: Fraction) -> Fraction:
        """A product as it is added."""
        acc = self.accumulator
        if acc.round_at is not RoundAt.PRODUCT:
            return value
        assert acc.product is not None
        return self._narrowed(value, acc.product, acc.rounding, acc.product_overflow)

    def rounded_sum(self, value: Fraction) -> Fraction:
        """A new partial sum in the register's fraction."""
        if self.accumulator.round_at is not RoundAt.SUM:
            return value
        steps = Rational(value * power(self.frac))
        return rounded(steps, self.accumulator.rounding) * power(-self.frac)

    def spilled(self, value: Fraction) -> Fraction:
        """The register after it went to memory and back."""
        tile = self.accumulator.tile
        assert tile is not None
        return self._narrowed(value, tile.spill, tile.rounding, tile.overflow)

    def joined(self, addends: Sequence[Fraction]) -> list[Fraction]:
        """The sums of the groups of one tile."""
        order = self.accumulator.order
        if isinstance(order, Pairwise):
            size = order.size
            starts = range(0, len(addends), size)
            return [self._chain(addends[k : k + size]) for k in starts]
        if isinstance(order, Tree):
            return [self._tree(list(addends))]
        return list(addends)

    def _chain(self, group: Sequence[Fraction]) -> Fraction:
        total, *others = group
        for addend in others:
            total = self._node(total + addend)
        return total

    def _tree(self, level: list[Fraction]) -> Fraction:
        while len(level) > 1:
            odd = level.pop() if len(level) % 2 == 1 else None
            level = [self._node(a + b) for a, b in zip(level[::2], level[1::2], strict=True)]
            level += [] if odd is None else [odd]
        return level[0]

    def _node(self, value: Fraction) -> Fraction:
        node = self.accumulator.node
        return value if node is None else self._checked(value, node, "inner node")

    def kept(self, value: Fraction) -> Fraction:
        """What the register keeps of a partial sum."""
        if self.accumulator.format is None:
            return value
        return self._checked(value, self.accumulator.format, "accumulator")

    def _checked(self, value: Fraction, format: Format, place: str) -> Fraction:
        if self.accumulator.check is Check.FINAL:
            return value
        if self.accumulator.check is Check.PER_STEP:
            return self.held(value, format, self.accumulator.overflow)
        bits = format.width - format.signed
        low, high = -(2**bits) if format.signed else 0, 2**bits - 1
        steps = _steps(value, format)
        if not low <= steps <= high:
            raise Misfit(
                Reason.ACCUMULATOR_OVERFLOW,
                f"partial sum {steps} is outside the exact {place} {format} [{low}, {high}]",
            )
        return value

    def held(self, value: Fraction, format: Format, overflow: Overflow) -> Fraction:
        """The word that a register of `format` has in place of a value."""
        word = contained(_steps(value, format), format, overflow) * power(-format.frac)
        self.overflowed = self.overflowed or word != value
        return word

    def _narrowed(
        self, value: Fraction, format: Format, rounding: Rounding, overflow: Overflow
    ) -> Fraction:
        whole = rounded(Rational(value * power(format.frac)), rounding)
        return self.held(whole * power(-format.frac), format, overflow)


def _steps(value: Fraction, format: Format) -> int:
    """A value in steps of a format that holds it without rounding."""
    steps = value * power(format.frac)
    assert steps.denominator == 1
    return steps.numerator

"""Hypothesis strategies of accumulators."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from fxcaps.strategies.words import overflows, roundings
from fxcaps.types import (
    Accumulator,
    BiasAt,
    Check,
    Format,
    Init,
    Order,
    Overflow,
    Pairwise,
    Permutation,
    RoundAt,
    Sequential,
    Tile,
    Tree,
)

Strategy = st.SearchStrategy


def accumulators(
    frac: int,
    max_width: int = 63,
    *,
    terms: int | None = None,
    biased: bool = True,
    inner: bool = False,
    reject: bool = True,
) -> Strategy[Accumulator]:
    """Registers for products of `frac` fraction bits, plain ones half of the time.

    Args:
        frac: of the products.
        max_width: of a register, a node, a narrowed product or a spill.
        terms: number of products, where a permutation of them may be drawn.
        biased: there may be a bias, so that it must not be left out.
        inner: the sum is no output, so that it has neither a half nor more fraction bits.
        reject: also draw exact registers that many sums exceed.
    """
    return (
        st.just(Accumulator())
        | registers(frac, max_width, reject=reject)
        | _elaborate(frac, max_width, terms, biased, inner, reject)
    )


@st.composite
def registers(
    draw: st.DrawFn, frac: int, max_width: int = 63, *, reject: bool = True
) -> Accumulator:
    """Registers of a bounded width, narrow and wide, one product after another."""
    check = draw(st.sampled_from(Check))
    format = draw(_register_formats(frac, max_width, wide=check is Check.EXACT and not reject))
    return Accumulator(format=format, check=check, overflow=draw(overflows(format, reject=False)))


@st.composite
def _register_formats(draw: st.DrawFn, frac: int, max_width: int, *, wide: bool) -> Format:
    ample = st.integers(max(1, max_width * 2 // 3), max_width)
    width = draw(ample if wide else ample | st.integers(1, max_width))
    return Format(draw(st.sampled_from([True, True, True, False])), width, frac)


@st.composite
def _elaborate(
    draw: st.DrawFn,
    frac: int,
    max_width: int,
    terms: int | None,
    biased: bool,
    inner: bool,
    reject: bool,
) -> Accumulator:
    """Registers that round, group, permute, spill, or take the bias in another way."""
    round_at = draw(st.sampled_from(RoundAt))
    check = draw(st.sampled_from(Check))
    wide = check is Check.EXACT and not reject
    fields: dict[str, Any] = {"round_at": round_at, "check": check, "rounding": draw(roundings())}
    addends = frac
    if round_at is RoundAt.PRODUCT:
        addends = frac - draw(st.integers(0 if inner else -2, 12))
        product = draw(_register_formats(addends, max_width, wide=wide))
        fields["product"] = product
        fields["product_overflow"] = draw(overflows(product, reject=False))
    register = addends - (draw(st.integers(0, 12)) if round_at is RoundAt.SUM else 0)
    overflow = Overflow.SATURATE
    if round_at is RoundAt.SUM or check is not Check.EXACT or draw(st.booleans()):
        fields["format"] = draw(_register_formats(register, max_width, wide=wide))
        overflow = draw(overflows(fields["format"], reject=False))
    fields["overflow"] = overflow
    # An inner node handles overflow as its register does, so it needs words for that too.
    least = 2 if overflow is Overflow.SATURATE_SYMMETRIC else 1
    node = None
    if check is not Check.FINAL and draw(st.booleans()):
        drawn = draw(_register_formats(addends, max_width, wide=wide))
        node = Format(drawn.signed, max(drawn.width, least), addends)
    fields["order"] = draw(_orders(node, terms))
    fields["bias_at"] = draw(st.sampled_from(BiasAt))
    refused = {Init.ZERO} if biased else set()
    refused |= {Init.BIAS_AND_HALF} if inner else set()
    fields["init"] = draw(st.sampled_from([init for init in Init if init not in refused]))
    fields["tile"] = draw(st.none() | _tiles(register, fields.get("format"), max_width))
    return Accumulator(**fields)


def _orders(node: Format | None, terms: int | None) -> Strategy[Order]:
    kinds: list[Strategy[Order]] = [
        st.just(Sequential()),
        st.builds(Pairwise, size=st.integers(2, 4), node=st.just(node)),
        st.just(Tree(node=node)),
    ]
    if terms is not None:
        positions = st.permutations(range(terms)).map(tuple)
        kinds.append(st.builds(Permutation, positions=positions))
    return st.one_of(kinds)


@st.composite
def _tiles(draw: st.DrawFn, frac: int, register: Format | None, max_width: int) -> Tile:
    """Tiles whose words, read back, fit the register."""
    drop = draw(st.integers(0, 8))
    if register is None:
        spill = draw(_register_formats(frac - drop, max_width, wide=False))
    else:
        drop = min(drop, register.width - 1)
        width = draw(st.integers(1, register.width - drop))
        spill = Format(register.signed, width, frac - drop)
    return Tile(
        count=draw(st.integers(1, 4)),
        spill=spill,
        rounding=draw(roundings()),
        overflow=draw(overflows(spill, reject=False)),
    )

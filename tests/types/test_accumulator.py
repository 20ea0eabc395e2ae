"""Accumulators: which registers there are."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxcaps.ops.sums import guard_accumulator
from fxcaps.strategies import accumulators
from fxcaps.types import (
    Accumulator,
    Check,
    Format,
    Overflow,
    Pairwise,
    Permutation,
    Reason,
    RoundAt,
    Tile,
    Tree,
)
from tests.support.outcomes import Rejected, rejection_of


def test_default_is_unbounded() -> None:
    """Given no argument, when made, then the register is the unbounded exact integer."""
    assert Accumulator() == Accumulator(format=None, overflow=Overflow.SATURATE, check=Check.EXACT)


@given(st.data(), st.integers(-8, 40), st.integers(1, 5))
def test_drawn_registers_fit_their_products(data: st.DataObject, frac: int, terms: int) -> None:
    """Given a drawn register, when guarded for its products, then it is accepted."""
    register = data.draw(accumulators(frac, terms=terms))
    guard_accumulator(register, frac, terms, "drawn")
    if register.format is not None:
        assert register.format.frac == register.frac(frac)


S8 = Format(True, 8, 0)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Accumulator(format=Format(True, 8, 0), overflow=Overflow.REJECT),
            "an accumulator that rejects overflow is written check=exact",
        ),
        (lambda: Accumulator(check=Check.FINAL), "check=final needs a format"),
        (lambda: Accumulator(check=Check.PER_STEP), "check=per_step needs a format"),
        (
            lambda: Accumulator(format=Format(True, 1, 5), overflow=Overflow.SATURATE_SYMMETRIC),
            "saturate_symmetric has no word but 0 at one signed bit",
        ),
        (
            lambda: Accumulator(format="s16f8"),  # type: ignore[arg-type]
            "format is 's16f8', which is not of its type",
        ),
        (
            lambda: Accumulator(product_overflow=Overflow.REJECT),
            "an accumulator that rejects overflow is written check=exact",
        ),
        (lambda: Accumulator(round_at=RoundAt.SUM), "round_at=sum needs a format"),
        (
            lambda: Accumulator(round_at=RoundAt.PRODUCT),
            "a product format goes with round_at=product, and with nothing else",
        ),
        (
            lambda: Accumulator(product=S8),
            "a product format goes with round_at=product, and with nothing else",
        ),
        (
            lambda: Accumulator(format=S8, check=Check.FINAL, order=Tree(node=S8)),
            "check=final looks at the complete sum only, not at inner nodes",
        ),
        (
            lambda: Accumulator(
                format=S8,
                overflow=Overflow.SATURATE_SYMMETRIC,
                check=Check.PER_STEP,
                order=Pairwise(node=Format(True, 1, 0)),
            ),
            "saturate_symmetric has no word but 0 at one signed bit",
        ),
        (
            lambda: Accumulator(
                tile=Tile(count=2, spill=Format(True, 1, 0), overflow=Overflow.SATURATE_SYMMETRIC)
            ),
            "saturate_symmetric has no word but 0 at one signed bit",
        ),
        (lambda: Accumulator(order=Pairwise(size=1)), "a group has at least 2 products, found 1"),
        (
            lambda: Accumulator(order=Pairwise(size=True)),
            "pairwise.size is True, which is not of its type",
        ),
        (
            lambda: Accumulator(order=Permutation(positions=(0, 2))),
            "a permutation names each of its 2 positions from 0 once",
        ),
        (
            lambda: Accumulator(order=Permutation(positions=(1, 1))),
            "a permutation names each of its 2 positions from 0 once",
        ),
        (
            lambda: Accumulator(tile=Tile(count=0, spill=S8)),
            "a tile has at least 1 product, found 0",
        ),
        (
            lambda: Accumulator(tile=Tile(count=1, spill=S8, overflow=Overflow.REJECT)),
            "a spilled partial sum cannot be rejected",
        ),
        (
            lambda: Accumulator(order="tree"),  # type: ignore[arg-type]
            "order is 'tree', which is not of its type",
        ),
        (
            lambda: Accumulator(overflow="wrap"),  # type: ignore[arg-type]
            "overflow is 'wrap', which is not of its type",
        ),
        (
            lambda: Accumulator(check="exact"),  # type: ignore[arg-type]
            "check is 'exact', which is not of its type",
        ),
    ],
)
def test_no_register(make: Callable[[], Accumulator], message: str) -> None:
    """Given a combination that no register has, when made, then it is rejected."""
    assert rejection_of(make) == Rejected(Reason.PARAMETER_INVALID, f"accumulator: {message}")


@pytest.mark.parametrize("format", [None, Format(False, 1, 5), Format(True, 2, 5)])
def test_symmetric_registers(format: Format | None) -> None:
    """Given symmetric saturation, when there are words besides 0, then it is accepted."""
    register = Accumulator(format=format, overflow=Overflow.SATURATE_SYMMETRIC)
    assert register.overflow is Overflow.SATURATE_SYMMETRIC

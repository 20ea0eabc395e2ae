"""Accumulators: which registers there are."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxcaps.types import Accumulator, Check, Format, Overflow, Reason
from tests.support.outcomes import Rejected, rejection_of
from tests.support.strategies import accumulators


def test_default_is_unbounded() -> None:
    """Given no argument, when made, then the register is the unbounded exact integer."""
    assert Accumulator() == Accumulator(format=None, overflow=Overflow.SATURATE, check=Check.EXACT)


@given(st.integers(-8, 40).flatmap(lambda frac: accumulators(frac).map(lambda a: (frac, a))))
def test_drawn_registers_fit_their_products(drawn: tuple[int, Accumulator]) -> None:
    """Given a drawn register, when it has a format, then its fraction is the products'."""
    frac, register = drawn
    if register.format is None:
        assert register == Accumulator()
    else:
        assert register.format.frac == frac


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

"""Rounding, overflow and the integer stand-in of a root."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxcaps.spec.arithmetic import (
    handle_overflow,
    narrow,
    root_quarters,
    round_quotient,
    scaled,
)
from fxcaps.types import Count, Event, Format, Log, Overflow, Reason, Rounding
from tests.support.outcomes import Rejected, rejection_of
from tests.twin.real import Rational, Root
from tests.twin.rounding import Misfit, contained, rounded

EIGHTHS = range(-24, 25)

TABLE = {
    # of -2.5, -1.75, -1.5, -1.25, -0.5, 0.5, 1.25, 1.5, 1.75, 2.5
    Rounding.FLOOR: [-3, -2, -2, -2, -1, 0, 1, 1, 1, 2],
    Rounding.CEIL: [-2, -1, -1, -1, 0, 1, 2, 2, 2, 3],
    Rounding.TOWARD_ZERO: [-2, -1, -1, -1, 0, 0, 1, 1, 1, 2],
    Rounding.AWAY_FROM_ZERO: [-3, -2, -2, -2, -1, 1, 2, 2, 2, 3],
    Rounding.TIES_TO_POS_INF: [-2, -2, -1, -1, 0, 1, 1, 2, 2, 3],
    Rounding.TIES_TO_NEG_INF: [-3, -2, -2, -1, -1, 0, 1, 1, 2, 2],
    Rounding.TIES_AWAY: [-3, -2, -2, -1, -1, 1, 1, 2, 2, 3],
    Rounding.TIES_TO_ZERO: [-2, -2, -1, -1, 0, 0, 1, 1, 2, 2],
    Rounding.TIES_TO_EVEN: [-2, -2, -2, -1, 0, 0, 1, 2, 2, 2],
    Rounding.TIES_TO_ODD: [-3, -2, -1, -1, -1, 1, 1, 1, 2, 3],
    Rounding.JAM: [-3, -1, -1, -1, -1, 1, 1, 1, 1, 3],
}


@pytest.mark.parametrize("rounding", Rounding)
def test_rounding_by_hand(rounding: Rounding) -> None:
    """Given ten quarters, when rounded, then they are the integers of the published table."""
    quarters = [-10, -7, -6, -5, -2, 2, 5, 6, 7, 10]
    assert [round_quotient(n, 4, rounding) for n in quarters] == TABLE[rounding]


@pytest.mark.parametrize("rounding", Rounding)
def test_every_eighth(rounding: Rounding) -> None:
    """Given all eighths in [-3, 3], when rounded, then each is as the definition says."""
    expected = [rounded(Rational(Fraction(n, 8)), rounding) for n in EIGHTHS]
    assert [round_quotient(n, 8, rounding) for n in EIGHTHS] == expected


@given(st.integers(), st.integers(min_value=1), st.sampled_from(Rounding))
def test_any_quotient(numerator: int, denominator: int, rounding: Rounding) -> None:
    """Given any fraction, when rounded, then it is as the definition says."""
    expected = rounded(Rational(Fraction(numerator, denominator)), rounding)
    assert round_quotient(numerator, denominator, rounding) == expected


@given(st.integers(-50, 50), st.integers(1, 9), st.sampled_from(Rounding))
def test_integers_stay(integer: int, denominator: int, rounding: Rounding) -> None:
    """Given an integer as a fraction, when rounded in any mode, then it stays as it is."""
    assert round_quotient(integer * denominator, denominator, rounding) == integer


@pytest.mark.parametrize("overflow", Overflow)
@pytest.mark.parametrize("signed", [True, False])
@pytest.mark.parametrize("width", [1, 2, 3, 5])
def test_overflow_of_every_integer(overflow: Overflow, signed: bool, width: int) -> None:
    """Given integers to three times the range, when kept, then they are as defined."""
    format = Format(signed, width, 0)

    def expected(value: int) -> int | str:
        try:
            return contained(value, format, overflow)
        except Misfit as misfit:
            return misfit.message

    def found(value: int) -> int | str:
        if overflow is Overflow.REJECT and not format.contains(value):
            rejected = rejection_of(lambda: handle_overflow(value, format, overflow))
            assert rejected.reason is Reason.OUTPUT_OUT_OF_RANGE
            return rejected.message
        return handle_overflow(value, format, overflow)

    reach = range(-3 << width, (3 << width) + 1)
    assert [found(value) for value in reach] == [expected(value) for value in reach]


@pytest.mark.parametrize(
    ("overflow", "words"),
    [
        (Overflow.SATURATE, [-4, -4, -3, 3, 3]),
        (Overflow.WRAP, [3, -4, -3, 3, -4]),
        (Overflow.SATURATE_SYMMETRIC, [-3, -3, -3, 3, 3]),
        (Overflow.SATURATE_TO_ZERO, [0, -4, -3, 3, 0]),
    ],
)
def test_overflow_by_hand(overflow: Overflow, words: list[int]) -> None:
    """Given the ends of s3 and their neighbours, when kept, then by the published table."""
    format = Format(True, 3, 0)
    assert [handle_overflow(value, format, overflow) for value in (-5, -4, -3, 3, 4)] == words


@pytest.mark.parametrize(
    ("numerator", "overflow", "events"),
    [
        (6, Overflow.SATURATE, {}),
        (5, Overflow.SATURATE, {Event.INEXACT: Count(1, 9)}),
        (20, Overflow.SATURATE, {Event.SATURATED: Count(1, 9)}),
        (20, Overflow.SATURATE_TO_ZERO, {Event.SATURATED: Count(1, 9)}),
        (-8, Overflow.SATURATE_SYMMETRIC, {Event.SATURATED: Count(1, 9)}),
        (21, Overflow.WRAP, {Event.INEXACT: Count(1, 9), Event.WRAPPED: Count(1, 9)}),
    ],
)
def test_events_of_a_word(numerator: int, overflow: Overflow, events: dict[Event, Count]) -> None:
    """Given a number of halves, when narrowed into s3, then exactly its events are logged."""
    log = Log()
    narrow(numerator, 2, Format(True, 3, 0), Rounding.TIES_TO_EVEN, overflow, log, 9, "v1")
    assert log.events == ({"v1": events} if events else {})


def test_rejected_word_names_its_place() -> None:
    """Given a carry out of s3, when overflow is reject, then the message names the word."""
    format = Format(True, 3, 0)
    found = rejection_of(
        lambda: narrow(7, 2, format, Rounding.CEIL, Overflow.REJECT, Log(), 5, "s0")
    )
    assert found == Rejected(Reason.OUTPUT_OUT_OF_RANGE, "s0[5]: 4 is outside s3f0 [-4, 3]")


@given(st.integers(), st.integers(min_value=1), st.integers(-80, 80))
def test_scaled_by_a_power_of_two(numerator: int, denominator: int, shift: int) -> None:
    """Given a fraction and a shift, when scaled, then the quotient is the exact product."""
    n, d = scaled(numerator, denominator, shift)
    assert Fraction(n, d) == Fraction(numerator, denominator) * Fraction(2) ** shift


@pytest.mark.parametrize("rounding", Rounding)
def test_root_stand_in_for_small_integers(rounding: Rounding) -> None:
    """Given sqrt(n) / d for n below 200, when its stand-in is rounded, then as the root is."""
    pairs = [(n, d) for n in range(200) for d in range(1, 9)]
    found = [round_quotient(root_quarters(n, d), 4, rounding) for n, d in pairs]
    assert found == [rounded(Root(1, Fraction(n, d * d)), rounding) for n, d in pairs]


@given(st.integers(0, 1 << 80), st.integers(1, 1 << 40), st.integers(-1, 1))
def test_root_stand_in_around_halves(half: int, quotient: int, off: int) -> None:
    """Given sqrt(n) / d next to half an integer, when located, then only equality is exact."""
    numerator, denominator = max((half * quotient) ** 2 + off, 0), 2 * quotient
    value = Root(1, Fraction(numerator, denominator**2))
    quarters = root_quarters(numerator, denominator)
    halves, between = divmod(quarters, 2)
    assert (value.compare(Fraction(halves, 2)) == 0) == (between == 0)
    assert value.compare(Fraction(halves, 2)) >= 0 > value.compare(Fraction(halves + 1, 2))

"""Registers: exact, final and per step."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxcaps.spec.accumulate import Register, accumulate
from fxcaps.strategies import accumulators
from fxcaps.types import Accumulator, Check, Count, Event, Format, Log, Overflow, Reason, Rejection
from tests.support.outcomes import Rejected, rejection_of
from tests.twin.accumulator import accumulated
from tests.twin.nested import power
from tests.twin.rounding import Misfit

S4 = Format(True, 4, 0)
OVERFLOWED = {"out": {Event.ACCUMULATOR_OVERFLOW: Count(1, 3)}}


@pytest.mark.parametrize(
    ("check", "overflow", "kept", "events"),
    [
        (Check.FINAL, Overflow.SATURATE, 6, {}),
        (Check.FINAL, Overflow.WRAP, 6, {}),
        (Check.PER_STEP, Overflow.SATURATE, 3, OVERFLOWED),
        (Check.PER_STEP, Overflow.WRAP, 6, OVERFLOWED),
        (Check.PER_STEP, Overflow.SATURATE_TO_ZERO, -4, OVERFLOWED),
        (Check.PER_STEP, Overflow.SATURATE_SYMMETRIC, 3, OVERFLOWED),
    ],
)
def test_a_partial_sum_overflows(
    check: Check, overflow: Overflow, kept: int, events: dict[str, dict[Event, Count]]
) -> None:
    """Given 5 + 5 - 4, when summed in four bits, then only per-step registers notice."""
    log = Log()
    register = Accumulator(format=S4, check=check, overflow=overflow)
    assert accumulate(5, [5, -4], Register(register, 0, 0), log, 3) == kept
    assert log.events == events


@pytest.mark.parametrize("check", [Check.FINAL, Check.PER_STEP])
def test_the_total_overflows(check: Check) -> None:
    """Given 5 + 5, when summed in four saturating bits, then 7 is kept and it is an event."""
    log = Log()
    register = Accumulator(format=S4, check=check)
    assert accumulate(5, [5], Register(register, 0, 0), log, 3) == 7
    assert log.events == OVERFLOWED


@pytest.mark.parametrize("check", [Check.FINAL, Check.PER_STEP])
def test_a_bias_alone_overflows(check: Check) -> None:
    """Given a bias of 9 and no products, when kept in four bits, then it is an event."""
    log = Log()
    register = Register(Accumulator(format=S4, check=check), 0, 0)
    assert accumulate(9, [], register, log, 3) == 7
    assert log.events == OVERFLOWED


def test_several_overflows_are_one_event_of_a_word() -> None:
    """Given three overflowing additions, when counted, then the word counts once."""
    log = Log()
    register = Accumulator(format=S4, check=Check.PER_STEP)
    assert accumulate(7, [1, 1, 1], Register(register, 0, 0), log, 3) == 7
    assert log.events == OVERFLOWED


def test_no_register_never_overflows() -> None:
    """Given sums of 100 bits, when no register is given, then they are exact and silent."""
    log = Log()
    register = Register(Accumulator(), 0, 0)
    assert accumulate(1 << 100, [1 << 100, -3], register, log, 0) == (1 << 101) - 3
    assert log.events == {}


@pytest.mark.parametrize(
    ("start", "products", "worst"),
    [(9, [-9], 9), (5, [5, -4], 10), (-5, [-4, 1], -9), (0, [7, 1, 7], 8)],
)
def test_exact_rejects_the_first_partial_sum_outside(
    start: int, products: list[int], worst: int
) -> None:
    """Given a partial sum beyond four bits, when exact, then the first such one is named."""
    found = rejection_of(
        lambda: accumulate(start, products, Register(Accumulator(format=S4), 0, 0), Log(), 2, "a1")
    )
    assert found == Rejected(
        Reason.ACCUMULATOR_OVERFLOW,
        f"a1[2]: partial sum {worst} is outside the exact accumulator s4f0 [-8, 7]",
    )


def test_exact_holds_its_ends() -> None:
    """Given sums that reach both ends of s4, when exact, then nothing is rejected or logged."""
    log = Log()
    register = Register(Accumulator(format=S4), 0, 0)
    assert accumulate(-8, [15, -15], register, log, 0) == -8
    assert log.events == {}


@given(st.data(), st.integers(0, 9), st.integers(-3, 12), st.integers(-3, 14))
def test_equals_twin(data: st.DataObject, terms: int, frac: int, out: int) -> None:
    """Given any sum and register, when accumulated, then register and event are the twin's."""
    bias = data.draw(st.integers(-200, 200))
    words = st.integers(-100, 100)
    products = data.draw(st.lists(words, min_size=terms, max_size=terms))
    accumulator = data.draw(accumulators(frac, 12, terms=terms))
    register = Register(accumulator, frac, out)
    log = Log()
    expected: tuple[Fraction | Rejected, bool]
    try:
        expected = accumulated(
            bias * power(-register.frac),
            [product * power(-frac) for product in products],
            accumulator,
            frac,
            out,
        )
    except Misfit as misfit:
        expected = Rejected(misfit.reason, f"out[0]: {misfit.message}"), False
    found: Fraction | Rejected
    try:
        found = accumulate(bias, products, register, log, 0) * power(-register.frac)
    except Rejection as rejection:
        found = Rejected(rejection.reason, rejection.message)
    assert (found, bool(log.events)) == expected
    assert not log.events or log.events == {"out": {Event.ACCUMULATOR_OVERFLOW: Count(1, 0)}}

"""divide: the quotient of two tensors of any formats."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given

from fxcaps.ops import OPERATIONS, DivideExact, DivideReciprocal, ZeroDivisor
from fxcaps.strategies import Case, calls
from fxcaps.types import Count, Event, Format, Overflow, Reason, Rounding, Tensor
from tests.support.build import call, tensor
from tests.support.outcomes import Rejected, rejection_of, spec_outcome, twin_outcome
from tests.twin import Outcome

KEPT = [mode for mode in Overflow if mode is not Overflow.REJECT]


@pytest.mark.parametrize("algorithm", ["exact", "reciprocal"])
def test_equals_twin(algorithm: str) -> None:
    """Given any call, when computed by specification and twin, then words and events agree."""

    @given(calls("divide", algorithm))
    def check(called: Case) -> None:
        assert spec_outcome("divide", called) == twin_outcome("divide", called)

    check()


def pairs(a: Format, b: Format) -> dict[str, Tensor]:
    """Every word of `a` by every word of `b`."""
    both = list(itertools.product(range(a.min, a.max + 1), range(b.min, b.max + 1)))
    shape = (len(both),)
    return {
        "a": Tensor(shape, a, [x for x, _ in both]),
        "b": Tensor(shape, b, [y for _, y in both]),
    }


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("overflow", KEPT)
def test_every_pair_of_small_words(rounding: Rounding, overflow: Overflow) -> None:
    """Given all pairs of four-bit words, when divided to several fractions, then as the twin."""
    params = DivideExact(rounding=rounding, overflow=overflow, zero_divisor=ZeroDivisor.SATURATE)
    for sign_a, sign_b, frac in itertools.product([True, False], [True, False], [-2, 0, 3]):
        inputs = pairs(Format(sign_a, 4, 1), Format(sign_b, 4, 2))
        called = Case(params, inputs, {"out": Format(True, 5, frac)})
        assert spec_outcome("divide", called) == twin_outcome("divide", called)


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("overflow", KEPT)
def test_every_pair_by_reciprocal(rounding: Rounding, overflow: Overflow) -> None:
    """Given all pairs of four-bit words, when multiplied by reciprocals, then as the twin."""
    for signed, width, frac in itertools.product([True, False], [3, 6], [-1, 2, 6]):
        params = DivideReciprocal(
            reciprocal=Format(signed, width, frac),
            reciprocal_rounding=rounding,
            reciprocal_overflow=overflow,
            zero_divisor=ZeroDivisor.CONSTANT,
            zero_word=-7,
        )
        inputs = pairs(Format(True, 4, 1), Format(True, 4, 2))
        called = Case(params, inputs, {"out": Format(True, 6, 2)})
        assert spec_outcome("divide", called) == twin_outcome("divide", called)


def restoring(dividend: int, divisor: int, bits: int) -> int:
    """A restoring divider: magnitudes, one quotient bit a step, the sign set at the end."""
    rest, quotient = abs(dividend), 0
    for place in reversed(range(bits)):
        if rest >= abs(divisor) << place:
            rest -= abs(divisor) << place
            quotient |= 1 << place
    return -quotient if (dividend < 0) != (divisor < 0) else quotient


@pytest.mark.parametrize("bits", [1, 2, 4, 7])
def test_a_restoring_divider_is_the_exact_one(bits: int) -> None:
    """Given all pairs of five-bit words, when divided bit by bit, then as stated on the page."""
    params = DivideExact(
        rounding=Rounding.TOWARD_ZERO,
        overflow=Overflow.SATURATE_SYMMETRIC,
        zero_divisor=ZeroDivisor.SATURATE,
    )
    for shift in (0, 3):  # fraction bits of the quotient, appended to the dividend
        inputs = pairs(Format(True, 5, 0), Format(True, 5, 0))
        found = spec_outcome("divide", Case(params, inputs, {"out": Format(True, bits + 1, shift)}))
        both = zip(inputs["a"].words, inputs["b"].words, strict=True)
        assert isinstance(found, Outcome)
        assert list(found.outputs["out"].words) == [restoring(x << shift, y, bits) for x, y in both]


@pytest.mark.parametrize(
    ("overflow", "word", "event"),
    [
        (Overflow.SATURATE, 127, Event.SATURATED),
        (Overflow.SATURATE_SYMMETRIC, 127, Event.SATURATED),
        (Overflow.WRAP, -128, Event.WRAPPED),
        (Overflow.SATURATE_TO_ZERO, 0, Event.SATURATED),
    ],
)
def test_the_smallest_word_by_minus_one(overflow: Overflow, word: int, event: Event) -> None:
    """Given -128 / -1 in eight bits, when 128 does not fit, then overflow decides."""
    called = call(
        DivideExact(overflow=overflow), "s8f0", a=tensor("s8f0", [-128]), b=tensor("s8f0", [-1])
    )
    assert spec_outcome("divide", called) == Outcome(
        {"out": tensor("s8f0", [word])}, {"out": {event: Count(1, 0)}}
    )


def test_out_of_range_is_rejected() -> None:
    """Given -128 / -1, when overflow is reject, then the quotient is named."""
    params = DivideExact(overflow=Overflow.REJECT)
    called = call(params, "s8f0", a=tensor("s8f0", [4, -128]), b=tensor("s8f0", [2, -1]))
    assert spec_outcome("divide", called) == Rejected(
        Reason.OUTPUT_OUT_OF_RANGE, "out[1]: 128 is outside s8f0 [-128, 127]"
    )


def test_zero_divisors_are_rejected_by_default() -> None:
    """Given a zero, when divided by, then the place and the dividend are named."""
    for params in (DivideExact(), DivideReciprocal(reciprocal=Format(True, 8, 7))):
        called = call(params, "s8f0", a=tensor("s8f0", [7, -5]), b=tensor("s8f0", [2, 0]))
        assert spec_outcome("divide", called) == Rejected(
            Reason.DIVISION_BY_ZERO, "out[1]: -5 is divided by 0"
        )


@pytest.mark.parametrize(
    ("overflow", "words"),
    [
        (Overflow.SATURATE, [127, -128, 127]),
        (Overflow.WRAP, [127, -128, 127]),
        (Overflow.SATURATE_SYMMETRIC, [127, -127, 127]),
    ],
)
def test_zero_divisors_that_saturate(overflow: Overflow, words: list[int]) -> None:
    """Given 7/0, -5/0 and 0/0, when they saturate, then the dividend's sign chooses the end."""
    params = DivideExact(overflow=overflow, zero_divisor=ZeroDivisor.SATURATE)
    called = call(params, "s8f0", a=tensor("s8f0", [7, -5, 0]), b=tensor("s8f0", [0, 0, 0]))
    assert spec_outcome("divide", called) == Outcome(
        {"out": tensor("s8f0", words)}, {"out": {Event.SATURATED: Count(3, 0)}}
    )


def test_zero_divisors_that_give_a_word() -> None:
    """Given a constant, when divided by zero, then it stands there and nothing happened."""
    params = DivideExact(zero_divisor=ZeroDivisor.CONSTANT, zero_word=-3)
    called = call(params, "s8f0", a=tensor("s8f0", [7, 6]), b=tensor("s8f0", [0, 3]))
    assert spec_outcome("divide", called) == Outcome({"out": tensor("s8f0", [-3, 2])}, {})


def test_a_reciprocal_rounds_twice() -> None:
    """Given 9 / 3 by a floored third, when multiplied and floored, then 2, not 3."""
    params = DivideReciprocal(
        reciprocal=Format(False, 8, 8),
        reciprocal_rounding=Rounding.FLOOR,
        rounding=Rounding.FLOOR,
    )
    called = call(params, "s8f0", a=tensor("s8f0", [9]), b=tensor("s8f0", [3]))
    assert spec_outcome("divide", called) == Outcome(
        {"out": tensor("s8f0", [2])}, {"out": {Event.INEXACT: Count(1, 0)}}
    )


def test_a_reciprocal_that_does_not_fit() -> None:
    """Given 1/1 in no integer bit, when it rejects, then the word is named."""
    params = DivideReciprocal(reciprocal=Format(False, 8, 8), reciprocal_overflow=Overflow.REJECT)
    called = call(params, "s8f0", a=tensor("s8f0", [9, 9]), b=tensor("s8f0", [3, 1]))
    assert spec_outcome("divide", called) == Rejected(
        Reason.OUTPUT_OUT_OF_RANGE, "out[1]: reciprocal: 256 is outside u8f8 [0, 255]"
    )


def test_shapes_must_be_equal() -> None:
    """Given shapes that would broadcast, when divided, then they are rejected."""
    called = call(DivideExact(), "s4f0", a=tensor("s4f0", [[1, 2]]), b=tensor("s4f0", [1, 2]))
    assert spec_outcome("divide", called) == Rejected(
        Reason.SHAPE_MISMATCH, "divide needs equal shapes, found (1, 2) and (2,)"
    )


def test_the_constant_is_a_word_of_the_output() -> None:
    """Given a constant of nine bits, when eight hold the output, then it is rejected."""
    params = DivideExact(zero_divisor=ZeroDivisor.CONSTANT, zero_word=128)
    called = call(params, "s8f0", a=tensor("s8f0", [1]), b=tensor("s8f0", [1]))
    assert spec_outcome("divide", called) == Rejected(
        Reason.PARAMETER_INVALID, "divide: zero_word 128 is outside out s8f0 [-128, 127]"
    )


def test_parameters_outside_their_set() -> None:
    """Given a word without its rule, or a format without words, when made, then rejected."""
    assert rejection_of(lambda: DivideExact(zero_word=1)) == Rejected(
        Reason.PARAMETER_INVALID,
        "divide exact: zero_word 1 is for zero_divisor=constant, found reject",
    )
    assert rejection_of(
        lambda: DivideReciprocal(
            reciprocal=Format(True, 1, 0), reciprocal_overflow=Overflow.SATURATE_SYMMETRIC
        )
    ) == Rejected(
        Reason.PARAMETER_INVALID,
        "divide reciprocal: reciprocal: saturate_symmetric needs at least 2 signed bits",
    )


@pytest.mark.parametrize(
    ("params", "b", "ports"),
    [
        (DivideExact(), "u8f0", {"out"}),
        (DivideExact(), "s8f0", set()),
        (DivideExact(zero_divisor=ZeroDivisor.CONSTANT, zero_word=-1), "u8f0", set()),
        (DivideReciprocal(reciprocal=Format(True, 8, 7)), "u8f0", {"out"}),
        (
            DivideReciprocal(reciprocal=Format(True, 8, 7), reciprocal_overflow=Overflow.WRAP),
            "u8f0",
            set(),
        ),
    ],
)
def test_sign_of_the_output(
    params: DivideExact | DivideReciprocal, b: str, ports: set[str]
) -> None:
    """Given unsigned dividends, when asked, then a sign comes from parameters alone."""
    formats = {"a": Format(False, 8, 0), "b": Format.parse(b)}
    assert OPERATIONS["divide"].nonnegative(params, formats) == ports

"""length: the Euclidean length of capsules."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given

from fxcaps.ops import Length
from fxcaps.strategies import Case, calls
from fxcaps.types import (
    Accumulator,
    Check,
    Count,
    Event,
    Format,
    Overflow,
    Reason,
    Rounding,
    Tensor,
)
from tests.support.build import call, tensor
from tests.support.outcomes import Rejected, spec_outcome, twin_outcome
from tests.twin import Outcome


@given(calls("length"))
def test_equals_twin(called: Case) -> None:
    """Given any call, when computed by specification and twin, then words and events agree."""
    assert spec_outcome("length", called) == twin_outcome("length", called)


@pytest.mark.parametrize("rounding", Rounding)
def test_every_small_vector(rounding: Rounding) -> None:
    """Given all pairs of four-bit words and several fractions, when measured, then as twin."""
    for signed, frac, frac_out in itertools.product([True, False], [-1, 0, 3], [-1, 0, 2, 4]):
        x = Format(signed, 4, frac)
        pairs = itertools.product(range(x.min, x.max + 1), repeat=2)
        vectors = Tensor((256, 2), x, [word for pair in pairs for word in pair])
        params = Length(rounding=rounding, overflow=Overflow.WRAP)
        called = Case(params, {"x": vectors}, {"out": Format(False, 4, frac_out)})
        assert spec_outcome("length", called) == twin_outcome("length", called)


def test_around_squares() -> None:
    """Given sums of squares n*n - 1, n*n and n*n + 1, when measured, then the floor is right."""
    # 8 * 8 - 1 = 36 + 9 + 9 + 9, 8 * 8 = 4 * 16, 8 * 8 + 1 = 49 + 16
    x = tensor("s8f0", [[6, 3, 3, 3], [-4, 4, 4, -4], [7, 4, 0, 0], [0, 0, 0, 0]])
    assert spec_outcome("length", call(Length(), "u8f0", x=x)) == Outcome(
        {"out": tensor("u8f0", [7, 8, 8, 0])}, {"out": {Event.INEXACT: Count(2, 0)}}
    )


@pytest.mark.parametrize(
    ("rounding", "words"),
    [
        (Rounding.TIES_TO_EVEN, [2, 4, 1, 3]),
        (Rounding.TIES_TO_ODD, [3, 3, 1, 3]),
        (Rounding.TIES_TO_ZERO, [2, 3, 1, 3]),
        (Rounding.TIES_AWAY, [3, 4, 1, 3]),
    ],
)
def test_ties_are_rational_lengths(rounding: Rounding, words: list[int]) -> None:
    """Given lengths 2.5, 3.5, sqrt(2) and sqrt(8.5), when rounded, then two are ties."""
    x = tensor("s8f1", [[3, 4, 0], [6, 3, 2], [2, 2, 0], [5, 3, 0]])
    assert spec_outcome("length", call(Length(rounding=rounding), "u8f0", x=x)) == Outcome(
        {"out": tensor("u8f0", words)}, {"out": {Event.INEXACT: Count(4, 0)}}
    )


def test_length_out_of_range_is_rejected() -> None:
    """Given a length of 5, when u2 must hold it by reject, then the word is named."""
    called = call(Length(overflow=Overflow.REJECT), "u2f0", x=tensor("s4f0", [[1, 0], [3, 4]]))
    assert spec_outcome("length", called) == Rejected(
        Reason.OUTPUT_OUT_OF_RANGE, "out[1]: 5 is outside u2f0 [0, 3]"
    )


@pytest.mark.parametrize("shape", [(), (3, 0)])
def test_a_vector_has_components(shape: tuple[int, ...]) -> None:
    """Given no last axis, or an empty one, when measured, then it is rejected."""
    x = Tensor(shape, Format(True, 4, 0), [] if shape else [1])
    assert spec_outcome("length", call(Length(), "u4f0", x=x)) == Rejected(
        Reason.SHAPE_MISMATCH, f"length needs a non-empty last axis, found {shape}"
    )


@pytest.mark.parametrize("check", [Check.FINAL, Check.PER_STEP])
@pytest.mark.parametrize("overflow", [Overflow.SATURATE, Overflow.WRAP])
@pytest.mark.parametrize("signed", [True, False])
def test_every_small_vector_in_a_narrow_register(
    signed: bool, overflow: Overflow, check: Check
) -> None:
    """Given all pairs of four-bit words, when their register overflows, then as the twin."""
    x = Format(True, 4, -1)
    pairs = itertools.product(range(x.min, x.max + 1), repeat=2)
    vectors = Tensor((256, 2), x, [word for pair in pairs for word in pair])
    accumulator = Accumulator(format=Format(signed, 6, -2), overflow=overflow, check=check)
    called = call(Length(accumulator=accumulator), "u8f1", x=vectors)
    assert spec_outcome("length", called) == twin_outcome("length", called)


def test_a_negative_register_has_length_zero() -> None:
    """Given 128 in eight bits that wrap, when its root is taken, then of 0, not of -128."""
    register = Format(True, 8, 0)
    accumulator = Accumulator(format=register, overflow=Overflow.WRAP, check=Check.FINAL)
    called = call(Length(accumulator=accumulator), "u8f0", x=tensor("s8f0", [[3, 4], [8, 8]]))
    assert spec_outcome("length", called) == Outcome(
        {"out": tensor("u8f0", [5, 0])}, {"out": {Event.ACCUMULATOR_OVERFLOW: Count(1, 1)}}
    )


def test_an_exact_register_rejects() -> None:
    """Given an exact register of eight bits, when a sum is 128, then the vector is named."""
    params = Length(accumulator=Accumulator(format=Format(True, 8, 0)))
    called = call(params, "u8f0", x=tensor("s8f0", [[1, 1], [8, 8]]))
    assert spec_outcome("length", called) == Rejected(
        Reason.ACCUMULATOR_OVERFLOW,
        "out[1]: partial sum 128 is outside the exact accumulator s8f0 [-128, 127]",
    )

"""isqrt: the integer square root of single words."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given

from fxcaps.ops import Isqrt
from fxcaps.strategies import Case, calls
from fxcaps.types import Count, Event, Format, Overflow, Reason, Tensor
from tests.support.build import call, tensor
from tests.support.outcomes import Rejected, spec_outcome, twin_outcome
from tests.twin import Outcome

ROOTS = [1, 2, 3, 7, 8, 255, 256, 257, 46340, 46341, 65535, (1 << 40) - 1, 1 << 40]


@given(calls("isqrt"))
def test_equals_twin(called: Case) -> None:
    """Given any call, when computed by specification and twin, then words and events agree."""
    assert spec_outcome("isqrt", called) == twin_outcome("isqrt", called)


@pytest.mark.parametrize("overflow", [mode for mode in Overflow if mode is not Overflow.REJECT])
def test_every_small_word(overflow: Overflow) -> None:
    """Given all words of seven bits and several fractions, when rooted, then as the twin."""
    for frac, frac_out in itertools.product([-3, -2, 0, 1, 4, 5], [-2, -1, 0, 1, 3]):
        x = Tensor((128,), Format(False, 7, frac), range(128))
        called = Case(Isqrt(overflow=overflow), {"x": x}, {"out": Format(True, 4, frac_out)})
        assert spec_outcome("isqrt", called) == twin_outcome("isqrt", called)


def test_around_squares() -> None:
    """Given n * n - 1, n * n and n * n + 1, when rooted, then n - 1, n and n; one exact."""
    for n in ROOTS:
        x = tensor("u90f0", [n * n - 1, n * n, n * n + 1])
        expected = Outcome(
            {"out": tensor("u45f0", [n - 1, n, n])},
            {"out": {Event.INEXACT: Count(2 if n > 1 else 1, 0 if n > 1 else 2)}},
        )
        assert spec_outcome("isqrt", call(Isqrt(), "u45f0", x=x)) == expected


def test_dropped_bits_make_a_root_inexact() -> None:
    """Given 16 and 17, when rooted to units of 4, then 1 and 1, the second inexact."""
    assert spec_outcome("isqrt", call(Isqrt(), "u4f-2", x=tensor("u8f0", [16, 17]))) == Outcome(
        {"out": tensor("u4f-2", [1, 1])}, {"out": {Event.INEXACT: Count(1, 1)}}
    )


@pytest.mark.parametrize(
    ("overflow", "words", "event"),
    [
        (Overflow.SATURATE, [3, 3], Event.SATURATED),
        (Overflow.WRAP, [3, -4], Event.WRAPPED),
        (Overflow.SATURATE_TO_ZERO, [3, 0], Event.SATURATED),
    ],
)
def test_root_that_does_not_fit(overflow: Overflow, words: list[int], event: Event) -> None:
    """Given 9 and 16, when rooted into three signed bits, then 4 overflows."""
    called = call(Isqrt(overflow=overflow), "s3f0", x=tensor("u8f0", [9, 16]))
    assert spec_outcome("isqrt", called) == Outcome(
        {"out": tensor("s3f0", words)}, {"out": {event: Count(1, 1)}}
    )


def test_root_out_of_range_is_rejected() -> None:
    """Given 16, when s3 must hold its root by reject, then the word is named."""
    called = call(Isqrt(overflow=Overflow.REJECT), "s3f0", x=tensor("u8f0", [9, 16]))
    assert spec_outcome("isqrt", called) == Rejected(
        Reason.OUTPUT_OUT_OF_RANGE, "out[1]: 4 is outside s3f0 [-4, 3]"
    )


def test_negative_word_is_rejected() -> None:
    """Given a negative word, when rooted, then it is named with its index."""
    called = call(Isqrt(), "u4f0", x=tensor("s8f3", [[4, 0], [9, -1]]))
    assert spec_outcome("isqrt", called) == Rejected(Reason.NEGATIVE_ROOT, "x[3] is -1")

"""agreement: how well each vote points where its output capsule points."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given

from fxcaps.ops import Agreement
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


@given(calls("agreement"))
def test_equals_twin(called: Case) -> None:
    """Given any call, when computed by specification and twin, then words and events agree."""
    assert spec_outcome("agreement", called) == twin_outcome("agreement", called)


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("check", [Check.FINAL, Check.PER_STEP])
def test_every_pair_of_small_vectors(rounding: Rounding, check: Check) -> None:
    """Given all votes and capsules of two 2-bit words, when multiplied, then as the twin."""
    format = Format(True, 2, 1)
    vectors = list(itertools.product(range(-2, 2), repeat=2))
    capsules = [word for vector in vectors for word in vector]
    votes = [word for vector in vectors for _ in vectors for word in vector]
    inputs = {
        "votes": Tensor((16, 16, 2), format, votes),
        "v": Tensor((16, 2), format, capsules),
    }
    register = Accumulator(format=Format(True, 4, 2), check=check, overflow=Overflow.WRAP)
    params = Agreement(accumulator=register, rounding=rounding)
    called = Case(params, inputs, {"out": Format(True, 2, 1)})
    assert spec_outcome("agreement", called) == twin_outcome("agreement", called)


def test_by_hand() -> None:
    """Given votes (I, J, D) and capsules (J, D), when multiplied, then a is (I, J)."""
    votes = tensor("s8f0", [[[1, 2], [3, 4]], [[5, 6], [7, 8]], [[-1, 0], [0, -1]]])
    v = tensor("s8f0", [[1, 10], [-1, 3]])
    assert spec_outcome("agreement", call(Agreement(), "s8f0", votes=votes, v=v)) == Outcome(
        {"out": tensor("s8f0", [[21, 9], [65, 17], [-1, -3]])}, {}
    )


def test_components_are_added_in_order() -> None:
    """Given sums that saturate on the way, when added per step, then the order shows."""
    register = Accumulator(format=Format(True, 4, 0), check=Check.PER_STEP)
    called = call(
        Agreement(accumulator=register),
        "s8f0",
        votes=tensor("s4f0", [[[7, 7, -7]], [[7, -7, 7]]]),
        v=tensor("s4f0", [[1, 1, 1]]),
    )
    assert spec_outcome("agreement", called) == Outcome(
        {"out": tensor("s8f0", [[0], [7]])},
        {"out": {Event.ACCUMULATOR_OVERFLOW: Count(1, 0)}},
    )


def test_exact_accumulator_overflow_is_rejected() -> None:
    """Given a product beyond an exact register, when summed, then the word is named."""
    called = call(
        Agreement(accumulator=Accumulator(format=Format(True, 4, 0))),
        "s8f0",
        votes=tensor("s4f0", [[[2], [3]]]),
        v=tensor("s4f0", [[3], [-3]]),
    )
    assert spec_outcome("agreement", called) == Rejected(
        Reason.ACCUMULATOR_OVERFLOW,
        "out[1]: partial sum -9 is outside the exact accumulator s4f0 [-8, 7]",
    )


def test_agreement_out_of_range_is_rejected() -> None:
    """Given an agreement of -9, when s4 must hold it by reject, then the word is named."""
    called = call(
        Agreement(overflow=Overflow.REJECT),
        "s4f0",
        votes=tensor("s4f0", [[[2], [3]]]),
        v=tensor("s4f0", [[3], [-3]]),
    )
    assert spec_outcome("agreement", called) == Rejected(
        Reason.OUTPUT_OUT_OF_RANGE, "out[1]: -9 is outside s4f0 [-8, 7]"
    )

"""weighted_sum: votes weighted by coupling coefficients."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given

from fxcaps.ops import WeightedSum
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

VOTES = tensor(
    "s8f0",
    [[[1, 2], [3, 4], [5, 6], [7, 8]], [[-1, -2], [10, 20], [30, 40], [50, 60]]],
)


@given(calls("weighted_sum"))
def test_equals_twin(called: Case) -> None:
    """Given any call, when computed by specification and twin, then words and events agree."""
    assert spec_outcome("weighted_sum", called) == twin_outcome("weighted_sum", called)


@pytest.mark.parametrize("check", Check)
@pytest.mark.parametrize("rounding", Rounding)
def test_every_pair_of_small_words(rounding: Rounding, check: Check) -> None:
    """Given all couplings and votes of two capsules in two bits, when summed, then as twin."""
    c, votes = Format(False, 2, 2), Format(True, 2, 1)
    pairs = list(itertools.product(itertools.product(range(4), range(-2, 2)), repeat=2))
    inputs = {
        "c": Tensor((2, 256), c, [pair[i][0] for i in (0, 1) for pair in pairs]),
        "votes": Tensor((2, 256, 1), votes, [pair[i][1] for i in (0, 1) for pair in pairs]),
        "bias": Tensor((4, 1), votes, [-2, -1, 0, 1]),
    }
    register = Accumulator(format=Format(True, 6 if check is Check.EXACT else 4, 3), check=check)
    called = Case(
        WeightedSum(rounding=rounding, accumulator=register),
        inputs,
        {"out": Format(True, 2, 1)},
    )
    assert spec_outcome("weighted_sum", called) == twin_outcome("weighted_sum", called)


@pytest.mark.parametrize(
    ("c", "bias", "words"),
    [
        (
            [[1, 2, 3, 4], [5, 6, 7, -8]],
            [[100, 200], [300, 400], [500, 0], [0, 0]],
            [[96, 192], [366, 528], [725, 298], [-372, -448]],
        ),
        ([[1, 2], [5, 6]], [[100, 200]], [[96, 192], [166, 328], [255, 406], [414, 576]]),
        ([[2], [3]], [[0, 0], [1000, 0]], [[-1, -2], [1036, 68], [100, 132], [1164, 196]]),
    ],
)
def test_shared_couplings_and_biases(
    c: list[list[int]], bias: list[list[int]], words: list[list[int]]
) -> None:
    """Given fewer couplings or biases than capsules, when summed, then j uses j mod theirs."""
    called = call(
        WeightedSum(),
        "s16f0",
        c=tensor("s4f0", c),
        votes=VOTES,
        bias=tensor("s12f0", bias),
    )
    assert spec_outcome("weighted_sum", called) == Outcome({"out": tensor("s16f0", words)}, {})


def test_without_bias() -> None:
    """Given no bias, when summed, then the register starts at zero."""
    called = call(WeightedSum(), "s16f0", c=tensor("u4f0", [[1], [2]]), votes=VOTES)
    assert spec_outcome("weighted_sum", called) == Outcome(
        {"out": tensor("s16f0", [[-1, -2], [23, 44], [65, 86], [107, 128]])}, {}
    )


def test_bias_enters_first_and_capsules_follow_in_order() -> None:
    """Given sums that saturate on the way, when added per step, then the order shows."""
    register = Accumulator(format=Format(True, 4, 0), check=Check.PER_STEP)
    called = call(
        WeightedSum(accumulator=register),
        "s8f0",
        c=tensor("s4f0", [[1], [1], [1]]),
        votes=tensor("s4f0", [[[7, -7]], [[-7, 7]], [[1, 1]]]),
        bias=tensor("s4f0", [[3, 3]]),
    )
    assert spec_outcome("weighted_sum", called) == Outcome(
        {"out": tensor("s8f0", [[1, 4]])},
        {"out": {Event.ACCUMULATOR_OVERFLOW: Count(1, 0)}},
    )


def test_exact_accumulator_overflow_is_rejected() -> None:
    """Given a bias that an exact register cannot hold, when summed, then it is rejected."""
    called = call(
        WeightedSum(accumulator=Accumulator(format=Format(True, 4, 1))),
        "s8f0",
        c=tensor("s4f1", [[1]]),
        votes=tensor("s4f0", [[[1, 1]]]),
        bias=tensor("s4f0", [[3, 4]]),
    )
    assert spec_outcome("weighted_sum", called) == Rejected(
        Reason.ACCUMULATOR_OVERFLOW,
        "out[1]: partial sum 8 is outside the exact accumulator s4f1 [-8, 7]",
    )


def test_sum_out_of_range_is_rejected() -> None:
    """Given a sum of 9, when s4 must hold it by reject, then the word is named."""
    called = call(
        WeightedSum(overflow=Overflow.REJECT),
        "s4f0",
        c=tensor("s4f0", [[3]]),
        votes=tensor("s4f0", [[[1, 3]]]),
    )
    assert spec_outcome("weighted_sum", called) == Rejected(
        Reason.OUTPUT_OUT_OF_RANGE, "out[1]: 9 is outside s4f0 [-8, 7]"
    )

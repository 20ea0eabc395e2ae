"""votes: each input capsule's prediction of each output capsule."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given

from fxcaps.ops import Votes
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


@given(calls("votes"))
def test_equals_twin(called: Case) -> None:
    """Given any call, when computed by specification and twin, then words and events agree."""
    assert spec_outcome("votes", called) == twin_outcome("votes", called)


@pytest.mark.parametrize("rounding", Rounding)
def test_every_pair_of_small_vectors(rounding: Rounding) -> None:
    """Given all capsules and weight rows of two 2-bit words, when multiplied, then as twin."""
    words, format = range(-2, 2), Format(True, 2, 1)
    vectors = list(itertools.product(words, repeat=2))
    rows = [word for _ in vectors for row in vectors for word in row]
    inputs = {
        "u": Tensor((16, 2), format, [word for vector in vectors for word in vector]),
        "weight": Tensor((16, 4, 4, 2), format, rows),
    }
    register = Accumulator(format=Format(True, 4, 2), check=Check.PER_STEP)
    params = Votes(accumulator=register, rounding=rounding, overflow=Overflow.WRAP)
    called = Case(params, inputs, {"out": Format(True, 2, 1)})
    assert spec_outcome("votes", called) == twin_outcome("votes", called)


@pytest.mark.parametrize("matrices", [1, 2, 3, 6])
def test_shared_matrices(matrices: int) -> None:
    """Given matrices that capsules share, when written out for each, then the votes are equal."""
    u = tensor("s6f3", [[7 * i % 64 - 32, 23 * i % 64 - 32] for i in range(6)])
    rows = [[5 * r % 16 - 8, 11 * r % 16 - 8] for r in range(matrices * 6)]
    stored = [[rows[6 * i + 2 * j :][:2] for j in range(3)] for i in range(matrices)]
    written = [stored[i % matrices] for i in range(6)]
    made = [
        spec_outcome("votes", call(Votes(), "s5f3", u=u, weight=tensor("s4f2", weight)))
        for weight in (stored, written)
    ]
    assert made[0] == made[1]
    assert isinstance(made[0], Outcome)
    assert made[0].outputs["out"].shape == (6, 3, 2)
    assert len(set(made[0].outputs["out"].words)) > 5


def test_axes_of_the_weight() -> None:
    """Given W (I, J, D_out, D_in), when multiplied, then vote[i, j] = W[i, j] @ u[i]."""
    u = tensor("s8f0", [[1, 10], [100, -1]])
    weight = tensor("s4f0", [[[[1, 2], [3, 4], [5, 6]]], [[[7, 1], [2, 3], [4, -5]]]])
    assert spec_outcome("votes", call(Votes(), "s16f0", u=u, weight=weight)) == Outcome(
        {"out": tensor("s16f0", [[[21, 43, 65]], [[699, 197, 405]]])}, {}
    )


def test_rounds_and_counts_after_the_sum() -> None:
    """Given 1/4 + 1/4 and 1/4 + 0, when voted at one bit, then only the second is inexact."""
    u, weight = tensor("s4f1", [[1, 1]]), tensor("s4f1", [[[[1, 1], [1, 0]]]])
    assert spec_outcome("votes", call(Votes(), "s4f1", u=u, weight=weight)) == Outcome(
        {"out": tensor("s4f1", [[[1, 1]]])}, {"out": {Event.INEXACT: Count(1, 1)}}
    )


def test_exact_accumulator_overflow_is_rejected() -> None:
    """Given a partial sum that leaves an exact register and returns, then it is rejected."""
    params = Votes(accumulator=Accumulator(format=Format(True, 4, 0)))
    u, weight = tensor("s4f0", [[4, 4]]), tensor("s4f0", [[[[1, 1], [2, -2]]]])
    assert spec_outcome("votes", call(params, "s8f0", u=u, weight=weight)) == Rejected(
        Reason.ACCUMULATOR_OVERFLOW,
        "out[0]: partial sum 8 is outside the exact accumulator s4f0 [-8, 7]",
    )


def test_vote_out_of_range_is_rejected() -> None:
    """Given a vote of -9, when s4 must hold it by reject, then the word is named."""
    u, weight = tensor("s4f0", [[3]]), tensor("s4f0", [[[[1]], [[-3]]]])
    called = call(Votes(overflow=Overflow.REJECT), "s4f0", u=u, weight=weight)
    assert spec_outcome("votes", called) == Rejected(
        Reason.OUTPUT_OUT_OF_RANGE, "out[1]: -9 is outside s4f0 [-8, 7]"
    )

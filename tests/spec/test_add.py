"""add: the sum of two tensors of any formats."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given

from fxcaps.ops import Add, Requantize
from fxcaps.types import Count, Event, Format, Overflow, Reason, Rounding, Tensor
from tests.support.build import call, tensor
from tests.support.cases import Case, calls
from tests.support.outcomes import Rejected, spec_outcome, twin_outcome
from tests.twin import Outcome


@given(calls("add"))
def test_equals_twin(called: Case) -> None:
    """Given any call, when computed by specification and twin, then words and events agree."""
    assert spec_outcome("add", called) == twin_outcome("add", called)


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("overflow", [mode for mode in Overflow if mode is not Overflow.REJECT])
def test_every_pair_of_small_words(rounding: Rounding, overflow: Overflow) -> None:
    """Given all pairs of three-bit words and several fractions, when added, then as twin."""
    for frac_a, frac_b, frac in itertools.product([-1, 0, 2], [0, 3], [-2, 0, 1, 4]):
        a, b = Format(True, 3, frac_a), Format(False, 3, frac_b)
        pairs = list(itertools.product(range(a.min, a.max + 1), range(b.min, b.max + 1)))
        inputs = {
            "a": Tensor((64,), a, [p for p, _ in pairs]),
            "b": Tensor((64,), b, [q for _, q in pairs]),
        }
        params = Add(rounding=rounding, overflow=overflow)
        called = Case(params, inputs, {"out": Format(True, 4, frac)})
        assert spec_outcome("add", called) == twin_outcome("add", called)


def test_rounds_once() -> None:
    """Given 1/4 + 1/4, when added at no fraction bits, then the sum is rounded, not the terms."""
    called = call(Add(), "s4f0", a=tensor("s4f2", [1, 1]), b=tensor("s4f3", [2, 1]))
    assert spec_outcome("add", called) == Outcome(
        {"out": tensor("s4f0", [1, 0])}, {"out": {Event.INEXACT: Count(2, 0)}}
    )


def test_skip_connection_of_a_cell() -> None:
    """Given capsules of a long and a short branch, when joined, then nothing is dropped before.

    The branches have different fractions; bringing either to the output's format first, as two
    roundings would, gives other words.
    """
    long = tensor("s8f6", [[[1, 2], [-3, 95]], [[127, -128], [33, -31]]])
    short = tensor("s8f4", [[[1, -1], [1, 8]], [[120, -128], [-8, 7]]])
    joined = spec_outcome("add", call(Add(), "s8f5", a=long, b=short))
    assert joined == Outcome(
        {"out": tensor("s8f5", [[[3, -1], [1, 64]], [[127, -128], [1, -1]]])},
        {"out": {Event.INEXACT: Count(6, 0), Event.SATURATED: Count(2, 4)}},
    )
    assert spec_outcome("add", call(Add(), "s8f5", a=short, b=long)) == joined
    apart = []
    for branch in (long, short):
        moved = spec_outcome("requantize", call(Requantize(), "s8f3", x=branch))
        assert isinstance(moved, Outcome)
        apart.append(moved.outputs["out"])
    once = spec_outcome("add", call(Add(), "s8f3", a=long, b=short))
    twice = spec_outcome("add", call(Add(), "s8f3", a=apart[0], b=apart[1]))
    assert isinstance(once, Outcome)
    assert isinstance(twice, Outcome)
    assert once.outputs["out"] == tensor("s8f3", [[[1, 0], [0, 16]], [[76, -80], [0, 0]]])
    assert twice.outputs["out"] == tensor("s8f3", [[[1, 0], [1, 16]], [[76, -80], [0, 0]]])


def test_shapes_must_be_equal() -> None:
    """Given shapes that would broadcast, when added, then they are rejected."""
    called = call(Add(), "s4f0", a=tensor("s4f0", [[1, 2]]), b=tensor("s4f0", [1, 2]))
    assert spec_outcome("add", called) == Rejected(
        Reason.SHAPE_MISMATCH, "add needs equal shapes, found (1, 2) and (2,)"
    )


def test_sum_out_of_range_is_rejected() -> None:
    """Given 7 + 1 in four bits, when overflow is reject, then the sum is named."""
    params = Add(overflow=Overflow.REJECT)
    called = call(params, "s4f0", a=tensor("s4f0", [-8, 7]), b=tensor("s4f0", [0, 1]))
    assert spec_outcome("add", called) == Rejected(
        Reason.OUTPUT_OUT_OF_RANGE, "out[1]: 8 is outside s4f0 [-8, 7]"
    )

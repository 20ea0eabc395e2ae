"""add: the sum of two tensors of any formats."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest
from hypothesis import given

from fxcaps.ops import Add, AddLanes, AddShift, Requantize
from fxcaps.strategies import Case, calls
from fxcaps.types import Count, Event, Format, Overflow, Reason, Rounding, Tensor
from tests.support.build import call, tensor
from tests.support.outcomes import Rejected, rejection_of, spec_outcome, twin_outcome
from tests.twin import Outcome


@pytest.mark.parametrize("algorithm", ["", "shift", "lanes"])
def test_equals_twin(algorithm: str) -> None:
    """Given any call, when computed by specification and twin, then words and events agree."""

    @given(calls("add", algorithm))
    def check(called: Case) -> None:
        assert spec_outcome("add", called) == twin_outcome("add", called)

    check()


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


@pytest.mark.parametrize("shift", range(11))
def test_every_pair_of_bytes_shifted(shift: int) -> None:
    """Given sums of all bytes, when shifted, then C's division, saturated, in lanes and not."""
    words = range(-128, 128)
    # every sum once: -256 to 254, one operand held at each end
    pairs = [(word, -128) for word in words] + [(word, 127) for word in words]
    a, b = ([pair[side] for pair in pairs] for side in (0, 1))
    plain = call(AddShift(shift=shift), "s8f0", a=tensor("s8f7", a), b=tensor("s8f-1", b))
    grouped = call(AddLanes(shift=shift), "s8f0", a=tensor("s8f7", a), b=tensor("s8f-1", b))
    expected = [c_quotient(p + q, 1 << shift) for p, q in pairs]
    wrapped = [c_quotient((p + q + 128) % 256 - 128, 1 << shift) for p, q in pairs]
    for called, quotients in ((plain, expected), (grouped, wrapped)):
        made = spec_outcome("add", called)
        assert isinstance(made, Outcome)
        assert made == twin_outcome("add", called)
        assert made.outputs["out"].words == [max(-128, min(127, q)) for q in quotients]


def c_quotient(a: int, b: int) -> int:
    """Division toward zero."""
    return abs(a) // b if a >= 0 else -(abs(a) // b)


@pytest.mark.parametrize(
    ("axis", "expected"),
    [
        # columns in groups of two: the third of each row is left over
        (-1, [[-56, -56, 127], [-56, -56, 127], [-56, -56, 127]]),
        # rows in groups of two: the third row is left over
        (-2, [[-56, -56, -56], [-56, -56, -56], [127, 127, 127]]),
    ],
)
def test_groups_of_lanes(axis: int, expected: list[list[int]]) -> None:
    """Given 100 + 100 everywhere, when added two lanes at a time, then whole groups wrap."""
    words = tensor("s8f4", [[100] * 3] * 3)
    called = call(AddLanes(lanes=2, lane_axis=axis), "s8f4", a=words, b=words)
    made = spec_outcome("add", called)
    assert isinstance(made, Outcome)
    assert made.outputs == {"out": tensor("s8f4", expected)}
    counts = made.events["out"]
    assert counts[Event.ACCUMULATOR_OVERFLOW].count == 6
    assert counts[Event.SATURATED].count == 3


def test_lanes_align_by_fractions_without_a_shift() -> None:
    """Given two fractions, when added in lanes, then aligned as without, before they wrap."""
    a, b = tensor("s8f4", [1, 100, 3, -5, 100]), tensor("s8f2", [2, 100, -1, 7, 100])
    made = spec_outcome("add", call(AddLanes(), "s8f3", a=a, b=b))
    # 9, 500 - 512, -1, 23 in a group; 500 beside it
    assert made == Outcome(
        {"out": tensor("s8f3", [4, -6, 0, 11, 127])},
        {
            "out": {
                Event.ACCUMULATOR_OVERFLOW: Count(1, 1),
                Event.INEXACT: Count(3, 0),
                Event.SATURATED: Count(1, 4),
            }
        },
    )


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: AddShift(shift=32), "add shift: shift must be from 0 to 31, found 32"),
        (lambda: AddShift(shift=-1), "add shift: shift must be from 0 to 31, found -1"),
        (lambda: AddLanes(shift=-1), "add lanes: shift must be from 0 to 31, found -1"),
        (lambda: AddLanes(lanes=0), "add lanes: lanes must be at least 1, found 0"),
        (lambda: AddLanes(lane_width=0), "add lanes: lane_width must be at least 1, found 0"),
        (
            lambda: AddLanes(lane_axis=0),
            "add lanes: lane_axis counts from the end and is negative, found 0",
        ),
    ],
)
def test_parameters_out_of_range(make: Callable[[], Add], message: str) -> None:
    """Given operands that no instruction has, when parameters are made, then rejected."""
    assert rejection_of(make) == Rejected(Reason.PARAMETER_INVALID, message)


def test_a_missing_lane_axis() -> None:
    """Given vectors, when their lanes lie along an axis before, then rejected."""
    words = tensor("s8f4", [1, 2])
    called = call(AddLanes(lane_axis=-2), "s8f4", a=words, b=words)
    assert spec_outcome("add", called) == Rejected(
        Reason.SHAPE_MISMATCH, "add lanes: shape (2,) has no axis -2"
    )

"""conv2d as the int8 kernels of PULP-NN do it."""

from __future__ import annotations

import pytest

from fxcaps.ops import Conv2d, Conv2dPulp, Relu
from fxcaps.types import Accumulator, Count, Event, Init, Overflow, Reason, Rounding
from tests.support.build import call, tensor
from tests.support.cases import Case
from tests.support.outcomes import Rejected, rejection_of, spec_outcome, twin_outcome
from tests.twin import Outcome

HALVED = Accumulator(init=Init.BIAS_AND_HALF)
FLOORED = {"accumulator": HALVED, "rounding": Rounding.FLOOR}


def column(rows: int, columns: int, word: int) -> dict[str, object]:
    """An image of one word, and a kernel that takes each pixel as it is."""
    return {
        "x": tensor("s8f1", [[[word]] * columns] * rows),
        "weight": tensor("s8f0", [[[[1]]]]),
    }


@pytest.mark.parametrize(
    ("rows", "columns", "cores", "alone"),
    [
        (1, 1, 1, [0]),
        (2, 3, 1, []),
        (3, 3, 1, [8]),
        (3, 3, 2, [8]),  # two rows, one row
        (3, 3, 4, [2, 5, 8]),
        (5, 1, 2, [2]),  # three rows, two rows
        (3, 2, 8, []),
    ],
)
def test_the_pixel_left_over(rows: int, columns: int, cores: int, alone: list[int]) -> None:
    """Given 1/2 in every pixel, when floored without a bias, then 1, but 0 where made alone."""
    called = call(Conv2dPulp(cores=cores, **FLOORED), "s8f0", **column(rows, columns, 1))  # type: ignore[arg-type]
    made = spec_outcome("conv2d", called)
    assert made == twin_outcome("conv2d", called)
    assert isinstance(made, Outcome)
    expected = [0 if place in alone else 1 for place in range(rows * columns)]
    assert list(made.outputs["out"].words) == expected


def test_a_bias_brings_the_half_everywhere() -> None:
    """Given a bias of zero, when floored, then as conv2d without an algorithm's name."""
    given = column(3, 3, 1) | {"bias": tensor("s8f0", [0])}
    pulp = spec_outcome("conv2d", call(Conv2dPulp(**FLOORED), "s8f0", **given))  # type: ignore[arg-type]
    assert pulp == spec_outcome("conv2d", call(Conv2d(**FLOORED), "s8f0", **given))  # type: ignore[arg-type]


def test_relu_clips_what_has_wrapped() -> None:
    """Given sums around 2**15 and 2**16, when clipped after 16 bits, then their low words."""
    # 2 * word * 128 * 2: products of 8-bit words, two taps
    sums = [32767, 32768, 65535, 65536, 65536 + 5, -32768, -32769, -40000, 40000, -1]
    x = tensor("s20f0", [[[total]] for total in sums])
    given = {"x": x, "weight": tensor("s2f0", [[[[1]]]])}
    made = spec_outcome("conv2d", call(Conv2dPulp(relu=True), "s8f0", **given))
    assert made == Outcome(
        {"out": tensor("s8f0", [[[w]] for w in (127, 0, 0, 0, 5, 0, 127, 127, 0, 0)])},
        {"out": {Event.SATURATED: Count(3, 0), Event.WRAPPED: Count(7, 1)}},
    )


@pytest.mark.parametrize("overflow", Overflow)
@pytest.mark.parametrize("shift", [0, 1, 3])
def test_every_sum_of_six_bits(shift: int, overflow: Overflow) -> None:
    """Given all sums of 6 bits and an argument of 4, when clipped to 3, then as the twin.

    And as two steps, a convolution that wraps and a ReLU that clips.
    """
    x = tensor(f"s6f{shift}", [[[total]] for total in range(-32, 32)])
    given = {"x": x, "weight": tensor("s2f0", [[[[1]]]])}
    params = Conv2dPulp(relu=True, relu_width=4, rounding=Rounding.FLOOR, overflow=overflow)
    called = call(params, "u3f0", **given)
    made = spec_outcome("conv2d", called)
    assert made == twin_outcome("conv2d", called)
    wrapping = Conv2d(rounding=Rounding.FLOOR, overflow=Overflow.WRAP)
    first = spec_outcome("conv2d", call(wrapping, "s4f0", **given))
    assert isinstance(first, Outcome)
    second = Case(Relu(overflow=overflow), {"x": first.outputs["out"]}, called.formats)
    last = spec_outcome("relu", second)
    if isinstance(made, Outcome):
        assert isinstance(last, Outcome)
        assert made.outputs == last.outputs
    else:
        assert made == last


def test_a_word_that_wraps_twice_counts_once() -> None:
    """Given 21, when it wraps to 5 in four bits and to 1 in two, then one event is counted."""
    given = {"x": tensor("s6f0", [[[21]]]), "weight": tensor("s2f0", [[[[1]]]])}
    params = Conv2dPulp(relu=True, relu_width=4, overflow=Overflow.WRAP)
    assert spec_outcome("conv2d", call(params, "u2f0", **given)) == Outcome(
        {"out": tensor("u2f0", [[[1]]])}, {"out": {Event.WRAPPED: Count(1, 0)}}
    )


def test_a_rejected_word_names_its_place() -> None:
    """Given a clipped word that does not fit, when rejecting, then the place is named."""
    given = {"x": tensor("s8f0", [[[1], [9]]]), "weight": tensor("s2f0", [[[[1]]]])}
    params = Conv2dPulp(relu=True, overflow=Overflow.REJECT)
    assert spec_outcome("conv2d", call(params, "u3f0", **given)) == Rejected(
        Reason.OUTPUT_OUT_OF_RANGE, "out[1]: 9 is outside u3f0 [0, 7]"
    )


@pytest.mark.parametrize("field", ["relu_width", "cores"])
def test_parameters_out_of_range(field: str) -> None:
    """Given none, when parameters are made, then rejected."""
    assert rejection_of(lambda: Conv2dPulp(**{field: 0})) == Rejected(  # type: ignore[arg-type]
        Reason.PARAMETER_INVALID, f"conv2d pulp: {field} must be at least 1, found 0"
    )


def test_one_core_for_every_row() -> None:
    """Given more cores than rows, when rows are shared, then each is a block of its own."""
    assert Conv2dPulp(cores=100).left_over(3, 5) == (4, 9, 14)
    assert Conv2dPulp(cores=8).left_over(22, 22) == ()

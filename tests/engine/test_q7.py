"""The published Q7-CapsNets kernels on the engine: all small vectors, all pairs of bytes."""

from __future__ import annotations

import itertools

import pytest

from fxcaps.ops import (
    AddLanes,
    AddShift,
    ArgmaxSticky,
    Conv2dPulp,
    Parameters,
    SoftmaxQ7,
    SquashQ7,
)
from fxcaps.strategies import Case
from fxcaps.types import Accumulator, Check, Format, Init, Overflow, Rounding, Tensor
from tests.engine.batches import assert_equal, varied

pytestmark = pytest.mark.exhaustive

BYTE = range(-128, 128)


def rows(format: Format, dim: int) -> list[Tensor]:
    """All vectors of a format, 64 rows a tensor."""
    vectors = itertools.product(range(format.min, format.max + 1), repeat=dim)
    words = [word for vector in vectors for word in vector]
    size = 64 * dim
    parts = [words[k : k + size] for k in range(0, len(words), size)]
    return [Tensor((len(part) // dim, dim), format, part) for part in parts]


def check(params: Parameters, tensors: list[Tensor], out: Format) -> None:
    """All rows are decided and equal."""
    images = [Case(params, {"x": x}, {"out": out}) for x in tensors]
    assert assert_equal(params.operation, images) == len(images)


@pytest.mark.parametrize("in_qn", [0, 1, 4, 6, 7])
def test_squash_of_all_pairs_of_bytes(in_qn: int) -> None:
    """Given all 65,536 pairs of bytes, when squashed, then all are decided and as the spec."""
    check(SquashQ7(), rows(Format(True, 8, in_qn), 2), Format(True, 8, 7))


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("overflow", [mode for mode in Overflow if mode is not Overflow.REJECT])
def test_squash_in_other_modes(rounding: Rounding, overflow: Overflow) -> None:
    """Given small vectors and offsets in and out of reach, when squashed, then as the spec."""
    for bits, dim in itertools.product((None, 3, 7), (2, 3)):
        params = SquashQ7(row_offset_bits=bits, rounding=rounding, overflow=overflow)
        check(params, rows(Format(True, 3, 1), dim), Format(True, 3, 3))


def test_squash_that_rejects_in_between() -> None:
    """Given a row that overflows and is squashed again, when rejecting, then left to the spec."""
    params = SquashQ7(row_offset_bits=1, overflow=Overflow.REJECT)
    x = Tensor((4, 1), Format(True, 4, 2), [7, 0, 1, 0])
    fits = Tensor((4, 1), Format(True, 4, 2), [1, 0, 1, 0])
    images = [Case(params, {"x": tensor}, {"out": Format(True, 4, 4)}) for tensor in (x, fits)]
    assert assert_equal("squash", images) == 1


@pytest.mark.parametrize("constant", [13, 14])
def test_softmax_of_all_pairs_of_bytes(constant: int) -> None:
    """Given all 65,536 pairs of bytes, when coupled, then all are decided and as the spec."""
    check(SoftmaxQ7(constant=constant), rows(Format(True, 8, 3), 2), Format(True, 8, 7))


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("constant", [8, 21])
def test_softmax_in_other_modes(constant: int, rounding: Rounding) -> None:
    """Given small vectors, when coupled with the ends of the constant, then as the spec."""
    for overflow in (Overflow.SATURATE, Overflow.WRAP):
        params = SoftmaxQ7(constant=constant, rounding=rounding, overflow=overflow)
        check(params, rows(Format(True, 4, 0), 3), Format(False, 8, 8))


@pytest.mark.parametrize("shift", [0, 1, 7, 8, 31])
def test_all_pairs_of_bytes_added(shift: int) -> None:
    """Given all 65,536 pairs of bytes, when added in lanes and not, then as the spec."""
    format = Format(True, 8, 0)
    images: list[dict[str, Tensor]] = []
    for first in BYTE:
        a = Tensor((256,), format, [first] * 256)
        images.append({"a": a, "b": Tensor((256,), format, list(BYTE))})
    for params in (AddShift(shift=shift), AddLanes(shift=shift), AddLanes(lanes=5, shift=shift)):
        cases = [Case(params, image, {"out": format}) for image in images]
        assert assert_equal("add", cases) == len(cases)


@pytest.mark.parametrize("width", [1, 2, 8, 62, 63, 100])
@pytest.mark.parametrize("axis", [-1, -2, -3])
def test_lanes_of_any_axis_and_width(axis: int, width: int) -> None:
    """Given a cube of words, when added in lanes along an axis, then as the spec."""
    format = Format(True, 32, 5)
    words = [(k * k * 0x9E3779B1 & 0xFFFFFFFF) - (1 << 31) for k in range(5 * 3 * 7)]
    cube = Tensor((5, 3, 7), format, words)
    for lanes in (1, 2, 4, 9):
        params = AddLanes(lanes=lanes, lane_width=width, lane_axis=axis)
        called = Case(params, {"a": cube, "b": cube}, {"out": Format(True, 20, 2)})
        assert assert_equal("add", [called]) == 1


@pytest.mark.parametrize("check_at", [Check.FINAL, Check.PER_STEP, Check.EXACT])
@pytest.mark.parametrize("relu", [True, False])
def test_lone_pixels_of_any_register(check_at: Check, relu: bool) -> None:
    """Given odd pixels and registers that overflow, when floored, then as the spec."""
    words = [(91 * k * k + 17 * k) % 256 - 128 for k in range(5 * 5 * 2)]
    x = Tensor((5, 5, 2), Format(True, 8, 2), words)
    weight = Tensor((3, 2, 2, 2), Format(True, 8, 1), [7 * k - 80 for k in range(24)])
    for width, cores in itertools.product((14, 20), (1, 3)):
        register = Accumulator(
            format=Format(True, width, 3),
            overflow=Overflow.WRAP,
            check=check_at,
            init=Init.BIAS_AND_HALF,
        )
        params = Conv2dPulp(
            accumulator=register,
            rounding=Rounding.FLOOR,
            padding=(1, 0, 0, 1),
            relu=relu,
            relu_width=10,
            cores=cores,
        )
        called = Case(params, {"x": x, "weight": weight}, {"out": Format(True, 8, -2)})
        decided = assert_equal("conv2d", varied("conv2d", called))
        assert decided == 2 or check_at is Check.EXACT


@pytest.mark.parametrize("overflow", Overflow)
@pytest.mark.parametrize("width", [1, 4, 16, 61, 62, 63, 80])
def test_relu_of_any_width(width: int, overflow: Overflow) -> None:
    """Given sums of all magnitudes, when clipped after so many bits, then as the spec."""
    words = [sign * (1 << k) + near for k in range(31) for sign in (1, -1) for near in (-1, 0)]
    x = Tensor((len(words), 1, 1), Format(True, 32, 8), words)
    weight = Tensor((1, 1, 1, 1), Format(True, 20, 4), [300_001])
    params = Conv2dPulp(relu=True, relu_width=width, overflow=overflow)
    called = Case(params, {"x": x, "weight": weight}, {"out": Format(True, 8, 3)})
    decided = assert_equal("conv2d", [called])
    # An argument of 4 bits fits the output and is never rejected.
    assert decided == (overflow is not Overflow.REJECT or width <= 4)


def test_sticky_over_a_long_sequence() -> None:
    """Given a thousand groups of few words, when compared stickily, then as the spec."""
    words = [(k * k * 2654435761 >> 7) % 3 - 1 for k in range(1000 * 4)]
    x = Tensor((1000, 4), Format(True, 2, 0), words)
    for initial in range(4):
        called = Case(ArgmaxSticky(initial=initial), {"x": x}, {"out": Format(False, 2, 0)})
        assert assert_equal("argmax", varied("argmax", called)) == 2

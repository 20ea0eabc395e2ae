"""conv_votes on the engine: exhaustive at small widths, every number type at its limit."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from fxcaps.ops import ConvVotes
from fxcaps.oracle import evaluate
from fxcaps.strategies import Case
from fxcaps.types import Accumulator, Check, Format, Overflow, Rounding, Tensor
from tests.engine.batches import assert_equal

pytestmark = pytest.mark.exhaustive


@pytest.mark.parametrize("rounding", Rounding)
@pytest.mark.parametrize("check", Check)
@pytest.mark.parametrize("kernels", [1, 2])
def test_every_capsule_and_kernel(kernels: int, check: Check, rounding: Rounding) -> None:
    """Given all capsules and kernels of two 2-bit words, when they vote, then as the spec."""
    format, register = Format(True, 2, 1), Format(True, 4 - (check is not Check.EXACT), 2)
    vectors = list(itertools.product(range(format.min, format.max + 1), repeat=2))
    flat = [word for vector in vectors for word in vector]
    params = ConvVotes(
        padding=(0, 1, 1, 0),
        accumulator=Accumulator(format=register, check=check, overflow=Overflow.WRAP),
        overflow=Overflow.SATURATE,
        rounding=rounding,
    )
    inputs = {
        "u": Tensor((4, 2, 2, 2), format, flat),
        "weight": Tensor((kernels, 16 // kernels, 1, 1, 1, 2), format, flat),
        "bias": Tensor((kernels, 16 // kernels, 1), format, flat[8:24]),
    }
    images = [
        Case(params, inputs, {"out": format}),
        Case(
            params,
            inputs | {"u": Tensor((4, 2, 2, 2), format, flat[::-1])},
            {"out": format},
        ),
    ]
    decided = assert_equal("conv_votes", images)
    assert decided == 2 or check is Check.EXACT


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("bits", [22, 24, 51, 53, 60])
def test_largest_sums(bits: int, sign: int) -> None:
    """Given sums that fill float32, float64 or int64, when computed, then they are the spec's."""
    half = bits // 2
    u, weight = Format(False, half, 0), Format(True, bits - half, 0)
    inputs = {
        "u": Tensor((1, 2, 2, 2), u, [u.max, u.max, 1, u.max, u.max - 1, u.max - 2, u.max, 3]),
        "weight": Tensor(
            (2, 1, 1, 1, 2, 2),
            weight,
            [sign * word for word in (weight.max, weight.max - 2, weight.max, 1) * 2],
        ),
        "bias": Tensor((2, 1, 1), Format(True, 8, 0), [sign * 3, -sign]),
    }
    called = Case(ConvVotes(), inputs, {"out": Format(True, 32, -half)})
    assert assert_equal("conv_votes", [called]) == 1


def test_more_images_than_a_block(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given room for two windows at a time, when many images vote, then none is mixed up."""
    monkeypatch.setattr("fxcaps.engine.conv2d._COLUMN_BYTES", 8 * 4 * 2)
    format = Format(True, 8, 0)
    weight = Tensor((2, 1, 2, 1, 1, 2), format, [1, 2, -3, 4, 5, -6, 7, 8])
    images = [
        Case(
            ConvVotes(),
            {"u": Tensor((2, 1, 4, 2), format, range(first, first + 16)), "weight": weight},
            {"out": Format(True, 12, 0)},
        )
        for first in range(0, 100, 9)
    ]
    assert assert_equal("conv_votes", images) == len(images)


@pytest.mark.parametrize("shape", [(0,), (3, 2)])
@pytest.mark.parametrize("kernels", [1, 2])
def test_axes_of_the_batch(kernels: int, shape: tuple[int, ...]) -> None:
    """Given no image or two axes of them, when they vote, then the batch comes back in front."""
    inputs = {
        "u": np.ones((*shape, 2, 3, 4, 2), np.int8),
        "weight": np.ones((kernels, 2, 5, 1, 2, 2), np.int8),
    }
    made = evaluate(ConvVotes(), inputs, {"u": "s8f0", "weight": "s8f0", "out": "s8f0"})
    np.testing.assert_array_equal(made.outputs["out"], np.full((*shape, 4, 2, 2, 2, 5), 4))

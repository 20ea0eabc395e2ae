"""conv2d on the engine: every number type it computes in, at the limit of each."""

from __future__ import annotations

import numpy as np
import pytest

from fxcaps.engine.matrix import product_type, row_register
from fxcaps.ops import Conv2d
from fxcaps.ops.batch import Words
from fxcaps.strategies import Case
from fxcaps.types import Accumulator, Format, Tensor
from tests.engine.batches import assert_equal

TYPES = {23: np.float32, 25: np.float64, 52: np.float64, 54: np.int64, 61: np.int64}
"""Bits of the largest sum -> the type that holds all sums exactly."""


def images(bits: int, sign: int) -> list[Case]:
    """Sums of 2**bits less a little: odd words whose products need every bit."""
    half = bits // 2
    x, weight = Format(False, half, 0), Format(True, bits - half, 0)
    shape = (1, 2, 2)
    taps = [x.max, x.max, x.max - 1, x.max - 2]
    kernels = [sign * weight.max, sign * (weight.max - 2), sign * weight.max, sign]
    inputs = {
        "x": Tensor(shape, x, taps),
        "weight": Tensor((1, *shape), weight, kernels),
        "bias": Tensor((1,), Format(True, 8, 0), [sign * 3]),
    }
    return [Case(Conv2d(), inputs, {"out": Format(True, 32, -bits // 2)})]


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("bits", TYPES)
def test_largest_sums(bits: int, sign: int) -> None:
    """Given sums that fill a number type, when computed in it, then they are the spec's."""
    called = images(bits - 1, sign)
    inputs, out = called[0].inputs, called[0].formats["out"]
    weight = np.array(inputs["weight"].words).reshape(1, 4)
    bias = Words(np.array([3 * sign]), inputs["bias"].format)
    register = row_register(Accumulator(), weight, bias, inputs["x"].format, 0, out)
    assert product_type(register) is TYPES[bits]
    assert assert_equal("conv2d", called) == 1

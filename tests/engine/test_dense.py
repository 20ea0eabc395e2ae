"""dense on the engine: every number type it computes in, and every small vector."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from fxcaps.engine.kernels.narrow import ACCUMULATOR_OVERFLOW
from fxcaps.engine.matrix import clip_type, product_type, row_register
from fxcaps.ops import Dense
from fxcaps.ops.batch import Words
from fxcaps.types import Accumulator, Check, Format, Init, Overflow, Tensor
from tests.engine.batches import assert_equal, on_engine
from tests.support.cases import Case


@pytest.mark.parametrize("bits", [22, 30, 51, 60])
def test_largest_sums(bits: int) -> None:
    """Given sums that fill a number type, when computed in it, then they are the spec's."""
    half = bits // 2
    x, weight = Format(False, half, 0), Format(True, bits - half, 0)
    rows = [weight.max, weight.max - 2, weight.max, 1, weight.min, weight.min + 1, -1, weight.min]
    inputs = {
        "x": Tensor((2, 4), x, [x.max, x.max, x.max - 1, x.max - 2, 0, 1, x.max, x.max]),
        "weight": Tensor((2, 4), weight, rows),
        "bias": Tensor((2,), Format(True, 8, 0), [3, -3]),
    }
    out = Format(True, 32, -half)
    bias = Words(np.array([3, -3]), inputs["bias"].format)
    register = row_register(Accumulator(), np.array(rows).reshape(2, 4), bias, x, 0, out)
    expected = {22: np.float32, 30: np.float64, 51: np.float64, 60: np.int64}[bits]
    assert product_type(register) is expected
    assert assert_equal("dense", [Case(Dense(), inputs, {"out": out})]) == 1


@pytest.mark.parametrize("check", [Check.FINAL, Check.PER_STEP])
@pytest.mark.parametrize("overflow", [Overflow.SATURATE, Overflow.WRAP, Overflow.SATURATE_TO_ZERO])
@pytest.mark.parametrize("width", [3, 4, 6])
def test_every_vector_of_two_words(check: Check, overflow: Overflow, width: int) -> None:
    """Given all vectors and rows of two 2-bit words, when watched or proven, then as the spec."""
    x = Format(True, 2, 1)
    words = range(x.min, x.max + 1)
    pairs = [word for pair in itertools.product(words, repeat=2) for word in pair]
    register = Accumulator(format=Format(True, width, 2), check=check, overflow=overflow)
    for relu, bias in itertools.product([False, True], words):
        inputs = {
            "x": Tensor((4, 4, 2), x, pairs),
            "weight": Tensor((16, 2), x, pairs),
            "bias": Tensor((16,), x, [bias] * 16),
        }
        params = Dense(relu=relu, accumulator=register)
        assert assert_equal("dense", [Case(params, inputs, {"out": Format(True, 2, 1)})] * 2) == 2


@pytest.mark.parametrize("init", Init)
@pytest.mark.parametrize("overflow", [Overflow.SATURATE, Overflow.SATURATE_SYMMETRIC])
@pytest.mark.parametrize(("bits", "kind"), [(3, np.int32), (12, np.int32), (20, np.int64)])
def test_sums_clip_on_the_way(bits: int, kind: type, overflow: Overflow, init: Init) -> None:
    """Given long rows of edge words, when every addition saturates, then as the specification."""
    word, out = Format(True, bits, 0), Format(True, bits, -bits // 2)
    rng = np.random.default_rng(bits)
    edges = [word.min, word.min + 1, -1, 0, 1, word.max // 2, word.max]
    inputs = {
        "x": Tensor((3, 9), word, [int(x) for x in rng.choice(edges, 27)]),
        "weight": Tensor((5, 9), word, [int(x) for x in rng.choice(edges, 45)]),
    }
    if init is not Init.ZERO:
        inputs["bias"] = Tensor((5,), word, [int(x) for x in rng.choice(edges, 5)])
    register = Accumulator(
        format=Format(True, 2 * bits - 1, 0), check=Check.PER_STEP, overflow=overflow, init=init
    )
    called = Case(Dense(accumulator=register), inputs, {"out": out})
    weights = np.array(inputs["weight"].words).reshape(5, 9)
    bias = Words(np.array(inputs["bias"].words), word) if "bias" in inputs else None
    proven = row_register(register, weights, bias, word, 0, out)
    assert proven.clips
    assert clip_type(proven) is kind
    assert assert_equal("dense", [called] * 2) == 2
    assert on_engine("dense", [called]).events["out"][0, ACCUMULATOR_OVERFLOW, 0] > 0


def test_no_vectors_are_no_words() -> None:
    """Given a leading axis without positions, when multiplied, then nothing comes out."""
    x = Format(True, 8, 0)
    inputs = {"x": Tensor((2, 0, 3), x, []), "weight": Tensor((4, 3), x, list(range(12)))}
    assert assert_equal("dense", [Case(Dense(), inputs, {"out": x})] * 2) == 2

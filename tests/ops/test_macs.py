"""Multiply-accumulates of one sample."""

from __future__ import annotations

import pytest

from fxcaps.ops import (
    Add,
    Agreement,
    ArgmaxWords,
    Conv2d,
    ConvRouting,
    ConvVotes,
    Dense,
    DynamicRouting,
    Isqrt,
    Length,
    Parameters,
    Quantize,
    Requantize,
    Reshape,
    RoutingIteration,
    SoftmaxExact,
    SquashExact,
    Votes,
    WeightedSum,
    operation_of,
)
from fxcaps.types import Shape


def _routing(iterations: int, *, update_last: bool = False) -> DynamicRouting:
    return DynamicRouting(iterations=(RoutingIteration(),) * iterations, update_last=update_last)


SHALLOW = {"votes": (1152, 10, 16)}


@pytest.mark.parametrize(
    ("params", "inputs", "macs"),
    [
        # 400 windows of 81 taps and 256 channels
        (Conv2d(), {"x": (28, 28, 1), "weight": (256, 9, 9, 1)}, 8_294_400),
        # 36 windows of 81 * 256 taps and 256 channels
        (Conv2d(stride=(2, 2)), {"x": (20, 20, 256), "weight": (256, 9, 9, 256)}, 191_102_976),
        # padding taps count: 3 * 3 windows of 9 taps
        (
            Conv2d(padding=(1, 1, 1, 1)),
            {"x": (3, 3, 1), "weight": (1, 3, 3, 1), "bias": (1,)},
            81,
        ),
        # the decoder of Sabour et al. 2017: 160 -> 512 -> 1024 -> 784
        (Dense(), {"x": (160,), "weight": (512, 160), "bias": (512,)}, 81_920),
        (Dense(), {"x": (2, 3, 5), "weight": (7, 5)}, 210),
        (Dense(), {"x": (0, 5), "weight": (7, 5)}, 0),
        (Votes(), {"u": (1152, 8), "weight": (1152, 10, 16, 8)}, 1_474_560),
        (Votes(), {"u": (1152, 8), "weight": (32, 10, 16, 8)}, 1_474_560),
        (WeightedSum(), {"c": (1152, 10), "votes": (1152, 10, 16)}, 184_320),
        (WeightedSum(), {"c": (6, 1), "votes": (6, 4, 2), "bias": (2, 2)}, 48),
        (Agreement(), {"votes": (1152, 10, 16), "v": (10, 16)}, 184_320),
        # three weighted sums and two agreements of 184,320
        (_routing(3), SHALLOW, 921_600),
        (_routing(3, update_last=True), SHALLOW, 1_105_920),
        (_routing(1), SHALLOW, 184_320),
        (_routing(1), SHALLOW | {"bias": (10, 16)}, 184_320),
        # cell 4 of DeepCaps on 28 x 28: 2 * 2 positions, 32 types, 256 channels of 72 taps
        (
            ConvVotes(padding=(1, 1, 1, 1)),
            {"u": (2, 2, 32, 8), "weight": (1, 32, 8, 3, 3, 8), "bias": (1, 32, 8)},
            2_359_296,
        ),
        # three weighted sums and two agreements of 32 * 4 * 256
        (
            ConvRouting(iterations=(RoutingIteration(),) * 3),
            {"votes": (32, 2, 2, 32, 8), "bias": (32, 8)},
            163_840,
        ),
        (Add(), {"a": (5,), "b": (5,)}, 0),
        (Requantize(), {"x": (5,)}, 0),
        (Quantize(), {"x": (5,)}, 0),
        (SoftmaxExact(), {"x": (5,)}, 0),
        (SquashExact(), {"x": (5,)}, 0),
        (Length(), {"x": (5,)}, 0),
        (Isqrt(), {"x": (5,)}, 0),
        (ArgmaxWords(), {"x": (5,)}, 0),
        (Reshape(shape=(5,)), {"x": (5,)}, 0),
    ],
)
def test_macs(params: Parameters, inputs: dict[str, Shape], macs: int) -> None:
    """Given shapes, when multiply-accumulates are counted, then as counted by hand."""
    assert operation_of(params).macs(params, inputs) == macs

"""A valid call of every operation, to be broken in one place by tests of rejections."""

from __future__ import annotations

from fxcaps.ops import (
    Add,
    Affine,
    Agreement,
    ArgmaxWords,
    Conv2d,
    ConvRouting,
    ConvVotes,
    Dense,
    DivideExact,
    DynamicRouting,
    Isqrt,
    Length,
    Quantize,
    Relu,
    Requantize,
    RescaleSingle,
    Reshape,
    RoutingIteration,
    SigmoidExact,
    SoftmaxExact,
    SquashExact,
    Votes,
    WeightedSum,
)
from fxcaps.strategies import Case
from fxcaps.types import Format
from tests.support.build import call, tensor

_VECTOR = tensor("s8f4", [1, -2, 3])
_GRID = tensor("s8f4", [[1, -2, 3], [-4, 5, -6]])
_VOTES = tensor("s8f4", [[[1, -2, 3], [-4, 5, -6]], [[7, -8, 9], [-10, 11, -12]]])

EXAMPLES: dict[str, Case] = {
    "add": call(Add(), "s8f4", a=_VECTOR, b=_VECTOR),
    "affine": call(
        Affine(
            scale_numerator=(3,),
            scale_denominator=(2,),
            offset_numerator=(1,),
            offset_denominator=(16,),
        ),
        "s8f4",
        x=_VECTOR,
    ),
    "agreement": call(Agreement(), "s8f4", votes=_VOTES, v=_GRID),
    "argmax": call(ArgmaxWords(), "u2f0", x=_VECTOR),
    "conv2d": call(
        Conv2d(),
        "s8f4",
        x=tensor("s8f4", [[[1], [2]], [[3], [4]]]),
        weight=tensor("s8f4", [[[[5]]], [[[-6]]]]),
        bias=tensor("s8f4", [7, -8]),
    ),
    "conv_routing": Case(
        ConvRouting(iterations=(RoutingIteration(),)),
        {
            "votes": tensor(
                "s8f4", [[[[[1, -2, 3], [-4, 5, -6]]]], [[[[7, -8, 9], [-10, 11, -12]]]]]
            )
        },
        {port: Format.parse("s8f4") for port in ("b0", "c0", "s0", "v0")},
    ),
    "conv_votes": call(
        ConvVotes(),
        "s8f4",
        u=tensor("s8f4", [[[[1, -2]], [[3, -4]]]]),
        weight=tensor("s8f4", [[[[[[5, -6]]], [[[7, 8]]]]]]),
        bias=tensor("s8f4", [[[9, -10]]]),
    ),
    "dense": call(
        Dense(),
        "s8f4",
        x=_VECTOR,
        weight=tensor("s8f4", [[1, 2, 3], [-4, 5, 6]]),
        bias=tensor("s8f4", [7, -8]),
    ),
    "divide": call(DivideExact(), "s8f4", a=_VECTOR, b=_VECTOR),
    "dynamic_routing": Case(
        DynamicRouting(iterations=(RoutingIteration(),)),
        {"votes": _VOTES},
        {port: Format.parse("s8f4") for port in ("b0", "c0", "s0", "v0")},
    ),
    "isqrt": call(Isqrt(), "u8f4", x=tensor("u8f4", [1, 2, 3])),
    "layout": call(Reshape(shape=(3, 1)), "s8f4", x=_VECTOR),
    "length": call(Length(), "u8f4", x=_VECTOR),
    "quantize": call(Quantize(), "s8f4", x=_VECTOR),
    "relu": call(Relu(), "s8f4", x=_VECTOR),
    "requantize": call(Requantize(), "s8f4", x=_VECTOR),
    "rescale": call(
        RescaleSingle(multiplier=(3,), shift=(2,)), "s8f0", x=tensor("s8f0", [1, -2, 3])
    ),
    "sigmoid": call(SigmoidExact(), "u8f8", x=_VECTOR),
    "softmax": call(SoftmaxExact(), "u8f8", x=_VECTOR),
    "squash": call(SquashExact(), "s8f7", x=_VECTOR),
    "votes": call(
        Votes(),
        "s8f4",
        u=tensor("s8f4", [[1, -2]]),
        weight=tensor("s8f4", [[[[3, -4], [5, -6], [7, -8]], [[1, 2], [3, 4], [5, 6]]]]),
    ),
    "weighted_sum": call(
        WeightedSum(), "s8f4", c=tensor("u8f8", [[1, 2], [3, 4]]), votes=_VOTES, bias=_GRID
    ),
}

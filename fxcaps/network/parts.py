"""Steps that every architecture has: from pixels, and to classes."""

from __future__ import annotations

from fxcaps.network.step import Step
from fxcaps.ops import (
    ArgmaxWords,
    DynamicRouting,
    Length,
    Parameters,
    Quantize,
    RoutingIteration,
    Votes,
    operation_of,
)
from fxcaps.types import Format

PIXELS = Format(signed=False, width=8, frac=0)
"""Pixels of image files; a `quantize` step scales them to 0..1."""


def single(name: str, params: Parameters, inputs: dict[str, str], output: str) -> Step:
    """A step with one output."""
    return Step(name, params, inputs, {"out": output})


def image_step() -> Step:
    """`pixels` of 0..255 to `image` of 0..1."""
    return single("image", Quantize(numerator=1, denominator=255), {"x": "pixels"}, "image")


def class_steps(capsules: str, iterations: int, *, bias: bool) -> tuple[Step, ...]:
    """Votes for class capsules, their routing, lengths and the class.

    Args:
        capsules: name of the tensor `(I, D_in)` that votes.
        iterations: of routing.
        bias: class capsules have one, `digit.bias (J, D_out)`, beside `digit.weight`.
    """
    params = DynamicRouting(iterations=(RoutingIteration(),) * iterations)
    inputs = {"votes": "digit.votes"} | ({"bias": "digit.bias"} if bias else {})
    outputs = {port: f"digit.{port}" for port in operation_of(params).outputs(params)}
    return (
        single("votes", Votes(), {"u": capsules, "weight": "digit.weight"}, "digit.votes"),
        Step("digit", params, inputs, outputs),
        single("length", Length(), {"x": f"digit.v{iterations - 1}"}, "length"),
        single("class", ArgmaxWords(), {"x": "length"}, "class"),
    )

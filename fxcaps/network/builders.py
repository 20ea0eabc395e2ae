"""The architectures that fxcaps knows by name."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from fxcaps.network.network import Network
from fxcaps.network.step import Step
from fxcaps.ops import (
    ArgmaxWords,
    Conv2d,
    DynamicRouting,
    Length,
    Parameters,
    Quantize,
    Reshape,
    RoutingIteration,
    SquashExact,
    Votes,
    WeightedSum,
    operation_of,
)
from fxcaps.types import Format, Reason, Rejection, Shape, Signature

PIXELS = Format(signed=False, width=8, frac=0)
"""Pixels of image files; a `quantize` step scales them to 0..1."""


def capsule_network(
    name: str,
    *,
    image: tuple[int, int, int],
    channels: int,
    kernel: int,
    types: int,
    dim: int,
    stride: int,
    classes: int,
    dim_out: int,
    further: tuple[tuple[int, int], ...] = (),
    iterations: int = 3,
    routed_primary: bool = False,
    capsule_bias: bool = True,
) -> Network:
    """Convolution, primary capsules, class capsules: the form of Sabour et al. 2017.

    Args:
        name: of the architecture.
        image: height, width, channels.
        channels: of the first convolution, stride 1.
        kernel: rows and columns of all convolutions, valid padding.
        types: primary capsule types.
        dim: components of a primary capsule.
        stride: of the primary convolution.
        classes: class capsules.
        dim_out: components of a class capsule.
        further: channels and stride of convolutions between the first and the primary one.
        iterations: of routing.
        routed_primary: the primary layer is itself routed once over its types, so that every
            sum is divided by `types` before the bias, as in Sabour's code; otherwise it is a
            plain convolution.
        capsule_bias: class capsules have a bias.
    """
    layers = ((channels, 1), *further)
    convs = ["conv", *(f"conv{k}" for k in range(2, len(layers) + 1))]
    expected: dict[str, Shape] = {}
    rows, columns, depth = image
    for conv, (made, step) in zip(convs, layers, strict=True):
        expected |= {f"{conv}.weight": (made, kernel, kernel, depth), f"{conv}.bias": (made,)}
        rows, columns, depth = (rows - kernel) // step + 1, (columns - kernel) // step + 1, made
    grid_rows, grid_columns = (rows - kernel) // stride + 1, (columns - kernel) // stride + 1
    count = grid_rows * grid_columns * types
    expected |= {
        "primary.weight": (types * dim, kernel, kernel, depth),
        "primary.bias": (types, dim) if routed_primary else (types * dim,),
        "digit.weight": (count, classes, dim_out, dim),
    }
    fixed = {}
    if routed_primary:
        expected["primary.coupling"] = (1, 1)
        fixed["primary.coupling"] = np.full((1, 1), 1 / types)
    if capsule_bias:
        expected["digit.bias"] = (classes, dim_out)
    primary = _routed_primary if routed_primary else _plain_primary
    steps = (
        _step("image", Quantize(numerator=1, denominator=255), {"x": "pixels"}, "image"),
        *(
            _convolution(conv, source, step)
            for conv, source, (_, step) in zip(convs, ["image", *convs], layers, strict=False)
        ),
        *primary(convs[-1], count, dim, stride),
        _step("votes", Votes(), {"u": "primary", "weight": "digit.weight"}, "digit.votes"),
        _routing(iterations, capsule_bias),
        _step("length", Length(), {"x": f"digit.v{iterations - 1}"}, "length"),
        _step("class", ArgmaxWords(), {"x": "length"}, "class"),
    )
    return Network(
        name,
        {"pixels": Signature(image, PIXELS)},
        steps,
        ("length", "class"),
        expected,
        frozenset(fixed),
        fixed,
    )


def _step(name: str, params: Parameters, inputs: dict[str, str], output: str) -> Step:
    return Step(name, params, inputs, {"out": output})


def _convolution(name: str, source: str, stride: int) -> Step:
    inputs = {"x": source, "weight": f"{name}.weight", "bias": f"{name}.bias"}
    return _step(name, Conv2d(stride=(stride, stride), relu=True), inputs, name)


def _plain_primary(source: str, count: int, dim: int, stride: int) -> tuple[Step, ...]:
    weights = {"x": source, "weight": "primary.weight", "bias": "primary.bias"}
    return (
        _step("primary.conv", Conv2d(stride=(stride, stride)), weights, "primary.maps"),
        _step("primary.capsules", Reshape(shape=(count, dim)), {"x": "primary.maps"}, "primary.s"),
        _step("primary", SquashExact(), {"x": "primary.s"}, "primary"),
    )


def _routed_primary(source: str, count: int, dim: int, stride: int) -> tuple[Step, ...]:
    maps = {"x": source, "weight": "primary.weight"}
    sums = {"c": "primary.coupling", "votes": "primary.votes", "bias": "primary.bias"}
    shape = (1, count, dim)
    return (
        _step("primary.conv", Conv2d(stride=(stride, stride)), maps, "primary.maps"),
        _step("primary.capsules", Reshape(shape=shape), {"x": "primary.maps"}, "primary.votes"),
        _step("primary.sum", WeightedSum(), sums, "primary.s"),
        _step("primary", SquashExact(), {"x": "primary.s"}, "primary"),
    )


def _routing(iterations: int, bias: bool) -> Step:
    params = DynamicRouting(iterations=(RoutingIteration(),) * iterations)
    inputs = {"votes": "digit.votes"} | ({"bias": "digit.bias"} if bias else {})
    outputs = {port: f"digit.{port}" for port in operation_of(params).outputs(params)}
    return Step("digit", params, inputs, outputs)


_SMALL = partial(
    capsule_network,
    image=(28, 28, 1),
    channels=16,
    kernel=7,
    types=16,
    dim=4,
    stride=2,
    classes=10,
    dim_out=6,
)

_SHALLOW = partial(
    capsule_network,
    image=(28, 28, 1),
    channels=256,
    kernel=9,
    types=32,
    dim=8,
    stride=2,
    classes=10,
    dim_out=16,
)

_OBJECTS = partial(
    capsule_network,
    image=(32, 32, 3),
    channels=32,
    kernel=3,
    further=((32, 1), (64, 2), (64, 2)),
    types=16,
    dim=4,
    stride=2,
    classes=10,
    dim_out=5,
)

_TOYS = partial(
    capsule_network,
    image=(32, 32, 2),
    channels=32,
    kernel=7,
    types=16,
    dim=4,
    stride=2,
    classes=5,
    dim_out=6,
)

ARCHITECTURES: dict[str, Callable[[], Network]] = {
    "mnist-small": partial(_SMALL, "mnist-small"),
    "q7-mnist": partial(_SMALL, "q7-mnist", capsule_bias=False),
    "q7-cifar10": partial(_OBJECTS, "q7-cifar10", capsule_bias=False),
    "q7-smallnorb": partial(_TOYS, "q7-smallnorb", capsule_bias=False),
    "shallowcaps": partial(_SHALLOW, "shallowcaps"),
    "shallowcaps-routed": partial(_SHALLOW, "shallowcaps-routed", routed_primary=True),
}
"""Name -> architecture without weights.

`q7-mnist`, `q7-cifar10` and `q7-smallnorb` are the networks of Q7-CapsNets (Costa et al. 2021),
`mnist-small` is the first of them with a capsule bias. `shallowcaps` is Sabour et al. 2017 with a
plain primary convolution, `shallowcaps-routed` with the primary layer routed once as in the
authors' code.
"""


def architecture(name: str) -> Network:
    """The architecture of that name; rejects others with `NAME_UNKNOWN`."""
    if name not in ARCHITECTURES:
        known = ", ".join(ARCHITECTURES)
        raise Rejection(Reason.NAME_UNKNOWN, f"no architecture {name!r}; known: {known}")
    return ARCHITECTURES[name]()

"""Convolutions, primary capsules, class capsules: any number of the first, any window for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from fxcaps.network.network import Network
from fxcaps.network.parts import PIXELS, class_steps, image_step, single
from fxcaps.network.step import Step
from fxcaps.ops import Conv2d, Reshape, SquashExact, WeightedSum
from fxcaps.types import Shape, Signature


@dataclass(frozen=True)
class Window:
    """What slides over an image or a feature map, with valid padding.

    Args:
        kernel: rows and columns.
        stride: of both.
        channels: that come out.
    """

    kernel: tuple[int, int]
    stride: int
    channels: int

    def grid(self, extent: tuple[int, int]) -> tuple[int, int]:
        """Rows and columns that come out; not positive where the window does not fit."""
        rows, columns = (
            (size - kernel) // self.stride + 1
            for size, kernel in zip(extent, self.kernel, strict=True)
        )
        return rows, columns


def capsule_stack(
    name: str,
    *,
    image: tuple[int, int, int],
    convolutions: Sequence[Window],
    primary: Window,
    dim: int,
    classes: int,
    dim_out: int,
    iterations: int = 3,
    routed_primary: bool = False,
    capsule_bias: bool = True,
    shared_transforms: bool = False,
) -> Network:
    """The form of Sabour et al. 2017 with any convolutions, each with a bias and ReLU.

    Args:
        name: of the architecture.
        image: height, width, channels.
        convolutions: in order; their tensors are named `conv`, `conv2`, `conv3`.
        primary: the window of the primary capsules, whose channels are types * dim.
        dim: components of a primary capsule.
        classes: class capsules.
        dim_out: components of a class capsule.
        iterations: of routing.
        routed_primary: the primary layer is itself routed once over its types, so that every
            sum is divided by `types` before the bias, as in Sabour's code; otherwise it is a
            plain convolution.
        capsule_bias: class capsules have a bias.
        shared_transforms: a primary capsule type has one matrix for each class at all places of
            the grid, instead of one at every place.
    """
    expected: dict[str, Shape] = {}
    steps = [image_step()]
    extent, depth, source = image[:2], image[2], "image"
    for label, window in zip(labels(len(convolutions)), convolutions, strict=True):
        expected[f"{label}.weight"] = (window.channels, *window.kernel, depth)
        expected[f"{label}.bias"] = (window.channels,)
        inputs = {"x": source, "weight": f"{label}.weight", "bias": f"{label}.bias"}
        params = Conv2d(stride=(window.stride, window.stride), relu=True)
        steps.append(single(label, params, inputs, label))
        extent, depth, source = window.grid(extent), window.channels, label
    rows, columns = primary.grid(extent)
    types = primary.channels // dim
    count = rows * columns * types
    expected["primary.weight"] = (types * dim, *primary.kernel, depth)
    expected["primary.bias"] = (types, dim) if routed_primary else (types * dim,)
    expected["digit.weight"] = (types if shared_transforms else count, classes, dim_out, dim)
    fixed = {}
    if routed_primary:
        expected["primary.coupling"] = (1, 1)
        fixed["primary.coupling"] = np.full((1, 1), 1 / types)
    if capsule_bias:
        expected["digit.bias"] = (classes, dim_out)
    steps += _primary(source, (count, dim), primary.stride, routed=routed_primary)
    steps += class_steps("primary", iterations, bias=capsule_bias)
    return Network(
        name,
        {"pixels": Signature(image, PIXELS)},
        tuple(steps),
        ("length", "class"),
        expected,
        frozenset(fixed),
        fixed,
    )


def labels(count: int) -> list[str]:
    """Names of the convolutions."""
    return ["conv", *(f"conv{k}" for k in range(2, count + 1))][:count]


def _primary(source: str, shape: Shape, stride: int, *, routed: bool) -> list[Step]:
    maps = {"x": source, "weight": "primary.weight"}
    conv = Conv2d(stride=(stride, stride))
    if not routed:
        maps |= {"bias": "primary.bias"}
        sums = [
            single("primary.capsules", Reshape(shape=shape), {"x": "primary.maps"}, "primary.s")
        ]
    else:
        votes = Reshape(shape=(1, *shape))
        inputs = {"c": "primary.coupling", "votes": "primary.votes", "bias": "primary.bias"}
        sums = [
            single("primary.capsules", votes, {"x": "primary.maps"}, "primary.votes"),
            single("primary.sum", WeightedSum(), inputs, "primary.s"),
        ]
    squash = single("primary", SquashExact(), {"x": "primary.s"}, "primary")
    return [single("primary.conv", conv, maps, "primary.maps"), *sums, squash]

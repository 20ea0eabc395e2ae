"""Random weights as other code names and orders them, and what that code computes with them.

The forwards are written in the source's own axes, from its published code, and use nothing of
fxcaps: channels first with capsules in the order (type, row, column) for Q-CapsNets, channels last
with (row, column, type) for Keras.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Arrays = dict[str, NDArray[Any]]

IMAGE = (9, 12)
"""Rows and columns that are not equal, so that no two axes of a grid can be exchanged unseen."""


def random_arrays(shapes: Mapping[str, tuple[int, ...]], seed: int = 0) -> Arrays:
    """Normal 32-bit floats large enough that the routing of every image is lively."""
    random = np.random.default_rng(seed)
    return {
        name: random.normal(0.0, 0.4, shape).astype(np.float32) for name, shape in shapes.items()
    }


def images(depth: int, count: int = 5, image: tuple[int, int] = IMAGE) -> NDArray[np.uint8]:
    """Random images, channels last."""
    return np.random.default_rng(1).integers(0, 256, (count, *image, depth), np.uint8)


def shallow(seed: int = 0) -> Arrays:
    """A small ShallowCapsNet: windows of 3x2 and 3x3, 2 types of 3 on a grid of 3x5."""
    return random_arrays(
        {
            "conv.conv.weight": (4, 2, 3, 2),
            "conv.conv.bias": (4,),
            "primary.bias": (2, 3, 1, 1),
            "primary.conv3d.weight": (6, 4, 3, 3),
            "digit.weight": (2 * 3 * 5, 3, 4 * 5),
            "digit.bias": (4, 5),
        },
        seed,
    )


def keras(seed: int = 0) -> Arrays:
    """A small Q7 network: 3x2, then 2x3 with steps of 2; 2 types of 3 on a grid of 2x4."""
    return random_arrays(
        {
            "conv2d.kernel": (3, 2, 2, 4),
            "conv2d.bias": (4,),
            "conv2d_1.kernel": (2, 3, 4, 3),
            "conv2d_1.bias": (3,),
            "primary_capsule.kernel": (2, 2, 3, 6),
            "primary_capsule.bias": (6,),
            "capsule.weights": (4, 2 * 4 * 2, 5, 3),
        },
        seed,
    )


KERAS_STRIDES = (1, 2, 1)


def shallow_forward(state: Arrays, pixels: NDArray[Any], iterations: int = 3) -> NDArray[Any]:
    """Class capsules `(N, co, no)` of a ShallowCapsNet for images `(N, H, W, C)`."""
    w = {name: array.astype(np.float64) for name, array in state.items()}
    x = pixels.transpose(0, 3, 1, 2) / 255.0
    conv = channels_first(x, w["conv.conv.weight"], 1) + w["conv.conv.bias"][:, None, None]
    maps = channels_first(np.maximum(conv, 0.0), w["primary.conv3d.weight"], 2)
    types, dim = w["primary.bias"].shape[:2]
    votes = maps.reshape(len(x), types, dim, *maps.shape[2:])
    capsules = squash(votes / types + w["primary.bias"], axis=2)
    u = np.moveaxis(capsules, 2, 4).reshape(len(x), -1, dim)
    classes, dim_out = w["digit.bias"].shape
    hat = np.einsum("nik,ikm->nim", u, w["digit.weight"])
    hat = hat.reshape(len(x), -1, classes, dim_out)
    logits = np.zeros(hat.shape[:3])
    for _ in range(iterations):
        route = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
        v = squash(np.einsum("nij,nijd->njd", route, hat) + w["digit.bias"], axis=2)
        logits = logits + np.einsum("nijd,njd->nij", hat, v)
    return v


def channels_first(x: NDArray[Any], weight: NDArray[Any], stride: int) -> NDArray[np.float64]:
    """Valid convolution of `(N, C, H, W)` with `(O, C, KH, KW)`."""
    windows = sliding_window_view(x, weight.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    made: NDArray[np.float64] = np.einsum("nchwij,ocij->nohw", windows, weight, optimize=True)
    return made


def keras_forward(
    given: Arrays,
    pixels: NDArray[Any],
    strides: tuple[int, ...] = KERAS_STRIDES,
    iterations: int = 3,
) -> NDArray[Any]:
    """Class capsules `(N, J, D)` of a Q7 network for images `(N, H, W, C)`."""
    w = {name: array.astype(np.float64) for name, array in given.items()}
    x = pixels / 255.0
    layers = ["conv2d", *(f"conv2d_{k}" for k in range(1, len(strides) - 1))]
    for layer, stride in zip(layers, strides, strict=False):
        x = channels_last(x, w[f"{layer}.kernel"], stride) + w[f"{layer}.bias"]
        x = np.maximum(x, 0.0)
    x = channels_last(x, w["primary_capsule.kernel"], strides[-1]) + w["primary_capsule.bias"]
    weights = w["capsule.weights"]
    u = squash(x.reshape(len(x), -1, weights.shape[3]), axis=2)
    hat = np.einsum("jidk,nik->njid", weights, u)
    b = np.zeros(hat.shape[:3])
    for iteration in range(iterations):
        c = np.exp(b) / np.exp(b).sum(axis=1, keepdims=True)
        v = squash(np.einsum("nji,njid->njd", c, hat), axis=2)
        if iteration < iterations - 1:
            b = b + np.einsum("njid,njd->nji", hat, v)
    return v


def channels_last(x: NDArray[Any], kernel: NDArray[Any], stride: int) -> NDArray[np.float64]:
    """Valid convolution of `(N, H, W, C)` with `(KH, KW, C, O)`."""
    windows = sliding_window_view(x, kernel.shape[:2], axis=(1, 2))[:, ::stride, ::stride]
    made: NDArray[np.float64] = np.einsum("nhwcij,ijco->nhwo", windows, kernel, optimize=True)
    return made


def squash(s: NDArray[Any], axis: int) -> NDArray[np.float64]:
    """`s |s| / (1 + |s|**2)` along an axis."""
    norm = np.sqrt(np.square(s).sum(axis=axis, keepdims=True))
    made: NDArray[np.float64] = s * norm / (1.0 + np.square(norm))
    return made

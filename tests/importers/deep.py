"""A small DeepCaps in the names and axes of Q-CapsNets, and what that code computes with it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from tests.importers.sources import Arrays, channels_first, random_arrays, squash

IMAGE = (17, 9)
"""Grids of 9x5, 5x3, 3x2 and 2x1."""

CHANNELS, TYPES, DIMS, CLASSES, DIM_OUT = 3, 2, (2, 3, 4, 4), 3, 5
EPSILON = 0.001


def shapes(
    depth: int = 2,
    channels: int = CHANNELS,
    types: int = TYPES,
    dims: tuple[int, ...] = DIMS,
    votes: tuple[int, int, int] = (TYPES * 8, CLASSES, DIM_OUT),
) -> dict[str, tuple[int, ...]]:
    """Names and shapes of a state dict, in its order."""
    made: dict[str, tuple[int, ...]] = {
        "conv1.conv.weight": (channels, depth, 3, 3),
        "conv1.conv.bias": (channels,),
    }
    for name in ("weight", "bias", "running_mean", "running_var"):
        made[f"conv1.batchnorm.{name}"] = (channels,)
    before = channels
    for cell, dim in enumerate(dims, start=1):
        inside = types * dim
        for layer in ("l1", "l2", "l3", "l_skip"):
            made[f"block{cell}.{layer}.conv.weight"] = (inside, before, 3, 3)
            made[f"block{cell}.{layer}.conv.bias"] = (inside,)
            before = inside
    made["block4.l_skip.conv.weight"] = (before, 1, dims[-1], 3, 3)
    made["block4.l_skip.bias"] = (types, dims[-1], 1, 1)
    capsules, classes, dim_out = votes
    made["capsLayer.weight"] = (capsules, dims[-1], classes * dim_out)
    made["capsLayer.bias"] = (classes, dim_out)
    return made


def deep(seed: int = 0, **sizes: Any) -> Arrays:
    """Random weights that keep the lengths of a deep network lively, and its counter."""
    arrays = random_arrays(shapes(**sizes), seed)
    arrays["conv1.batchnorm.running_var"] = np.abs(arrays["conv1.batchnorm.running_var"]) + 0.25
    return arrays | {"conv1.batchnorm.num_batches_tracked": np.array(7)}


def deep_forward(state: Arrays, pixels: NDArray[Any], iterations: int = 3) -> NDArray[Any]:
    """Class capsules `(N, co, no)` for images `(N, H, W, C)`."""
    w = {name: array.astype(np.float64) for name, array in state.items()}
    x = np.maximum(conv(pixels.transpose(0, 3, 1, 2) / 255.0, w, "conv1.conv", 1), 0.0)
    norm = {name: w[f"conv1.batchnorm.{name}"][:, None, None] for name in _NORM}
    x = (x - norm["running_mean"]) / np.sqrt(norm["running_var"] + EPSILON)
    x = x * norm["weight"] + norm["bias"]
    types = w["block4.l_skip.bias"].shape[0]
    cells = []
    for cell in (1, 2, 3, 4):
        block = f"block{cell}"
        first = capsules(conv(x, w, f"{block}.l1.conv", 2), types)
        if cell < 4:
            skip = capsules(conv(flat(first), w, f"{block}.l_skip.conv", 1), types)
        else:
            skip = routed(first, w, iterations)
        made = capsules(conv(flat(first), w, f"{block}.l2.conv", 1), types)
        made = capsules(conv(flat(made), w, f"{block}.l3.conv", 1), types)
        cells.append(made + skip)
        x = flat(cells[-1])
    u = np.concatenate([vectors(cells[2]), vectors(cells[3])], axis=1)
    classes, dim_out = w["capsLayer.bias"].shape
    votes = np.einsum("nik,ikm->nim", u, w["capsLayer.weight"])
    votes = votes.reshape(len(x), -1, classes, dim_out)
    logits = np.zeros(votes.shape[:3])
    for _ in range(iterations):
        route = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
        v = squash(np.einsum("nij,nijd->njd", route, votes) + w["capsLayer.bias"], axis=2)
        logits = logits + np.einsum("nijd,njd->nij", votes, v)
    return v


_NORM = ("weight", "bias", "running_mean", "running_var")


def conv(x: NDArray[Any], w: Arrays, name: str, stride: int) -> NDArray[np.float64]:
    """Padded by one on every side, with its bias."""
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    return channels_first(padded, w[f"{name}.weight"], stride) + w[f"{name}.bias"][:, None, None]


def capsules(maps: NDArray[Any], types: int) -> NDArray[np.float64]:
    """`(N, types, dim, H, W)`, squashed over dim."""
    return squash(maps.reshape(len(maps), types, -1, *maps.shape[2:]), axis=2)


def flat(grid: NDArray[Any]) -> NDArray[Any]:
    """Capsules as channels."""
    return grid.reshape(len(grid), -1, *grid.shape[3:])


def vectors(grid: NDArray[Any]) -> NDArray[Any]:
    """Capsules in the order (type, row, column)."""
    return np.moveaxis(grid, 2, 4).reshape(len(grid), -1, grid.shape[2])


def routed(u: NDArray[Any], w: Arrays, iterations: int) -> NDArray[np.float64]:
    """One kernel over the components of each type; softmax over output types and the grid."""
    bias = w["block4.l_skip.bias"]
    types, dim = bias.shape[:2]
    padded = np.pad(u, ((0, 0),) * 3 + ((1, 1), (1, 1)))
    windows = sliding_window_view(padded, (3, 3), axis=(3, 4))
    kernel = w["block4.l_skip.conv.weight"][:, 0]
    votes = np.einsum("nikhwyx,okyx->niohw", windows, kernel, optimize=True)
    votes = votes + w["block4.l_skip.conv.bias"][:, None, None]
    votes = votes.reshape(*votes.shape[:2], types, dim, *votes.shape[3:])
    logits = np.zeros((*votes.shape[:3], *votes.shape[4:]))
    for _ in range(iterations):
        powers = np.exp(logits)
        route = powers / powers.sum(axis=(2, 3, 4), keepdims=True)
        v = squash((route[:, :, :, None] * votes).sum(axis=1) + bias, axis=2)
        logits = logits + (votes * v[:, None]).sum(axis=3)
    return v

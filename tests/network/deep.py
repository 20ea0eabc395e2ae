"""DeepCaps: its names, narrow ones, weights under which no tensor vanishes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.network import DeepCapsCode, Network, deepcaps_network
from fxcaps.quantize import fold_batch_norm

DEEPCAPS = {
    "deepcaps-28-keras": DeepCapsCode.KERAS,
    "deepcaps-64-keras": DeepCapsCode.KERAS,
    "deepcaps-28-qcapsnets": DeepCapsCode.QCAPSNETS,
    "deepcaps-64-qcapsnets": DeepCapsCode.QCAPSNETS,
    "deepcaps-28-16": DeepCapsCode.QCAPSNETS,
}
"""Architecture -> the code whose form it has."""

EPSILON = 1e-3
"""Added to the variance by both codes."""


def narrow(code: DeepCapsCode, **changes: Any) -> Network:
    """DeepCaps with two types a cell for images of 12 x 12; grids 6, 3, 2, 1."""
    choices: dict[str, Any] = {
        "image": (12, 12, 1),
        "channels": 3,
        "types": 2,
        "dims": (2, 3, 3, 3),
        "classes": 3,
        "dim_out": 4,
    }
    return deepcaps_network("narrow", code=code, **(choices | changes))


def statistics(channels: int, seed: int = 3) -> dict[str, NDArray[np.float64]]:
    """What a batch normalisation has trained and seen."""
    random = np.random.default_rng(seed)
    return {
        "gamma": random.normal(1.0, 0.3, channels),
        "beta": random.normal(0.0, 0.3, channels),
        "mean": random.uniform(0.0, 0.5, channels),
        "variance": random.uniform(0.1, 0.5, channels),
    }


def trained(network: Network, seed: int = 0) -> Network:
    """The architecture with random weights, each sum about as large as its terms."""
    random = np.random.default_rng(seed)
    tensors = {}
    for name, shape in network.expected.items():
        # a kernel has the axes KH, KW and C after its output channels
        terms = shape[0] * shape[-1] / 8 if name == "digit.weight" else np.prod(shape[-3:])
        spread = 0.2 if "bias" in name else 2.0 / np.sqrt(terms)
        tensors[name] = random.normal(0.0, spread, shape)
    folded = fold_batch_norm(**statistics(network.expected["conv.bias"][0]), epsilon=EPSILON)
    return network.with_tensors(tensors).with_params({"norm": folded})


def images(network: Network, count: int, seed: int = 1) -> NDArray[np.uint8]:
    """Random images."""
    shape = network.inputs["pixels"].shape
    return np.random.default_rng(seed).integers(0, 256, (count, *shape), np.uint8)

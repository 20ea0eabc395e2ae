"""Small networks under every profile: the types that tensors have inside a Program."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from fxcaps.network import Network, Program
from fxcaps.network.builders import capsule_network
from fxcaps.network.deepcaps import DeepCapsCode, deepcaps_network
from fxcaps.profiles import load_profile, published
from fxcaps.quantize import quantize_network
from fxcaps.real import REAL
from fxcaps.types import Rejection

WIDTHS = (8, 12, 16)
"""One container or two; 12 bits leave sums of products in 32 bits."""


def networks() -> Iterator[Network]:
    """The forms of network that the package builds, narrow, with random weights."""
    for routed in (False, True):
        yield capsule_network(
            "narrow",
            image=(10, 10, 1),
            channels=2,
            kernel=3,
            types=2,
            dim=4,
            stride=2,
            classes=3,
            dim_out=4,
            routed_primary=routed,
        )
    for code in DeepCapsCode:
        yield deepcaps_network("narrow", image=(16, 16, 1), code=code, channels=2, types=2)


def programs() -> Iterator[Program]:
    """Each of the networks, for each profile and width; what a profile refuses is left out."""
    image = np.random.default_rng(1).integers(0, 256, (2, 16, 16, 1), np.uint8)
    for network in map(_with_weights, networks()):
        (given,) = network.inputs.values()
        rows, columns, _ = given.shape
        for profile in published():
            for width in WIDTHS:
                try:
                    yield quantize_network(
                        network,
                        image[:, :rows, :columns],
                        REAL,
                        width=width,
                        arithmetic=load_profile(profile),
                    )
                except Rejection:
                    continue


def _with_weights(network: Network) -> Network:
    random = np.random.default_rng(2)
    tensors = {
        name: random.normal(0, 1 / math.sqrt(math.prod(shape[1:])), shape)
        for name, shape in network.expected.items()
        if name not in network.fixed
    }
    return network.with_tensors(tensors)

"""Small networks with five capsule types, and the same with types set to zero."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.network import Network, capsule_network
from tests.network.build import random_tensors

TYPES, DIM, PLACES = 5, 3, 9


def network(**choices: Any) -> Network:
    """8 x 8 images, 2 channels, 5 primary types of 3 on a 3 x 3 grid, 3 classes of 2."""
    made = capsule_network(
        "five",
        image=(8, 8, 1),
        channels=2,
        kernel=2,
        types=TYPES,
        dim=DIM,
        stride=2,
        classes=3,
        dim_out=2,
        **choices,
    )
    return made.with_tensors(random_tensors(made))


def masked(whole: Network, kept: Iterable[int]) -> Network:
    """The whole network with every weight of the other types zero."""
    gone = sorted(set(range(TYPES)) - set(kept))
    tensors: dict[str, NDArray[Any]] = {name: a.copy() for name, a in whole.tensors.items()}
    channels = [t * DIM + d for t in gone for d in range(DIM)]
    tensors["primary.weight"][channels] = 0
    tensors["primary.bias"].reshape(TYPES * DIM)[channels] = 0
    matrices = tensors["digit.weight"]
    matrices[[row for row in range(len(matrices)) if row % TYPES in gone]] = 0
    return whole.with_tensors(tensors)


def places(kept: Iterable[int]) -> list[int]:
    """The capsules of some types: types run fastest."""
    return [place * TYPES + t for place in range(PLACES) for t in sorted(kept)]


def zero_free(network: Network) -> bool:
    """Whether no trained weight is zero."""
    return all(np.all(a != 0) for name, a in network.tensors.items() if name not in network.fixed)

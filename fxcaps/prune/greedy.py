"""The criterion `accuracy`: types go one by one, each time the one that is missed least."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.network import Network, compute, forward
from fxcaps.network.forward import Floats, RealTable
from fxcaps.prune.layer import PrimaryLayer
from fxcaps.prune.narrow import cut_array, follow
from fxcaps.types import Reason, Rejection

_BATCH = 16
"""Images whose votes are held at a time: 24 MB for ShallowCaps."""

Progress = Callable[[int, int], None]


def remove_greedily(
    layer: PrimaryLayer,
    images: NDArray[Any],
    labels: NDArray[Any],
    keep: int,
    real: RealTable,
    progress: Progress | None = None,
) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Types in the order in which they go, and the share of images right after each.

    The images pass the convolutions once. A round with T types left routes every image T times
    with T - 1 types, so that going from 32 to 4 types routes each image 518 times.
    """
    tail = _Tail(layer, images, real)
    left = tuple(range(layer.types))
    order: list[int] = []
    shares: list[float] = []
    total = len(images) * sum(range(keep + 1, layer.types + 1))
    done = 0
    while len(left) > keep:
        right, margin = np.zeros(len(left), np.int64), np.zeros(len(left))
        for first in range(0, len(images), _BATCH):
            part = slice(first, first + _BATCH)
            scores = tail.without_each(left, part)
            found = scores.argmax(axis=-1) == labels[part]
            right += found.sum(axis=1)
            margin += _margins(scores, labels[part]).sum(axis=1)
            done += found.size
            if progress:
                progress(done, total)
        best = max(range(len(left)), key=lambda n: (right[n], margin[n]))
        order.append(left[best])
        shares.append(float(right[best]) / len(images))
        left = left[:best] + left[best + 1 :]
    return tuple(order), tuple(shares)


def _margins(scores: Floats, labels: NDArray[Any]) -> Floats:
    """`(T, N)`: score of the labelled class less the largest of the others."""
    at = np.arange(len(labels))
    own = scores[:, at, labels]
    others = scores.copy()
    others[:, at, labels] = -np.inf
    margins: Floats = own - others.max(axis=-1)
    return margins


class _Tail:
    """The primary capsules of some images, and what comes after them for any of the types."""

    def __init__(self, layer: PrimaryLayer, images: NDArray[Any], real: RealTable) -> None:
        self.layer, self.real = layer, real
        network = layer.network
        self.shapes = network.shapes()
        self.scores = scores_of(network)
        self.members = layer.members()
        self.constants = {name: a.astype(np.float64) for name, a in network.tensors.items()}
        parts = [values[layer.capsules] for values in forward(network, images, real)]
        self.capsules = np.concatenate(parts)

    def without_each(self, types: tuple[int, ...], part: slice) -> Floats:
        """`(T, N, J)`: scores of some images with all of these types but one."""
        votes = self.layer.votes
        places = self._places(types)
        name = votes.outputs["out"]
        steps, constants = self._followed((votes,), {votes.inputs["u"]: {0: places}})
        known = {votes.inputs["u"]: self.capsules[part][:, list(places)]}
        made = compute(steps, constants, known, self.real)[name]
        found = []
        for t in types:
            rest = tuple(other for other in types if other != t)
            left = self._places(rest)
            steps, constants = self._followed(self.layer.tail, {name: {0: left}})
            own = set(self.members[t])
            rows = [n for n, place in enumerate(places) if place not in own]
            known = compute(steps, constants, {name: made[:, rows]}, self.real)
            found.append(known[self.scores])
        return np.stack(found)

    def _places(self, types: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(sorted(place for t in types for place in self.members[t]))

    def _followed(
        self, steps: tuple[Any, ...], start: Mapping[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Floats]]:
        """Steps and constants of what is left."""
        made, kept = follow(steps, self.shapes, self.constants, dict(start))
        names = {name for step in steps for name in step.inputs.values()} & self.constants.keys()
        return made, {name: cut_array(self.constants[name], kept.get(name, {})) for name in names}


def scores_of(network: Network) -> str:
    """Name of the tensor `(J,)` whose largest entry is the class that a Network gives.

    Rejects a Network that gives no class (`NAME_UNKNOWN`).
    """
    shapes = network.shapes()
    for step in network.steps:
        given = set(step.outputs.values()) & set(network.outputs)
        scores = [name for name in step.inputs.values() if len(shapes[name]) == 1]
        if any(shapes[name] == () for name in given) and len(scores) == 1:
            return scores[0]
    raise Rejection(Reason.NAME_UNKNOWN, f"{network.name}: no output is the class of an image")

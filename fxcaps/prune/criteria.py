"""Which primary capsule types a Network can do without: four criteria."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.network import Network, Step, forward
from fxcaps.network.forward import Floats, RealTable
from fxcaps.network.images import check_images
from fxcaps.ops.routing import Routing
from fxcaps.prune.greedy import remove_greedily, scores_of
from fxcaps.prune.keep import kept_count
from fxcaps.prune.layer import PrimaryLayer, find_primary
from fxcaps.prune.narrow import cut_array
from fxcaps.types import Reason, Rejection

Progress = Callable[[int, int], None]


class Criterion(StrEnum):
    """What a capsule type is worth."""

    NORM = "norm"
    """L2 norm of all trained weights that go with the type: its part of the convolution, its
    biases and its matrices. Needs no images."""

    ACTIVITY = "activity"
    """Mean length of the type's capsules over images and places."""

    ROUTING = "routing"
    """What the type's capsules bring to the winning class capsule: coupling of the last iteration
    times vote, along the sum of that capsule, added over places; the mean over images. With the
    bias's own, these add up to the length of the sum."""

    ACCURACY = "accuracy"
    """Images that are classified correctly after the type is gone, one type at a time: in each
    round every type that is left is tried, and the one goes whose absence leaves most images
    right, among equals the one that leaves the largest mean margin of the labelled class."""


@dataclass(frozen=True)
class Ranking:
    """An order in which types can go.

    Args:
        criterion: that it follows.
        types: that there are.
        removal: types, the one that is missed least first; those that must stay are absent.
        scores: one a type in `removal`: what the criterion says of it, and for `accuracy` the
            share of images that are right once it, too, is gone.
    """

    criterion: Criterion
    types: int
    removal: tuple[int, ...]
    scores: tuple[float, ...]

    def kept(self, count: int) -> tuple[int, ...]:
        """The types that stay if so many do, ascending.

        Rejects more than there are and fewer than were ranked for (`PARAMETER_INVALID`).
        """
        gone = self.types - kept_count(count, self.types)
        if gone > len(self.removal):
            raise Rejection(
                Reason.PARAMETER_INVALID,
                f"keep: only {len(self.removal)} of {self.types} types were ranked for removal",
            )
        return tuple(sorted(set(range(self.types)) - set(self.removal[:gone])))


def rank_types(
    network: Network,
    criterion: Criterion,
    real: RealTable,
    *,
    images: NDArray[Any] | None = None,
    labels: NDArray[Any] | None = None,
    keep: int = 1,
    progress: Progress | None = None,
) -> Ranking:
    """Rank the primary capsule types of a Network.

    Args:
        network: with its tensors.
        criterion: what a type is worth.
        real: table of real functions.
        images: `(N, *shape)` integers, for all criteria but `norm`; never the test set.
        labels: `(N,)`, for `accuracy`.
        keep: how many types stay; `accuracy` tries no further.
        progress: told what is done of how much: images, or for `accuracy` routings of an image.

    Rejects a Network without primary capsule types (`NAME_UNKNOWN`), images and labels that are
    missing or do not fit, and `routing` without a step that routes (`NAME_UNKNOWN`).
    """
    network.require_tensors()
    layer = find_primary(network)
    count = kept_count(keep, layer.types)
    if criterion is Criterion.NORM:
        return _ascending(criterion, weight_norms(layer))
    if images is None:
        raise Rejection(Reason.DATA_INVALID, f"criterion {criterion.value} needs images")
    check_images(images, network.inputs, network.name)
    if criterion is Criterion.ACCURACY:
        (classes,) = network.shapes()[scores_of(network)]
        given = _checked_labels(labels, len(images), classes)
        order, scores = remove_greedily(layer, images, given, count, real, progress)
        return Ranking(criterion, layer.types, order, scores)
    measure = capsule_lengths if criterion is Criterion.ACTIVITY else routed_shares
    return _ascending(criterion, measure(layer, images, real, progress))


def _ascending(criterion: Criterion, scores: Floats) -> Ranking:
    order = np.argsort(scores, kind="stable")
    return Ranking(criterion, len(scores), tuple(order.tolist()), tuple(scores[order].tolist()))


def _checked_labels(labels: NDArray[Any] | None, count: int, classes: int) -> NDArray[Any]:
    if labels is None:
        raise Rejection(Reason.DATA_INVALID, "criterion accuracy needs labels of the images")
    if labels.shape != (count,) or labels.dtype.kind not in "iu":
        raise Rejection(
            Reason.DATA_INVALID,
            f"expected {count} labels, one integer an image, found {labels.dtype} {labels.shape}",
        )
    if not 0 <= labels.min() <= labels.max() < classes:
        raise Rejection(
            Reason.DATA_INVALID,
            f"labels are 0 to {classes - 1}, found {labels.min()} to {labels.max()}",
        )
    return labels


def weight_norms(layer: PrimaryLayer) -> Floats:
    """`(types,)`: L2 norm of the trained weights that go with each type."""
    network = layer.network
    squares = {
        name: np.square(tensor, dtype=np.float64)
        for name, tensor in network.tensors.items()
        if name not in network.fixed
    }
    found = np.zeros(layer.types)
    for t in range(layer.types):
        _, kept = layer.followed((t,))  # entries that all types share are not in it
        found[t] = sum(cut_array(squares[k], kept[k]).sum() for k in kept.keys() & squares.keys())
    return np.sqrt(found)


def capsule_lengths(
    layer: PrimaryLayer, images: NDArray[Any], real: RealTable, progress: Progress | None = None
) -> Floats:
    """`(types,)`: mean length of each type's capsules."""
    found, done = np.zeros(layer.types), 0
    members = layer.members()
    for values in forward(layer.network, images, real):
        lengths = np.sqrt(np.square(values[layer.capsules]).sum(axis=-1)).sum(axis=0)
        found += [lengths[list(places)].mean() for places in members]
        done += len(values[layer.capsules])
        if progress:
            progress(done, len(images))
    return found / len(images)


def routed_shares(
    layer: PrimaryLayer, images: NDArray[Any], real: RealTable, progress: Progress | None = None
) -> Floats:
    """`(types,)`: mean part of each type in the sum of the winning class capsule."""
    step, params = _routing_step(layer)
    last = len(params.iterations) - 1
    names = {port: step.outputs[f"{port}{last}"] for port in "cs"}
    found, done, members = np.zeros(layer.types), 0, layer.members()
    for values in forward(layer.network, images, real):
        votes, c, s = values[step.inputs["votes"]], values[names["c"]], values[names["s"]]
        each = np.arange(len(votes))
        norms = np.sqrt(np.square(s).sum(axis=-1))
        winner = norms.argmax(axis=-1)  # squash keeps the order of lengths
        norm = norms[each, winner]
        along = s[each, winner] / np.where(norm > 0, norm, 1.0)[:, None]
        parts = np.einsum("nid,nd->ni", votes[each, :, winner], along) * c[each, :, winner]
        total = parts.sum(axis=0)
        found += [total[list(places)].sum() for places in members]
        done += len(votes)
        if progress:
            progress(done, len(images))
    return found / len(images)


def _routing_step(layer: PrimaryLayer) -> tuple[Step, Routing]:
    votes = layer.votes.outputs["out"]
    for step in layer.tail:
        if isinstance(step.params, Routing) and step.inputs["votes"] == votes:
            return step, step.params
    raise Rejection(
        Reason.NAME_UNKNOWN, f"{layer.network.name}: no step routes the votes {votes!r}"
    )

"""The smaller Network: without capsule types, or without single capsules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from fxcaps.network import Network, Step
from fxcaps.ops import Take
from fxcaps.prune.keep import check_indices
from fxcaps.prune.layer import find_primary
from fxcaps.prune.narrow import cut, follow, narrowed
from fxcaps.types import Reason, Rejection


def keep_types(network: Network, types: Iterable[int]) -> Network:
    """A dense Network with some of the primary capsule types, in their order.

    The convolution loses the output channels of the others, and the class capsules the matrices.
    A constant coupling stays what it was, so that a layer whose sums are divided by its number
    of types is still divided by the old one: the Network computes what the whole one computes
    with the weights of the other types set to zero.

    Args:
        network: with its tensors, or an architecture.
        types: that stay, counted from 0.

    Rejects a Network without primary capsule types (`NAME_UNKNOWN`), no types, repeated ones and
    those that do not exist (`PARAMETER_INVALID`), and a Network in which a step cannot do without
    what is removed (`SHAPE_MISMATCH`).
    """
    layer = find_primary(network)
    chosen = check_indices(types, layer.types, "types")
    if len(chosen) == layer.types:
        return network
    name = f"{network.name}-{len(chosen)}of{layer.types}"
    return narrowed(network, layer.start(chosen), name)


def remove_capsules(network: Network, capsules: Iterable[int]) -> Network:
    """A Network in which a layout step leaves single primary capsules out.

    Their matrices go; the convolution stays, as other capsules share its weights.

    Args:
        network: with its tensors, or an architecture.
        capsules: that are removed, by their places among all, counted from 0.

    Rejects a Network without primary capsules (`NAME_UNKNOWN`), no capsules, repeated ones, those
    that do not exist and all of them (`PARAMETER_INVALID`), and matrices that capsules share
    where those that remain do not share them alike (`SHAPE_MISMATCH`).
    """
    layer = find_primary(network)
    shapes, source = network.shapes(), layer.capsules
    count = shapes[source][0]
    removed = check_indices(capsules, count, "capsules")
    if len(removed) == count:
        raise Rejection(Reason.PARAMETER_INVALID, f"capsules: all {count} are removed")
    left = tuple(sorted(set(range(count)) - set(removed)))
    target = f"{source}.kept"
    take = Step(target, Take(axis=0, indices=left), {"x": source}, {"out": target})
    made = next(n for n, s in enumerate(network.steps) if source in s.outputs.values()) + 1
    readers = tuple(_reading(step, source, target) for step in network.steps[made:])
    steps, kept = follow(
        readers, shapes | {target: shapes[source]}, network.expected, {target: {0: left}}
    )
    name = f"{network.name}-without-{len(removed)}-capsules"
    return cut(network, (*network.steps[:made], take, *steps), kept, name)


def _reading(step: Step, source: str, target: str) -> Step:
    """A step that reads another tensor in place of one."""
    inputs = {port: target if name == source else name for port, name in step.inputs.items()}
    return replace(step, inputs=inputs)

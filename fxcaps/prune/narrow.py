"""Follow through a Network what goes when slices of a tensor go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.network import Network, Step
from fxcaps.ops import operation_of
from fxcaps.ops.selection import Selectable, Selection
from fxcaps.types import Reason, Rejection, Shape

Kept = dict[str, Selection]
"""Tensor name -> what is kept of it; tensors that are whole are absent."""


def follow(
    steps: Iterable[Step], shapes: Mapping[str, Shape], constants: Iterable[str], start: Kept
) -> tuple[tuple[Step, ...], Kept]:
    """The steps over the slices that are kept, and what is kept of every tensor.

    Args:
        steps: in order.
        shapes: of every whole tensor.
        constants: names of the tensors that can be cut because a step asks for it.
        start: what is kept of some of the tensors.

    Rejects a step that cannot do without what is left out with `SHAPE_MISMATCH`, naming it.
    """
    kept = {name: _proper(selection, shapes[name]) for name, selection in start.items()}
    kept = {name: selection for name, selection in kept.items() if selection}
    free = set(constants) - set(kept)
    made = []
    for step in steps:
        asked = {port: kept[name] for port, name in step.inputs.items() if name in kept}
        if not asked:
            made.append(step)
            free -= set(step.inputs.values())
            continue
        try:
            made.append(_follow_step(step, shapes, asked, kept, free))
        except Rejection as rejection:
            raise rejection.within(f"step {step.name!r}") from None
    return tuple(made), kept


def _follow_step(
    step: Step, shapes: Mapping[str, Shape], asked: Kept, kept: Kept, free: set[str]
) -> Step:
    operation = operation_of(step.params)
    if not isinstance(operation, Selectable):
        raise Rejection(
            Reason.SHAPE_MISMATCH, f"{operation.name} does not say what can be left out"
        )
    given = {port: shapes[name] for port, name in step.inputs.items()}
    params, found = operation.selected(step.params, given, asked)
    for port, name in step.inputs.items():
        wanted = _proper(found.get(port, {}), shapes[name])
        if wanted and name in free:
            kept[name] = wanted
        elif wanted != kept.get(name, {}):
            raise Rejection(
                Reason.SHAPE_MISMATCH,
                f"{port} reads {name!r}, of which other steps need other slices",
            )
    free -= set(step.inputs.values())
    for port, name in step.outputs.items():
        left = _proper(found.get(port, {}), shapes[name])
        if left:
            kept[name] = left
    return replace(step, params=params)


def _proper(selection: Selection, shape: Shape) -> Selection:
    """A selection without the axes of which it keeps everything."""
    return {
        axis: indices for axis, indices in selection.items() if indices != tuple(range(shape[axis]))
    }


def narrowed(network: Network, start: Mapping[str, Selection], name: str) -> Network:
    """The Network over slices of some tensors, and over what follows from these.

    Args:
        network: with its tensors, or an architecture.
        start: what is kept of some constants, by name.
        name: of the new Network.

    Rejects a step that cannot do without what is left out with `SHAPE_MISMATCH`.
    """
    shapes = network.shapes()
    steps, kept = follow(network.steps, shapes, network.expected, dict(start))
    return cut(network, steps, kept, name)


def cut(network: Network, steps: tuple[Step, ...], kept: Kept, name: str) -> Network:
    """The Network with these steps and with its constants cut to what is kept."""
    expected = {
        constant: cut_shape(shape, kept.get(constant, {}))
        for constant, shape in network.expected.items()
    }
    tensors = {
        constant: cut_array(tensor, kept.get(constant, {}))
        for constant, tensor in network.tensors.items()
    }
    return replace(network, name=name, steps=steps, expected=expected, tensors=tensors)


def cut_shape(shape: Shape, kept: Selection) -> Shape:
    """The shape of what is kept."""
    return tuple(len(kept.get(axis, range(extent))) for axis, extent in enumerate(shape))


def cut_array(array: NDArray[Any], kept: Selection) -> NDArray[Any]:
    """What is kept of an array."""
    for axis, indices in kept.items():
        array = np.take(array, indices, axis=axis)
    return array

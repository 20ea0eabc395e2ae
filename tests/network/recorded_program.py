"""Programs with the weights and fractions of recorded networks, computed as a profile says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from fxcaps.network import Entry, Kind, Program, Step
from fxcaps.network.step import trace_shapes
from fxcaps.ops.choose import choose
from fxcaps.profiles import Profile
from fxcaps.types import Format, Shape


def program_by(
    profile: Profile,
    steps: Sequence[Step],
    inputs: Mapping[str, Shape],
    constants: Mapping[str, NDArray[Any]],
    fractions: Mapping[str, int],
    outputs: tuple[str, ...],
) -> Program:
    """A Program whose words are wide enough that nothing saturates.

    Args:
        profile: chooses the arithmetic of every step.
        steps: with the network's structure.
        inputs: shapes by name.
        constants: words by name.
        fractions: fraction bits of every tensor.
        outputs: names.
    """
    kinds = dict.fromkeys(inputs, Kind.INPUT) | dict.fromkeys(constants, Kind.CONSTANT)
    given = dict(inputs) | {name: array.shape for name, array in constants.items()}
    shapes = trace_shapes(tuple(steps), given, constants)
    tensors = {
        name: Entry(shape, _format(name, fractions[name]), kinds.get(name, Kind.COMPUTED))
        for name, shape in shapes.items()
    }
    chosen = tuple(_chosen(step, tensors, profile) for step in steps)
    return Program("recorded", chosen, tensors, dict(constants), outputs)


def _format(name: str, frac: int) -> Format:
    """Agreements have all the bits of their products; nothing else needs more than 32."""
    return Format(True, 60 if name.rpartition(".")[2].startswith("a") else 32, frac)


def _chosen(step: Step, tensors: Mapping[str, Entry], profile: Profile) -> Step:
    inputs, outputs = (
        {port: tensors[name].format for port, name in ports.items()}
        for ports in (step.inputs, step.outputs)
    )
    return replace(step, params=choose(step.params, inputs, outputs, profile.arithmetic))

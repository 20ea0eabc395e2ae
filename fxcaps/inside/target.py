"""Which step of a Program makes a tensor, and where in it a word stands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fxcaps.network import Program, Step, expand
from fxcaps.ops import operation_of
from fxcaps.types import Reason, Rejection, Shape


@dataclass(frozen=True)
class Target:
    """A flat step and one of its outputs.

    Args:
        flat: the Program with composite steps written out.
        step: one of its steps.
        port: an output port of the step.
        part: names of the composite step and of its part, None of a step by itself.
    """

    flat: Program
    step: Step
    port: str
    part: tuple[str, str] | None

    @property
    def tensor(self) -> str:
        """Name of the tensor that the port makes."""
        return self.step.outputs[self.port]


def parts_of(program: Program) -> dict[str, tuple[str, str]]:
    """Flat step name -> composite step and part, for the parts of composite steps."""
    return {
        f"{step.name}.{part.name}": (step.name, part.name)
        for step in program.steps
        for part in operation_of(step.params).parts(step.params, step.inputs)
    }


def find_target(program: Program, step: str | None, tensor: str | None) -> Target:
    """Find a flat step by its name, or by the tensor that it makes.

    Rejects neither and both, a composite step, and a step of several outputs that needs the
    tensor's name (`PARAMETER_INVALID`); unknown names (`NAME_UNKNOWN`).
    """
    if (step is None) == (tensor is None):
        raise Rejection(Reason.PARAMETER_INVALID, "name either a step or the tensor that it makes")
    flat, parts = expand(program), parts_of(program)
    if tensor is not None:
        for made_by in flat.steps:
            for port, name in made_by.outputs.items():
                if name == tensor:
                    return Target(flat, made_by, port, parts.get(made_by.name))
        known = ", ".join(name for flat_step in flat.steps for name in flat_step.outputs.values())
        raise Rejection(
            Reason.NAME_UNKNOWN, f"no step of {program.name} computes {tensor!r}; known: {known}"
        )
    own = [name for name, (composite, _) in parts.items() if composite == step]
    if own:
        raise Rejection(
            Reason.PARAMETER_INVALID, f"step {step!r} has parts; name one of {', '.join(own)}"
        )
    for found in flat.steps:
        if found.name == step:
            return Target(flat, found, _only_output(found), parts.get(found.name))
    known = ", ".join(found.name for found in flat.steps)
    raise Rejection(Reason.NAME_UNKNOWN, f"{program.name} has no step {step!r}; known: {known}")


def _only_output(step: Step) -> str:
    if len(step.outputs) > 1:
        names = ", ".join(step.outputs.values())
        raise Rejection(
            Reason.PARAMETER_INVALID, f"step {step.name!r} makes {names}; name the tensor instead"
        )
    return next(iter(step.outputs))


def flat_index(at: tuple[int, ...], shape: Shape, tensor: str) -> int:
    """Flat index of a place; rejects places outside the shape with `PARAMETER_INVALID`."""
    inside = len(at) == len(shape) and all(0 <= i < n for i, n in zip(at, shape, strict=True))
    if not inside:
        place = ",".join(map(str, at)) or "nothing"
        raise Rejection(
            Reason.PARAMETER_INVALID, f"{place} is no place in {tensor!r} of shape {shape}"
        )
    return int(np.ravel_multi_index(at, shape)) if at else 0


def place_of(index: int, shape: Shape) -> tuple[int, ...]:
    """The place of a flat index."""
    return tuple(int(i) for i in np.unravel_index(index, shape)) if shape else ()

"""Turn composite steps into flat ones with identical words and events."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fxcaps.network.program import Entry, Ints, Kind, Program
from fxcaps.network.step import Step
from fxcaps.ops import Part, operation_of


def expand(program: Program) -> Program:
    """The same Program with every routing written out as its parts.

    Tensors keep their names, shapes, formats and words. A tensor that a composite makes without
    any part (the zero logits of the first iteration) becomes a constant of zeros. One that parts
    pass to each other in another shape than the composite's is named after the step; the events
    of a part are counted at the tensor that the part itself makes.

    One form differs: a `conv_routing` that squashes whole grids by random bits, or by `q7` with
    rows that share places, squashes every output type by itself and its expansion all at once.
    """
    steps: list[Step] = []
    tensors, constants = dict(program.tensors), dict(program.constants)
    for step in program.steps:
        shapes = {port: program.tensors[name].shape for port, name in step.inputs.items()}
        parts = operation_of(step.params).expand(step.params, shapes)
        steps += _written_out(step, parts, tensors, constants) if parts else [step]
    return replace(program, steps=tuple(steps), tensors=tensors, constants=constants)


def _written_out(
    step: Step, parts: tuple[Part, ...], tensors: dict[str, Entry], constants: dict[str, Ints]
) -> list[Step]:
    """The parts as steps; their tensors are added to the table."""
    names = dict(step.inputs) | dict(step.outputs)
    made = {target for part in parts for target in part.outputs.values()}
    for port in step.outputs.keys() - made:
        entry = tensors[names[port]]
        tensors[names[port]] = Entry(entry.shape, entry.format, Kind.CONSTANT)
        constants[names[port]] = np.zeros(entry.shape, np.int64)
    names |= {target: f"{step.name}.{target}" for target in made - step.outputs.keys()}
    steps = []
    for part in parts:
        given = {port: names[source] for port, source in part.inputs.items()}
        outputs = {port: names[target] for port, target in part.outputs.items()}
        shapes = {port: tensors[name].shape for port, name in given.items()}
        shapes = operation_of(part.params).shapes(part.params, shapes)
        for port, target in part.outputs.items():
            if names[target] not in tensors:
                like = tensors[names[target.partition(".")[0]]]
                tensors[names[target]] = Entry(shapes[port], like.format, Kind.COMPUTED)
        steps.append(Step(f"{step.name}.{part.name}", part.params, given, outputs))
    return steps

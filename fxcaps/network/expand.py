"""Turn composite steps into flat ones with identical words and events."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fxcaps.network.program import Entry, Kind, Program
from fxcaps.network.step import Step
from fxcaps.ops import operation_of


def expand(program: Program) -> Program:
    """The same Program with every dynamic routing written out as its parts.

    Tensors keep their names, shapes, formats and words. A tensor that a composite makes without
    any part (the zero logits of the first iteration) becomes a constant of zeros.
    """
    steps: list[Step] = []
    tensors, constants = dict(program.tensors), dict(program.constants)
    for step in program.steps:
        parts = operation_of(step.params).expand(step.params, frozenset(step.inputs))
        if not parts:
            steps.append(step)
            continue
        names = dict(step.inputs) | dict(step.outputs)
        made = {target for part in parts for target in part.outputs.values()}
        for port in step.outputs.keys() - made:
            entry = tensors[names[port]]
            tensors[names[port]] = Entry(entry.shape, entry.format, Kind.CONSTANT)
            constants[names[port]] = np.zeros(entry.shape, np.int64)
        steps += [
            Step(
                f"{step.name}.{part.name}",
                part.params,
                {port: names[source] for port, source in part.inputs.items()},
                {port: names[target] for port, target in part.outputs.items()},
            )
            for part in parts
        ]
    return replace(program, steps=tuple(steps), tensors=tensors, constants=constants)

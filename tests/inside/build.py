"""Programs of one step, and small ones with a fault."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.network import Entry, Kind, Program, Step
from fxcaps.ops import Parameters, operation_of
from fxcaps.strategies import Case
from fxcaps.types import Accumulator, Format, Tensor
from tests.network.build import small_program


def array(tensor: Tensor) -> NDArray[np.int64]:
    """The words of a tensor."""
    return np.array(tensor.words, np.int64).reshape(tensor.shape)


def program_of(called: Case) -> tuple[Program, NDArray[np.int64]]:
    """A call as a Program of one step with one image; its first data port reads the image."""
    operation = operation_of(called.params)
    (image, *_) = [port.name for port in operation.inputs if not port.constant]
    shapes = {port: tensor.shape for port, tensor in called.inputs.items()}
    tensors = {
        port: Entry(tensor.shape, tensor.format, Kind.INPUT if port == image else Kind.CONSTANT)
        for port, tensor in called.inputs.items()
    }
    tensors |= {
        f"made.{port}": Entry(shape, called.formats[port], Kind.COMPUTED)
        for port, shape in operation.shapes(called.params, shapes).items()
    }
    step = Step(
        "step",
        called.params,
        {port: port for port in called.inputs},
        {port: f"made.{port}" for port in called.formats},
    )
    constants = {port: array(tensor) for port, tensor in called.inputs.items() if port != image}
    program = Program("one-step", (step,), tensors, constants, tuple(step.outputs.values()))
    return program, array(called.inputs[image])[np.newaxis]


def picture_program(params: Parameters, out: str) -> Program:
    """Two pixels, narrowed once, as commands read them from files."""
    step = Step("narrow", params, {"x": "given"}, {"out": "made"})
    tensors = {
        "given": Entry((1, 2, 1), Format(False, 8, 0), Kind.INPUT),
        "made": Entry((1, 2, 1), Format.parse(out), Kind.COMPUTED),
    }
    return Program("picture", (step,), tensors, {}, ("made",))


def with_formats(program: Program, **formats: str) -> Program:
    """The Program with other formats for some tensors; `digit_a0` names `digit.a0`.

    Registers are unbounded, so that they fit every format.
    """
    steps = []
    for step in program.steps:
        operation = operation_of(step.params)
        unbounded = {port: Accumulator() for port in operation.accumulators(step.params)}
        steps.append(replace(step, params=operation.with_accumulators(step.params, unbounded)))
    tensors = dict(program.tensors)
    for name, text in formats.items():
        tensor = name.replace("_", ".", 1)
        tensors[tensor] = replace(tensors[tensor], format=Format.parse(text))
    return replace(program, steps=tuple(steps), tensors=tensors)


def dead_program(**choices: Any) -> Program:
    """Routing whose agreements have too few fraction bits to be anything but zero."""
    return with_formats(small_program(**choices), digit_a0="s6f-6", digit_a1="s6f-6")

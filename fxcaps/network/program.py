"""A Program: the steps with their arithmetic, the table of formats, and the weight words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.network.digest import words_digest
from fxcaps.network.network import check_names
from fxcaps.network.spans import spans
from fxcaps.network.step import Step, trace_shapes
from fxcaps.ops import operation_of
from fxcaps.ops.sums import Interval
from fxcaps.types import Check, Format, Reason, Rejection, Shape, Signature

Ints = NDArray[np.int64]


class Kind(StrEnum):
    """Where a tensor's words come from."""

    INPUT = "input"
    CONSTANT = "constant"
    COMPUTED = "computed"


@dataclass(frozen=True)
class Entry:
    """A line of the tensor table, the only home of formats."""

    shape: Shape
    format: Format
    kind: Kind

    @property
    def signature(self) -> Signature:
        """Shape and format."""
        return Signature(self.shape, self.format)


@dataclass(frozen=True)
class Program:
    """A network in integers: what an engine, the specification or a chip computes.

    Args:
        name: of the program.
        steps: the schedule, in order.
        tensors: the tensor table; shapes leave the batch axis out.
        constants: `int64` words of the constant tensors.
        outputs: names of the tensors that are results.
        origin: how it was made (model, calibration, rules), for people.

    A Program is checked when made: formats that do not connect or have no container, constants
    that are missing, extra or out of range, and `exact` accumulators that the static range
    shows too narrow are rejected, naming the step and the tensor.
    """

    name: str
    steps: tuple[Step, ...]
    tensors: Mapping[str, Entry]
    constants: Mapping[str, Ints]
    outputs: tuple[str, ...]
    origin: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "constants", _frozen(self.constants))
        for name, entry in self.tensors.items():
            check_container(entry.format, f"tensor {name!r}")
        self._check_constants()
        known = {
            name: entry.shape
            for name, entry in self.tensors.items()
            if entry.kind is not Kind.COMPUTED
        }
        shapes = trace_shapes(self.steps, known, self.constants, self._visit)
        read = {tensor for step in self.steps for tensor in step.inputs.values()}
        check_names(known, read, "tensor")
        for name in self.tensors:
            if name not in shapes:
                raise Rejection(Reason.TENSOR_UNUSED, f"no step makes tensor {name!r}")
        for name in self.outputs:
            if name not in self.tensors:
                raise Rejection(Reason.TENSOR_MISSING, f"output {name!r} is not in the table")
        if not self.outputs:
            raise Rejection(Reason.TENSOR_MISSING, f"{self.name}: no outputs are named")

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the input tensors."""
        return tuple(name for name, entry in self.tensors.items() if entry.kind is Kind.INPUT)

    @property
    def traced(self) -> tuple[str, ...]:
        """Inputs and what a run makes, in the order of the schedule: what a trace holds."""
        return (*self.inputs, *(name for step in self.steps for name in step.outputs.values()))

    def signatures(self, step: Step) -> dict[str, Signature]:
        """Shape and format of a step's inputs by port."""
        return {port: self.tensors[name].signature for port, name in step.inputs.items()}

    def formats(self, step: Step) -> dict[str, Format]:
        """Formats of a step's outputs by port."""
        return {port: self.tensors[name].format for port, name in step.outputs.items()}

    def intervals(self, step: Step) -> dict[str, list[Interval]]:
        """Static range of a step's partial sums by output port, from the actual words."""
        constants = {
            port: self.constants[name].ravel().tolist()
            for port, name in step.inputs.items()
            if name in self.constants
        }
        return operation_of(step.params).intervals(
            step.params, self.signatures(step), self.formats(step), constants
        )

    @cached_property
    def digest(self) -> str:
        """sha256 of everything that decides a word: steps, table, constants, outputs."""
        body = {
            "steps": [step.to_json(explicit=True) for step in self.steps],
            "tensors": {
                name: [list(entry.shape), str(entry.format), entry.kind.value]
                for name, entry in self.tensors.items()
            },
            "constants": {
                name: words_digest(words, self.tensors[name].format)
                for name, words in self.constants.items()
            },
            "outputs": list(self.outputs),
        }
        text = json.dumps(body, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    def _visit(self, step: Step, given: dict[str, Shape]) -> dict[str, Shape]:  # noqa: ARG002
        """Guard a step with the table's formats; check its outputs and accumulators."""
        operation = operation_of(step.params)
        for name in step.outputs.values():
            if name not in self.tensors:
                raise Rejection(Reason.TENSOR_MISSING, f"{name!r} is not in the tensor table")
        shapes = operation.guard(step.params, self.signatures(step), self.formats(step))
        for port, name in step.outputs.items():
            if self.tensors[name].shape != shapes[port]:
                raise Rejection(
                    Reason.SHAPE_MISMATCH,
                    f"makes {name!r} of shape {shapes[port]}, the table has "
                    f"{self.tensors[name].shape}",
                )
        self._check_accumulators(step)
        return shapes

    def _check_accumulators(self, step: Step) -> None:
        accumulators = operation_of(step.params).accumulators(step.params)
        bounded = {
            port: accumulator.format
            for port, accumulator in accumulators.items()
            if accumulator.check is Check.EXACT and accumulator.format is not None
        }
        if not bounded:
            return
        words = {p: self.constants[n] for p, n in step.inputs.items() if n in self.constants}
        found = spans(step.params, self.signatures(step), self.formats(step), words)
        for port, (low, high) in found.items():
            if port not in bounded:
                continue
            format = bounded[port]
            if not (format.contains(low) and format.contains(high)):
                raise Rejection(
                    Reason.ACCUMULATOR_TOO_NARROW,
                    f"tensor {step.outputs[port]!r}: partial sums reach [{low}, {high}], the "
                    f"exact accumulator {format} holds [{format.min}, {format.max}]",
                )

    def _check_constants(self) -> None:
        expected = {name for name, entry in self.tensors.items() if entry.kind is Kind.CONSTANT}
        for name in sorted(expected ^ set(self.constants)):
            reason = Reason.TENSOR_MISSING if name in expected else Reason.TENSOR_UNUSED
            raise Rejection(reason, f"constant {name!r}: table and words do not match")
        for name, words in self.constants.items():
            entry = self.tensors[name]
            if words.shape != entry.shape:
                raise Rejection(
                    Reason.SHAPE_MISMATCH,
                    f"constant {name!r} needs shape {entry.shape}, found {words.shape}",
                )
            check_range(words, entry.format, f"constant {name!r}")


def _frozen(constants: Mapping[str, Ints]) -> dict[str, Ints]:
    """The arrays, or copies of those that could be written to: what is made of words stays true."""
    frozen = {}
    for name, words in constants.items():
        kept = words
        if words.flags.writeable or not words.flags.owndata:
            kept = words.copy()
            kept.flags.writeable = False
        frozen[name] = kept
    return frozen


def check_container(format: Format, where: str) -> None:
    """Reject formats whose words have no container of at most 64 bits."""
    try:
        _ = format.container_bytes
    except Rejection as rejection:
        raise rejection.within(where) from None


def check_range(words: NDArray[Any], format: Format, where: str) -> None:
    """Reject words outside their format, naming the first."""
    if words.size and not (format.min <= int(words.min()) and int(words.max()) <= format.max):
        outside = (words < format.min) | (words > format.max)
        index = tuple(int(i) for i in np.argwhere(outside)[0])
        raise Rejection(
            Reason.WORD_OUT_OF_RANGE,
            f"{where}: word {words[index]} at {index} is outside {format} "
            f"[{format.min}, {format.max}]",
        )

"""A Network: named steps without formats, and the float tensors that were trained."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from fxcaps.network.step import Step, trace_shapes
from fxcaps.ops import Parameters, operation_of
from fxcaps.types import Reason, Rejection, Shape, Signature

Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Network:
    """What was trained.

    Args:
        name: of the architecture.
        inputs: tensor name -> shape and format of the integers that come in (pixels).
        steps: the schedule, in order; parameters have default arithmetic.
        outputs: names of the tensors that are results.
        expected: shape of every float tensor that the steps read.
        fixed: names among them that are constants of the architecture, not trained.
        tensors: the float tensors, channels last; an architecture has its fixed ones only.

    A network is checked when made: steps that do not connect, and missing, extra, misshapen
    and non-finite tensors are rejected; only an architecture has no trained tensors.
    """

    name: str
    inputs: Mapping[str, Signature]
    steps: tuple[Step, ...]
    outputs: tuple[str, ...]
    expected: Mapping[str, Shape]
    fixed: frozenset[str] = frozenset()
    tensors: Mapping[str, Floats] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shapes = self.shapes()
        read = {tensor for step in self.steps for tensor in step.inputs.values()}
        check_names(self.inputs, read, "input")
        check_names(self.expected, read, "tensor")
        for name in self.outputs:
            if name not in shapes:
                raise Rejection(Reason.TENSOR_MISSING, f"output {name!r} is made by no step")
        if not self.outputs:
            raise Rejection(Reason.TENSOR_MISSING, f"{self.name}: no outputs are named")
        if set(self.tensors) - self.fixed:
            self.require_tensors()
        self._check_tensors()

    def shapes(self) -> dict[str, Shape]:
        """Shape of every tensor, batch axis left out."""
        known = {name: given.shape for name, given in self.inputs.items()}
        return trace_shapes(self.steps, known | dict(self.expected), self.expected)

    @cached_property
    def digest(self) -> str:
        """sha256 of the steps, inputs, outputs and the values of all tensors."""
        self.require_tensors()
        body = {
            "steps": [step.to_json(explicit=True) for step in self.steps],
            "inputs": {
                name: [list(given.shape), str(given.format)] for name, given in self.inputs.items()
            },
            "outputs": list(self.outputs),
            "fixed": sorted(self.fixed),
            "tensors": {
                name: [list(shape), sha256(_doubles(self.tensors[name])).hexdigest()]
                for name, shape in self.expected.items()
            },
        }
        text = json.dumps(body, sort_keys=True, separators=(",", ":"))
        return sha256(text.encode()).hexdigest()

    def with_tensors(self, tensors: Mapping[str, Floats]) -> Network:
        """The same architecture with these float tensors; its fixed ones need not be given."""
        fixed = {name: self.tensors[name] for name in self.fixed if name in self.tensors}
        return Network(
            self.name,
            self.inputs,
            self.steps,
            self.outputs,
            self.expected,
            self.fixed,
            fixed | dict(tensors),
        )

    def with_params(self, params: Mapping[str, Parameters]) -> Network:
        """The same network with other parameters of some steps, as a batch normalisation has them.

        Args:
            params: step name -> parameters of the same operation.

        Rejects a step that does not exist (`NAME_UNKNOWN`) and parameters of another operation
        (`PARAMETER_INVALID`).
        """
        names = {step.name for step in self.steps}
        for name in params:
            if name not in names:
                raise Rejection(Reason.NAME_UNKNOWN, f"{self.name} has no step {name!r}")
        for step in self.steps:
            try:
                operation_of(step.params).expect_choice(params.get(step.name, step.params))
            except Rejection as rejection:
                raise rejection.within(f"step {step.name!r}") from None
        steps = (replace(step, params=params.get(step.name, step.params)) for step in self.steps)
        return replace(self, steps=tuple(steps))

    def require_tensors(self) -> None:
        """Reject an architecture that has no trained tensors, or not all of them."""
        for name, shape in self.expected.items():
            if name not in self.tensors:
                raise Rejection(
                    Reason.TENSOR_MISSING, f"{self.name}: tensor {name!r} {shape} is missing"
                )

    def _check_tensors(self) -> None:
        for name, tensor in self.tensors.items():
            if name not in self.expected:
                raise Rejection(Reason.TENSOR_UNUSED, f"{self.name}: no step reads {name!r}")
            if tensor.dtype.kind != "f":
                raise Rejection(
                    Reason.DATA_INVALID,
                    f"{self.name}: tensor {name!r} must be float, found {tensor.dtype}",
                )
            if tensor.shape != self.expected[name]:
                raise Rejection(
                    Reason.SHAPE_MISMATCH,
                    f"{self.name}: tensor {name!r} needs shape {self.expected[name]}, "
                    f"found {tensor.shape}",
                )
            if not np.isfinite(tensor).all():
                index = tuple(int(i) for i in np.argwhere(~np.isfinite(tensor))[0])
                raise Rejection(
                    Reason.NOT_A_NUMBER,
                    f"{self.name}: tensor {name!r} has {tensor[index]} at {index}",
                )


def _doubles(tensor: Floats) -> bytes:
    """Canonical bytes: float64, little-endian, C order, so that the stored type does not matter."""
    return np.ascontiguousarray(tensor, "<f8").tobytes()


def check_names(names: Iterable[str], read: set[str], kind: str) -> None:
    """Reject inputs and constants that no step reads."""
    for name in names:
        if name not in read:
            raise Rejection(Reason.TENSOR_UNUSED, f"no step reads {kind} {name!r}")

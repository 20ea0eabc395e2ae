"""Steps: the schedule that Networks and Programs share."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from fxcaps.ops import Operation, Parameters, decode, encode, find_parameters, operation_of
from fxcaps.types import Reason, Rejection, Shape

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Step:
    """One operation with its parameters and the tensors it reads and makes.

    Args:
        name: unique among the steps of a network.
        params: of the operation; they say which operation it is.
        inputs: port -> tensor name.
        outputs: port -> tensor name, every output port of the operation.
    """

    name: str
    params: Parameters
    inputs: Mapping[str, str]
    outputs: Mapping[str, str]

    def to_json(self, *, explicit: bool) -> dict[str, Any]:
        """The step as JSON values; `explicit` writes default parameters too."""
        return {
            "name": self.name,
            "params": encode(self.params, explicit=explicit),
            "inputs": dict(self.inputs),
            "outputs": dict(self.outputs),
        }

    @classmethod
    def from_json(cls, data: Any, where: str) -> Step:
        """Read a step; rejects unknown or missing fields with `PARAMETER_INVALID`."""
        fields = {"name": str, "params": dict, "inputs": dict, "outputs": dict}
        if not isinstance(data, dict) or set(data) != set(fields):
            raise Rejection(
                Reason.PARAMETER_INVALID, f"{where}: a step has the fields {', '.join(fields)}"
            )
        for name, kind in fields.items():
            if not isinstance(data[name], kind):
                raise Rejection(
                    Reason.PARAMETER_INVALID,
                    f"{where}.{name}: expected {kind.__name__}, found {data[name]!r:.60}",
                )
        for ports in ("inputs", "outputs"):
            for target in data[ports].values():
                check_name(target, f"{where}.{ports}")
        params = _decode_params(data["params"], f"{where} {data['name']!r} params")
        return cls(data["name"], params, dict(data["inputs"]), dict(data["outputs"]))


def _decode_params(data: Any, where: str) -> Parameters:
    def find(operation: str, algorithm: str) -> type[Parameters]:
        try:
            return find_parameters(operation, algorithm)
        except Rejection as rejection:
            raise rejection.within(where) from None

    return decode(data, find, where)


def check_name(name: object, where: str) -> str:
    """Reject what cannot be a tensor's name and part of a file name."""
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise Rejection(
            Reason.PARAMETER_INVALID,
            f"{where}: a name has letters, digits, '_', '.' and '-', found {name!r:.60}",
        )
    return name


def trace_shapes(
    steps: Iterable[Step],
    known: Mapping[str, Shape],
    constants: Container[str],
    visit: Callable[[Step, dict[str, Shape]], dict[str, Shape]] | None = None,
) -> dict[str, Shape]:
    """Follow the schedule and return the shape of every tensor.

    Args:
        steps: in order.
        known: shapes of inputs and constants.
        constants: names of the constants among them.
        visit: gives a step's output shapes from its input shapes; the operation's shape rule
            by default.

    Rejects a step that reads a tensor before it is made (`TENSOR_MISSING`), makes one twice,
    has not the ports of its operation, or reads what images change where a constant belongs
    (`PORT_MISMATCH`), naming the step.
    """
    shapes = dict(known)
    names: set[str] = set()
    for step in steps:
        operation = operation_of(step.params)
        if step.name in names:
            raise Rejection(Reason.PORT_MISMATCH, f"two steps are named {step.name!r}")
        names.add(step.name)
        for port, tensor in step.inputs.items():
            if tensor not in shapes:
                raise Rejection(
                    Reason.TENSOR_MISSING, f"step {step.name!r}: {port} reads unknown {tensor!r}"
                )
        _check_ports(step, operation, constants)
        given = {port: shapes[tensor] for port, tensor in step.inputs.items()}
        try:
            made = visit(step, given) if visit else operation.shapes(step.params, given)
        except Rejection as rejection:
            raise rejection.within(f"step {step.name!r}") from None
        for port, tensor in step.outputs.items():
            if tensor in shapes:
                raise Rejection(
                    Reason.PORT_MISMATCH, f"step {step.name!r} makes {tensor!r} a second time"
                )
            shapes[tensor] = made[port]
    return shapes


def _check_ports(step: Step, operation: Operation, constants: Container[str]) -> None:
    ports = {port.name for port in operation.inputs}
    required = {port.name for port in operation.inputs if not port.optional}
    if not required <= set(step.inputs) <= ports:
        raise Rejection(
            Reason.PORT_MISMATCH,
            f"step {step.name!r}: {operation.name} takes {_listed(ports)}, "
            f"found {_listed(step.inputs)}",
        )
    outputs = operation.outputs(step.params)
    if set(step.outputs) != set(outputs):
        raise Rejection(
            Reason.PORT_MISMATCH,
            f"step {step.name!r}: {operation.name} makes {_listed(outputs)}, "
            f"found {_listed(step.outputs)}",
        )
    for port in operation.inputs:
        tensor = step.inputs.get(port.name)
        if port.constant and tensor is not None and tensor not in constants:
            raise Rejection(
                Reason.PORT_MISMATCH,
                f"step {step.name!r}: {port.name} reads {tensor!r}, which is not a constant",
            )


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"

"""The list of operations; everything that goes by operation name asks here."""

from __future__ import annotations

from typing import TypeVar

from fxcaps.ops.operation import Operation
from fxcaps.ops.parameters import Parameters
from fxcaps.types import Reason, Rejection

OPERATIONS: dict[str, Operation] = {}
"""Operation name -> descriptor."""


_O = TypeVar("_O", bound=Operation)


def register(operation: _O) -> _O:
    """Add an operation; rejects a name that is taken with `PARAMETER_INVALID`."""
    if operation.name in OPERATIONS:
        raise Rejection(
            Reason.PARAMETER_INVALID, f"an operation named {operation.name} is registered already"
        )
    OPERATIONS[operation.name] = operation
    return operation


def operation_of(params: Parameters) -> Operation:
    """The descriptor of the operation that `params` belong to."""
    return find_operation(params.operation)


def find_operation(name: str) -> Operation:
    """The descriptor named `name`; rejects others with `NAME_UNKNOWN`."""
    if name not in OPERATIONS:
        known = ", ".join(sorted(OPERATIONS))
        raise Rejection(Reason.NAME_UNKNOWN, f"no operation {name!r}; known: {known}")
    return OPERATIONS[name]


def find_parameters(operation: str, algorithm: str) -> type[Parameters]:
    """The parameter class of an algorithm; rejects unknown names with `NAME_UNKNOWN`."""
    classes = {cls.algorithm: cls for cls in find_operation(operation).algorithms}
    if algorithm not in classes:
        known = ", ".join(sorted(name or "the one without a name" for name in classes))
        raise Rejection(
            Reason.NAME_UNKNOWN, f"{operation} has no algorithm {algorithm!r}; known: {known}"
        )
    return classes[algorithm]

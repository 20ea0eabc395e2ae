"""The list of operations; everything that goes by operation name asks here."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TypeVar

from fxcaps.ops.operation import Operation
from fxcaps.ops.parameters import Parameters
from fxcaps.ops.plugins import load_entry_points
from fxcaps.ops.table import TABLES
from fxcaps.types import Reason, Rejection

F = TypeVar("F")

OPERATIONS: dict[str, Operation] = {}
"""Operation name -> descriptor."""

ADDED: list[str] = []
"""What other packages brought, in order: operations by name, algorithms as `squash theirs`."""


_O = TypeVar("_O", bound=Operation)


def register(operation: _O) -> _O:
    """Add an operation; rejects a name that is taken with `PARAMETER_INVALID`."""
    if operation.name in OPERATIONS:
        raise Rejection(
            Reason.PARAMETER_INVALID, f"an operation named {operation.name} is registered already"
        )
    OPERATIONS[operation.name] = operation
    return operation


def withdraw(mark: int) -> None:
    """Take back what other packages added after the first `mark` additions."""
    while len(ADDED) > mark:
        title = ADDED.pop()
        name, _, algorithm = title.partition(" ")
        if algorithm:
            operation = OPERATIONS[name]
            operation.added = tuple(cls for cls in operation.added if cls.algorithm != algorithm)
        else:
            del OPERATIONS[name]
        for table in TABLES:
            table.discard(title)


class _Plugins:
    """Installed packages, loaded at most once."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.asked = False
        self.broken: tuple[str, ...] = ()

    def load(self) -> tuple[str, ...]:
        with self.lock:
            if not self.asked:
                self.asked = True  # first: what is loaded may ask for operations itself
                self.broken = tuple(load_entry_points(lambda: len(ADDED), withdraw))
            return self.broken


PLUGINS = _Plugins()


def load_plugins() -> tuple[str, ...]:
    """Load the installed packages that bring operations; further calls do nothing.

    A name that is not the project's own loads them by itself. Returns one line for each package
    that could not be loaded, naming the distribution.
    """
    return PLUGINS.load()


def operation_of(params: Parameters) -> Operation:
    """The descriptor of the operation that `params` belong to."""
    return find_operation(params.operation)


def find_operation(name: str) -> Operation:
    """The descriptor named `name`; rejects others with `NAME_UNKNOWN`."""
    if name not in OPERATIONS:
        load_plugins()
    if name not in OPERATIONS:
        known = ", ".join(sorted(OPERATIONS))
        raise Rejection(
            Reason.NAME_UNKNOWN, f"no operation {name!r}; known: {known}{_not_loaded()}"
        )
    return OPERATIONS[name]


def find_parameters(operation: str, algorithm: str) -> type[Parameters]:
    """The parameter class of an algorithm; rejects unknown names with `NAME_UNKNOWN`."""
    found = find_operation(operation)
    if algorithm not in {cls.algorithm for cls in found.choices}:
        load_plugins()
    classes = {cls.algorithm: cls for cls in found.choices}
    if algorithm not in classes:
        known = ", ".join(sorted(name or "the one without a name" for name in classes))
        raise Rejection(
            Reason.NAME_UNKNOWN,
            f"{operation} has no algorithm {algorithm!r}; known: {known}{_not_loaded()}",
        )
    return classes[algorithm]


def _not_loaded() -> str:
    return "".join(f"; not loaded: {line}" for line in PLUGINS.broken)


def find_function(table: Mapping[str, F], params: Parameters) -> F | None:
    """What computes `params`: the function of their algorithm first, of their operation next.

    The function of an operation is for the algorithms of its own descriptor alone, so that an
    algorithm of another package is never computed by it. `None` where the table has neither.
    Rejects parameters of no registered class with `PARAMETER_INVALID`.
    """
    operation = operation_of(params)
    operation.expect_choice(params)
    own = type(params) in operation.algorithms
    return table.get(operation.name if own else params.title())


def require_function(table: Mapping[str, F], params: Parameters) -> F:
    """Like `find_function`; rejects what the table does not have with `NAME_UNKNOWN`."""
    function = find_function(table, params)
    if function is None:
        raise Rejection(Reason.NAME_UNKNOWN, f"the tables have no operation {params.title()!r}")
    return function

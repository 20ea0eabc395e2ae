"""The tables of functions: what computes an operation, or one algorithm of it.

They stand here, empty, so that a composite operation finds the functions of its parts without
importing them. `fxcaps.spec`, `fxcaps.engine` and `fxcaps.real` fill them with the project's own;
`fxcaps.register_operation` and `fxcaps.register_algorithm` add those of other packages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from fxcaps.ops.batch import Result
from fxcaps.types import Reason, Rejection, Tensor

F = TypeVar("F")

SpecFunction = Callable[..., dict[str, Tensor]]
"""(params, inputs by port, output formats by port, log) -> outputs by port, for one sample."""

EngineFunction = Callable[..., Result]
"""(params, inputs by port, output formats by port) -> result, for a batch of images."""

RealFunction = Callable[..., dict[str, Any]]
"""(params, inputs by port) -> outputs by port, for a batch, in float64."""


class Table(Mapping[str, F]):
    """Functions by name.

    `squash` is the function of the operation, for the algorithms of its descriptor;
    `squash theirs` is that of an algorithm that another package added. No name is given twice.
    """

    def __init__(self) -> None:
        self._functions: dict[str, F] = {}

    def __getitem__(self, name: str) -> F:
        return self._functions[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._functions)

    def __len__(self) -> int:
        return len(self._functions)

    def fill(self, functions: Mapping[str, F]) -> None:
        """Enter several; rejects a name that is taken with `PARAMETER_INVALID`."""
        for name, function in functions.items():
            self.add(name, function)

    def add(self, name: str, function: F) -> None:
        """Enter one function; rejects a name that is taken with `PARAMETER_INVALID`."""
        if name in self._functions:
            raise Rejection(Reason.PARAMETER_INVALID, f"{name} has a function already")
        self._functions[name] = function

    def discard(self, name: str) -> None:
        """Take out what a registration that failed halfway had entered."""
        self._functions.pop(name, None)


SPEC: Table[SpecFunction] = Table()
"""Normative functions."""

ENGINE: Table[EngineFunction] = Table()
"""Engine functions; what has none is computed by the specification."""

REAL: Table[RealFunction] = Table()
"""Real functions; an algorithm without its own has that of its operation."""

TABLES: tuple[Table[Any], ...] = (SPEC, ENGINE, REAL)

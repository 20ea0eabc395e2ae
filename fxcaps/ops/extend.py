"""Registration of operations and algorithms by other packages; `docs/extending.md` shows it."""

from __future__ import annotations

import functools
import re
import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from typing import Any

from fxcaps.ops.batch import Result, Words
from fxcaps.ops.operation import Operation, Port
from fxcaps.ops.parameters import Parameters, hints_of
from fxcaps.ops.registry import ADDED, find_operation, register
from fxcaps.ops.table import ENGINE, REAL, SPEC, EngineFunction, RealFunction, SpecFunction
from fxcaps.types import Accumulator, Format, Reason, Rejection

_NAME = re.compile(r"[a-z][a-z0-9_]*")

_WRITABLE = (int, str, StrEnum, Format, Accumulator, Parameters)
"""Types of a field that parameter files can hold, alone, in tuples or as an option of `None`."""


def register_operation(
    operation: Operation,
    *,
    spec: SpecFunction,
    engine: EngineFunction | None = None,
    real: RealFunction | None = None,
) -> None:
    """Add an operation of another package.

    Args:
        operation: its descriptor.
        spec: its normative function in pure Python integers.
        engine: the same words and events over batches; without it, `spec` computes every row.
        real: the same in float64; without it, no network with the operation is calibrated.

    Rejects names that are taken or malformed, ports and parameter classes that cannot work and
    what is no function, with `PARAMETER_INVALID`; nothing is registered then.
    """
    if not isinstance(operation, Operation):
        raise _invalid(f"expected a descriptor, an Operation, found {operation!r:.60}")
    name = operation.name
    _check_name(name, "an operation's name")
    _check_ports(operation)
    if not operation.algorithms:
        raise _invalid(f"operation {name}: it has no parameter class")
    for params in operation.algorithms:
        _check_parameters(params)
        if params.operation != name:
            raise _invalid(
                f"operation {name}: {params.__name__} says that it belongs to {params.operation}"
            )
    _check_distinct((params.algorithm for params in operation.algorithms), f"operation {name}")
    _check_functions(name, spec, engine, real)
    register(operation)
    _enter(name, spec, engine, real)


def register_algorithm(
    params: type[Parameters],
    *,
    spec: SpecFunction,
    engine: EngineFunction | None = None,
    real: RealFunction | None = None,
) -> None:
    """Add an algorithm of another package to an operation.

    Args:
        params: its parameter class, which names the operation and the algorithm. Derived from
            `FittedParameters`, the quantiser can choose it.
        spec: its normative function in pure Python integers.
        engine: the same words and events over batches; without it, `spec` computes every row.
        real: the same in float64; by default the real function of the operation.

    Rejects an unknown operation with `NAME_UNKNOWN`, and names that are taken or malformed,
    parameter classes that cannot work and what is no function with `PARAMETER_INVALID`.
    """
    _check_parameters(params)
    operation = find_operation(params.operation)
    _check_name(params.algorithm, f"{params.__name__}: the name of an algorithm")
    title = params.title()
    if params.algorithm in {known.algorithm for known in operation.choices}:
        raise _invalid(f"an algorithm named {title} is registered already")
    _check_functions(title, spec, engine, real)
    operation.added = (*operation.added, params)
    _enter(title, spec, engine, real)


def _enter(
    title: str, spec: SpecFunction, engine: EngineFunction | None, real: RealFunction | None
) -> None:
    ADDED.append(title)
    SPEC.add(title, spec)
    if engine is not None:
        ENGINE.add(title, _widened(engine))
    if real is not None:
        REAL.add(title, real)


def _widened(engine: EngineFunction) -> EngineFunction:
    """The function, given every word as an `int64`: narrower ones overflow in arithmetic."""

    @functools.wraps(engine)
    def call(params: Any, inputs: Mapping[str, Words], formats: Mapping[str, Format]) -> Result:
        wide = {
            port: words._replace(array=words.array.astype("int64", copy=False))
            for port, words in inputs.items()
        }
        return engine(params, wide, formats)

    return call


def _check_functions(title: str, spec: object, engine: object, real: object) -> None:
    if not callable(spec):
        raise _invalid(f"{title}: spec must be a function, found {spec!r:.60}")
    for room, function in (("engine", engine), ("real", real)):
        if function is not None and not callable(function):
            raise _invalid(f"{title}: {room} must be a function or None, found {function!r:.60}")


def _check_name(name: object, what: str) -> None:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise _invalid(f"{what} has small letters, digits and '_', found {name!r:.60}")


def _check_distinct(names: Iterable[str], where: str) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise _invalid(f"{where}: {name!r} is named twice")
        seen.add(name)


def _check_ports(operation: Operation) -> None:
    where = f"operation {operation.name}"
    for port in operation.inputs:
        if not isinstance(port, Port):
            raise _invalid(f"{where}: inputs are Ports, found {port!r:.60}")
        _check_name(port.name, f"{where}: the name of a port")
    _check_distinct((port.name for port in operation.inputs), f"{where} inputs")
    if all(port.constant or port.optional for port in operation.inputs):
        raise _invalid(f"{where}: one input at least must be neither constant nor optional")
    names = {port.name for port in operation.inputs}
    if "out" in names:
        raise _invalid(f"{where}: 'out' is the name of an output, not of an input")
    for name in (*operation.ranks, *operation.aligned):
        if name not in names:
            raise _invalid(f"{where}: ranks and aligned name {name!r}, which is no input")


def _check_parameters(params: object) -> None:
    if not (isinstance(params, type) and issubclass(params, Parameters)):
        raise _invalid(f"expected a parameter class, found {params!r:.60}")
    made: Any = params.__dict__.get("__dataclass_params__")
    if not is_dataclass(params) or made is None or not made.frozen:
        raise _invalid(f"{params.__name__} must be a frozen dataclass")
    if not isinstance(getattr(params, "operation", None), str):
        raise _invalid(f"{params.__name__} does not name its operation")
    hints = hints_of(params)
    for field in fields(params):
        if not _writable(hints[field.name]):
            raise _invalid(
                f"{params.__name__}.{field.name}: parameter files hold int, bool, text, "
                "enumerations of text, formats, accumulators, parameters, tuples of them"
            )


def _writable(hint: Any) -> bool:
    arguments = typing.get_args(hint)
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        kinds = [kind for kind in arguments if kind is not type(None)]
        # Several are told apart by their field `kind`; one plain mode may stand beside them.
        plain = [kind for kind in kinds if not hasattr(kind, "kind")]
        return len(plain) <= 1 and all(map(_writable, plain))
    if typing.get_origin(hint) is tuple:
        return len({kind for kind in arguments if kind is not Ellipsis}) == 1 and _writable(
            arguments[0]
        )
    return isinstance(hint, type) and (issubclass(hint, _WRITABLE) or hasattr(hint, "kind"))


def _invalid(message: str) -> Rejection:
    return Rejection(Reason.PARAMETER_INVALID, message)

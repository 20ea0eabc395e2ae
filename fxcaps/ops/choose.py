"""One step's parameters by the choices of a whole network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

from fxcaps.ops.operation import Arithmetic, Formats
from fxcaps.ops.parameters import Parameters, required_of
from fxcaps.ops.registry import find_parameters, operation_of
from fxcaps.types import Reason, Rejection

ARITHMETIC = frozenset(
    {
        *("rounding", "overflow", "accumulator"),
        *("reciprocal", "reciprocal_rounding", "reciprocal_overflow"),
        *("lanes", "lane_width", "lane_axis", "relu_width", "cores"),
    }
)
"""Parameters of operations without fitted algorithms that say how integers are computed."""


def choose(
    params: Parameters, inputs: Formats, formats: Formats, arithmetic: Arithmetic, place: str = ""
) -> Any:
    """Configure a step: its algorithm, fitted to the formats, and what is fixed for it.

    Args:
        params: of the step; structure is kept.
        inputs: formats of the inputs by port.
        formats: of the outputs by port.
        arithmetic: the choices.
        place: of a part in a composite, as `dynamic_routing.update1`.

    Rejects an algorithm that does not exist (`NAME_UNKNOWN`) or that cannot take the step's
    parameters over, what is fixed and is no parameter of it, and an operation of which a closed
    arithmetic says nothing (`PARAMETER_INVALID`). Accumulators are set later, from the static
    ranges.
    """
    operation = operation_of(params)
    if arithmetic.closed and not arithmetic.names(operation.name, place):
        _expect_none(params, operation.name)
    own = arithmetic.of(operation.name, place)
    fixed = {k: v for k, v in own.fixed[operation.name].items() if k != "accumulator"}
    made = operation.configure(params, inputs, formats, own)
    wanted = own.algorithms.get(operation.name, made.algorithm)
    if wanted != made.algorithm:
        made = _taken_over(made, find_parameters(operation.name, wanted), fixed)
    for name in own.fixed[operation.name]:
        if name not in _names(type(made)):
            raise Rejection(
                Reason.PARAMETER_INVALID, f"{made.title()} has no parameter {name!r} to fix"
            )
    return replace(made, **fixed)


def _expect_none(params: Parameters, operation: str) -> None:
    found = sorted(ARITHMETIC & _names(type(params)))
    if found:
        raise Rejection(
            Reason.PARAMETER_INVALID,
            f"the arithmetic says nothing of {operation}, which has {', '.join(found)}",
        )


def _taken_over(params: Parameters, cls: type[Parameters], fixed: Mapping[str, Any]) -> Parameters:
    """The same values as parameters of another algorithm, which has those of the network."""
    names = _names(cls)
    values = {field.name: getattr(params, field.name) for field in fields(params)}
    lost = sorted(set(values) - names - ARITHMETIC)
    if lost:
        raise Rejection(
            Reason.PARAMETER_INVALID,
            f"{cls.title()} cannot take over {', '.join(lost)} of {params.title()}",
        )
    values = {name: value for name, value in (values | dict(fixed)).items() if name in names}
    missing = [name for name in required_of(cls) if name not in values]
    if missing:
        raise Rejection(
            Reason.PARAMETER_INVALID,
            f"{cls.title()} needs {', '.join(missing)}, which {params.title()} does not have",
        )
    return cls(**values)


def _names(cls: type[Parameters]) -> set[str]:
    return {field.name for field in fields(cls)}

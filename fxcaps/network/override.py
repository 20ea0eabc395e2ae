"""Other parameters for single steps of a Program."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from fxcaps.network.program import Program
from fxcaps.network.step import Step
from fxcaps.ops import Parameters, decode, encode, find_parameters, operation_of
from fxcaps.types import Reason, Rejection


def with_parameters(program: Program, changes: Mapping[str, Any]) -> Program:
    """The same Program with other values of some parameters.

    Args:
        program: any Program; formats and words stay.
        changes: `PLACE.FIELD` -> value, as a Program's file writes it. A place is the name of a
            step, or of a part of a composite one as in `digit.squash1`, or a pattern of such names
            (`digit.*`), which means those that have the field. A field may lie deeper:
            `conv.accumulator.format`. A later change wins.

    Rejects a change that meets no parameter with `NAME_UNKNOWN`, a value that the parameter does
    not take with `PARAMETER_INVALID`, and what no Program may have. The origin lists the changes.
    """
    steps = {step.name: step for step in program.steps}
    for path, value in changes.items():
        met = list(_met(steps, path))
        if not met:
            raise Rejection(Reason.NAME_UNKNOWN, f"{path}: no step has such a parameter")
        for step, part, fields in met:
            steps[step] = _changed(steps[step], part, fields, value)
    origin = dict(program.origin)
    if changes:
        origin["changed"] = {**origin.get("changed", {}), **changes}
    return replace(program, steps=tuple(steps.values()), origin=origin)


def _met(steps: Mapping[str, Step], path: str) -> Iterator[tuple[str, str, list[str]]]:
    """Step, part and field of what a path means; names have dots, so the longest place counts."""
    words = path.split(".")
    for cut in range(len(words) - 1, 0, -1):
        pattern, fields = ".".join(words[:cut]), words[cut:]
        met = [
            (step.name, part, fields)
            for step in steps.values()
            for part, place, params in _places(step)
            if fnmatchcase(place, pattern) and fields[0] in _fields(params)
        ]
        if met:
            yield from met
            return


def _places(step: Step) -> Iterator[tuple[str, str, Parameters]]:
    """Part, full name and parameters of a step and of its parts; no part is the step itself."""
    yield "", step.name, step.params
    for part in operation_of(step.params).parts(step.params, step.inputs):
        yield part.name, f"{step.name}.{part.name}", part.params


def _fields(params: Parameters) -> set[str]:
    return set(encode(params)) - {"op", "algorithm"}


def _changed(step: Step, part: str, fields: list[str], value: Any) -> Step:
    if not part:
        return replace(step, params=_edited(step.params, fields, value, step.name))
    operation = operation_of(step.params)
    parts = {item.name: item for item in operation.parts(step.params, step.inputs)}
    edited = _edited(parts[part].params, fields, value, f"{step.name}.{part}")
    return replace(step, params=operation.with_parts(step.params, {part: edited}))


def _edited(params: Parameters, fields: list[str], value: Any, place: str) -> Parameters:
    data = inner = encode(params)
    for name in fields[:-1]:
        inner = inner.get(name)
        if not isinstance(inner, dict):
            path = ".".join((place, *fields))
            raise Rejection(Reason.NAME_UNKNOWN, f"{path}: {name} has no fields")
    inner[fields[-1]] = value
    return decode(data, find_parameters, place)

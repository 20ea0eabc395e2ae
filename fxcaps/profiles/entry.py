"""One operation in a profile: what is fixed, and what is fitted when a Program is made."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, ClassVar

from fxcaps.ops import (
    Arithmetic,
    Parameters,
    decode,
    encode,
    find_operation,
    find_parameters,
)
from fxcaps.ops.elementwise import RuledParameters
from fxcaps.ops.parameters import Summing, decode_some, required_of
from fxcaps.types import Accumulator, Format, Init, Reason, Rejection, RoundAt, Rounding

FITTED_ACCUMULATOR = "accumulator"
"""Fitted: the narrowest that the static range allows, checked `exact`."""

FITTED_FRACTION = "accumulator.format.frac"
"""Fitted: the fraction of a fixed accumulator, which is that of its products."""


@dataclass(frozen=True)
class Entry:
    """What a profile says of an operation.

    Args:
        params: the parameter class.
        fixed: parameter -> value.
        fitted: names of what the formats or the static ranges decide.
    """

    params: type[Parameters]
    fixed: Mapping[str, Any]
    fitted: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class _Default(Summing):
    """What holds for operations that are not named."""

    operation: ClassVar[str] = "default"

    rounding: Rounding = Rounding.TIES_TO_POS_INF


def read_entry(name: str, data: Any) -> Entry:
    """Read what a profile says of an operation; the empty name is the default's.

    Rejects parameters that are unknown, ill-typed, fixed and fitted, or neither.
    """
    where = f"operations[{name!r}]" if name else "default"
    entry = object_of(data, ("params", "fitted"), (), where)
    cls, body = _class_of(name, entry["params"], where) if name else _default_of(entry["params"])
    fitted = _fitted_of(cls, entry["fitted"], where)
    _check_whole(cls, body, fitted, where)
    fixed = _fixed_of(cls, body, f"{where}.params")
    _check_fraction(fixed, fitted, where)
    _check_inner(cls, fixed, where)
    return Entry(cls, fixed, fitted)


def _default_of(data: Any) -> tuple[type[Parameters], dict[str, Any]]:
    return _Default, object_of(data, None, (), "default.params")


def _class_of(name: str, data: Any, where: str) -> tuple[type[Parameters], dict[str, Any]]:
    body = object_of(data, None, (), f"{where}.params")
    operation, algorithm = body.get("op"), body.get("algorithm", "")
    expected = _operation_at(name, where)
    if operation != expected:
        raise invalid(f"{where}.params: expected op {expected!r}, found {operation!r:.60}")
    if not isinstance(algorithm, str):
        raise invalid(f"{where}.params: 'algorithm' must be text, found {algorithm!r:.60}")
    try:
        cls = find_parameters(expected, algorithm)
    except Rejection as rejection:
        raise rejection.within(where) from None
    if not _arithmetic_of(cls):
        raise invalid(f"{where}: {cls.title()} has no arithmetic to fix")
    return cls, {key: item for key, item in body.items() if key not in ("op", "algorithm")}


def _operation_at(name: str, where: str) -> str:
    """The operation that stands at a place (PRF-3): `add` at `dynamic_routing.update`."""
    composite, dot, part = name.partition(".")
    role = part.rstrip("0123456789")
    try:
        found = find_operation(composite)
    except Rejection as rejection:
        raise rejection.within(where) from None
    if not dot:
        return found.name
    if role not in found.roles:
        known = ", ".join(found.roles) or "none"
        raise Rejection(
            Reason.NAME_UNKNOWN, f"{where}: {composite} has no part {part!r}; known: {known}"
        )
    return found.roles[role]


def _arithmetic_of(cls: type[Parameters]) -> list[str]:
    """The parameters that are not the network's."""
    names = [field.name for field in fields(cls)]
    if cls is _Default:
        return names
    structure = find_operation(cls.operation).structure
    return [name for name in names if name not in structure]


def _fitted_of(cls: type[Parameters], data: Any, where: str) -> tuple[str, ...]:
    if not isinstance(data, list) or not all(isinstance(name, str) for name in data):
        raise invalid(f"{where}.fitted: expected a list of names, found {data!r:.60}")
    possible = _possible(cls)
    for name in data:
        if name not in possible:
            known = ", ".join(possible) or "nothing"
            raise invalid(f"{where}.fitted: {name!r} cannot be fitted; possible: {known}")
    if len(set(data)) != len(data):
        raise invalid(f"{where}.fitted: a name stands twice")
    return tuple(data)


def _possible(cls: type[Parameters]) -> list[str]:
    names = _arithmetic_of(cls)
    found = [FITTED_ACCUMULATOR, FITTED_FRACTION] if FITTED_ACCUMULATOR in names else []
    if issubclass(cls, RuledParameters):
        found += [name for name in names if name not in ("rounding", "overflow", *found)]
    return found


def _check_whole(
    cls: type[Parameters], body: Mapping[str, Any], fitted: Sequence[str], where: str
) -> None:
    """Every parameter of the arithmetic is either fixed or fitted (PRF-4)."""
    names = _arithmetic_of(cls)
    for name in names:
        if name in body and name in fitted:
            raise invalid(f"{where}: {name!r} is fixed and fitted")
        if name not in body and name not in fitted:
            raise invalid(f"{where}: {name!r} is neither fixed nor fitted")
    for field in fields(cls):
        if field.name in body and field.name not in names:
            raise invalid(f"{where}: {field.name!r} is the network's, not the arithmetic's")


def _fixed_of(cls: type[Parameters], body: dict[str, Any], where: str) -> dict[str, Any]:
    """The values, checked by the class as far as it can be made."""

    def find(operation: str, algorithm: str) -> type[Parameters]:
        own = (operation, algorithm) == (cls.operation, cls.algorithm)
        return cls if own else find_parameters(operation, algorithm)

    sample = _sample_of(cls)
    if all(name in body or name in sample for name in required_of(cls)):
        head = {"op": cls.operation} | ({"algorithm": cls.algorithm} if cls.algorithm else {})
        made = decode(sample | head | body, find, where)
        return {name: getattr(made, name) for name in body}
    return decode_some(cls, body, find, where)


def _sample_of(cls: type[Parameters]) -> dict[str, Any]:
    """Some values for what is fitted, as JSON."""
    if not issubclass(cls, RuledParameters):
        return {}
    try:
        fitted = cls.fit(Format(True, 8, 5), Format(True, 8, 7), Arithmetic())
    except Rejection:  # other formats may do
        return {}
    return dict(encode(fitted, explicit=True))


def _check_fraction(fixed: Mapping[str, Any], fitted: Sequence[str], where: str) -> None:
    """A register's width is fixed; its fraction is that of the products (PRF-5)."""
    accumulator = fixed.get("accumulator", Accumulator())
    rounded = accumulator.round_at is RoundAt.SUM  # to its own fraction
    formats = [] if rounded else [accumulator.format, accumulator.node]
    registers = [format for format in formats if format is not None]
    if bool(registers) != (FITTED_FRACTION in fitted):
        raise invalid(
            f"{where}: {FITTED_FRACTION!r} is fitted where the accumulator has a format, and only "
            "there"
        )
    for format in registers:
        if format.frac != 0:
            raise invalid(
                f"{where}: the accumulator's fraction is fitted and written as 0: {format}"
            )


def _check_inner(cls: type[Parameters], fixed: Mapping[str, Any], where: str) -> None:
    """A sum that is a norm or a divisor has no output step to take half of (PRF-5)."""
    accumulator = fixed.get("accumulator", Accumulator())
    if cls is _Default or accumulator.init is not Init.BIAS_AND_HALF:
        return
    if find_operation(cls.operation).inner_sums:
        raise invalid(f"{where}: a sum inside an algorithm has no half to add")


def object_of(
    data: Any, required: Iterable[str] | None, optional: Iterable[str], where: str
) -> dict[str, Any]:
    """A JSON object with these fields, any where `required` is `None`."""
    if not isinstance(data, dict):
        raise invalid(f"{where}: expected an object, found {data!r:.60}")
    if required is None:
        return data
    required = tuple(required)
    known = (*required, *optional)
    for key in data:
        if key not in known:
            raise invalid(f"{where}: unknown field {key!r:.60}; known: {', '.join(known)}")
    for key in required:
        if key not in data:
            raise invalid(f"{where}: field {key!r} is missing")
    return data


def invalid(message: str) -> Rejection:
    """A rejection of what a profile says."""
    return Rejection(Reason.PARAMETER_INVALID, message)

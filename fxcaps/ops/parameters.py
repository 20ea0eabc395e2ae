"""Parameter bundles: frozen, validated when made, written to and read from JSON."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, ClassVar, cast

from fxcaps.ops.cost import Cost
from fxcaps.types import Accumulator, Format, Overflow, Reason, Rejection, Rounding, RoundingRule

_T = typing.TypeVar("_T")

Json = Any
"""What the `json` module reads and writes."""


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Base of every parameter class: one class per algorithm, no optional leftovers.

    Subclasses name their `operation` and, where an operation has several, their `algorithm`.
    A value of the wrong type is rejected with `PARAMETER_INVALID` as soon as it is given.
    """

    operation: ClassVar[str]
    algorithm: ClassVar[str] = ""

    def __post_init__(self) -> None:
        for name, hint in hints_of(type(self)).items():
            _validate(getattr(self, name), hint, f"{self.title()}.{name}")

    @classmethod
    def title(cls) -> str:
        """The name in messages: the operation and its algorithm."""
        return f"{cls.operation} {cls.algorithm}".strip()

    @classmethod
    def takes_generators(cls) -> bool:
        """Whether `rounding` may be a generator of stochastic rounding."""
        return bool(hints_of(cls).get("rounding") == RoundingRule)

    def cost(
        self,
        inputs: Mapping[str, Format],  # noqa: ARG002 - see overrides
        out: Format,  # noqa: ARG002
        dim: int,  # noqa: ARG002
    ) -> Cost | None:
        """Cost of one vector of `dim` words in hardware; `None` where nothing is stated."""
        return None

    def require(self, condition: bool, message: str) -> None:
        """Reject with `PARAMETER_INVALID` unless `condition` holds."""
        if not condition:
            raise _invalid(f"{self.title()}: {message}")


@dataclass(frozen=True, kw_only=True)
class Narrowing(Parameters):
    """Parameters of an operation that ends in a rounding and an overflow.

    Args:
        rounding: of the exact value, a mode or a generator of stochastic rounding.
        overflow: of the rounded value.
    """

    rounding: RoundingRule = Rounding.TIES_TO_POS_INF
    overflow: Overflow = Overflow.SATURATE


@dataclass(frozen=True, kw_only=True)
class Summing(Narrowing):
    """Parameters of an operation that sums products before it narrows.

    Args:
        accumulator: register of the sum; its fraction is that of the products.
    """

    accumulator: Accumulator = Accumulator()


def part_of(operation: str, part: Parameters, where: str) -> None:
    """Reject a part of a composite step that belongs to another operation."""
    if part.operation != operation:
        raise _invalid(f"{where} takes parameters of {operation}, found {part.title()}")


def encode(params: Parameters, *, explicit: bool = True) -> Json:
    """Write parameters as JSON values.

    Args:
        params: the parameters.
        explicit: write every field but those of accumulators; otherwise leave out all that have
            their default.
    """
    return _head(type(params)) | _encode_fields(params, explicit=explicit)


def _encode_fields(value: Any, *, explicit: bool) -> dict[str, Json]:
    hints = hints_of(type(value))
    return {
        field.name: _encode(getattr(value, field.name), hints[field.name], explicit=explicit)
        for field in fields(value)
        if explicit or getattr(value, field.name) != _default(field)
    }


def _encode(value: object, hint: Any, *, explicit: bool) -> Json:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, Format):
        return str(value)
    if isinstance(value, tuple):
        return [_encode(item, typing.get_args(hint)[0], explicit=explicit) for item in value]
    if isinstance(value, Parameters):
        # Where the place says which class stands there, the file does not repeat it.
        head = {} if type(value) is hint else _head(type(value))
        return head | _encode_fields(value, explicit=explicit)
    if is_dataclass(value):
        head = {"kind": cast("Any", value).kind} if len(_members(hint)) > 1 else {}
        # What a register does not do is not written: its page states the defaults.
        return head | _encode_fields(value, explicit=False)
    return value


def _members(hint: Any) -> tuple[Any, ...]:
    """The types that a hint allows, without `None`."""
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        return tuple(arg for arg in typing.get_args(hint) if arg is not type(None))
    return (hint,)


def _optional(hint: Any) -> bool:
    return type(None) in typing.get_args(hint) and typing.get_origin(hint) is not tuple


def decode(data: Json, find: Callable[[str, str], type[Parameters]], where: str) -> Parameters:
    """Read parameters that `encode` wrote.

    Args:
        data: the JSON value.
        find: gives the parameter class of an operation and algorithm name.
        where: the place in the file, for messages.

    Rejects unknown, missing and ill-typed fields with `PARAMETER_INVALID`.
    """
    if not isinstance(data, dict) or not isinstance(data.get("op"), str):
        raise _invalid(f"{where}: expected an object with a field 'op', found {data!r:.60}")
    algorithm = data.get("algorithm", "")
    if not isinstance(algorithm, str):
        raise _invalid(f"{where}: 'algorithm' must be text, found {algorithm!r:.60}")
    cls = find(data["op"], algorithm)
    body = {key: item for key, item in data.items() if key not in ("op", "algorithm")}
    return _decode_fields(cls, body, find, where)


def _head(cls: type[Parameters]) -> dict[str, Json]:
    return {"op": cls.operation} | ({"algorithm": cls.algorithm} if cls.algorithm else {})


def _default(field: Field[Any]) -> object:
    if field.default_factory is not MISSING:
        return field.default_factory()
    return field.default


def hints_of(cls: type) -> dict[str, Any]:
    """The types of the fields of a parameter class."""
    return dict(_hints_of(cast("Any", cls)))


@cache  # evaluating annotations costs more than all that a small Program computes
def _hints_of(cls: Any) -> dict[str, Any]:
    hints = typing.get_type_hints(cls)
    return {field.name: hints[field.name] for field in fields(cls)}


def _decode_fields(
    cls: type[_T], body: Mapping[str, Json], find: Callable[..., Any], where: str
) -> _T:
    values = _decode_values(cls, body, find, where)
    missing = [name for name in required_of(cls) if name not in body]
    if missing:
        raise _invalid(f"{where}: field {missing[0]!r} is missing")
    try:
        return cls(**values)
    except Rejection as rejection:
        raise rejection.within(where) from None


def required_of(cls: type) -> list[str]:
    """The fields of a parameter class that have no default."""
    return [field.name for field in fields(cast("Any", cls)) if _default(field) is MISSING]


def decode_some(
    cls: type[Parameters],
    body: Mapping[str, Json],
    find: Callable[[str, str], type[Parameters]],
    where: str,
) -> dict[str, Any]:
    """Read some fields of a parameter class, as `decode` reads all.

    Rejects unknown and ill-typed ones with `PARAMETER_INVALID`.
    """
    values = _decode_values(cls, body, find, where)
    hints = hints_of(cls)
    for key, value in values.items():
        _validate(value, hints[key], f"{where}.{key}")
    return values


def _decode_values(
    cls: type, body: Mapping[str, Json], find: Callable[..., Any], where: str
) -> dict[str, Any]:
    hints = hints_of(cls)
    for key in body:
        if key not in hints:
            raise _invalid(f"{where}: unknown field {key!r}; known: {', '.join(hints)}")
    return {key: _decode(item, hints[key], find, f"{where}.{key}") for key, item in body.items()}


def _decode(data: Json, hint: Any, find: Callable[..., Any], where: str) -> object:
    if data is None and _optional(hint):
        return None
    members = _members(hint)
    hint = members[0]
    if len(members) > 1:
        hint, data = _member_of_kind(data, members, where)
    if typing.get_origin(hint) is tuple:
        if not isinstance(data, list):
            raise _invalid(f"{where}: expected a list, found {data!r:.60}")
        items = typing.get_args(hint)
        return tuple(_decode(item, items[0], find, f"{where}[{i}]") for i, item in enumerate(data))
    if hint is Parameters or _is_derived(data, hint):
        return decode(data, find, where)
    if hint is Format:
        try:
            return Format.parse(data)
        except Rejection as rejection:
            raise rejection.within(where) from None
    if is_dataclass(hint):
        if not isinstance(data, dict):
            raise _invalid(f"{where}: expected an object, found {data!r:.60}")
        return _decode_fields(cast("type", hint), data, find, where)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        try:
            return hint(data)
        except ValueError:
            known = ", ".join(member.value for member in hint)
            raise _invalid(f"{where}: expected one of {known}, found {data!r:.60}") from None
    return data


def _is_derived(data: Json, hint: Any) -> bool:
    """Whether a part says that it is of another class than the one that its place expects."""
    if not (isinstance(hint, type) and issubclass(hint, Parameters)):
        return False
    if not isinstance(data, dict) or "op" not in data:
        return False
    return (data["op"], data.get("algorithm", "")) != (hint.operation, hint.algorithm)


def _member_of_kind(data: Json, members: tuple[Any, ...], where: str) -> tuple[Any, Json]:
    """The type that the field `kind` names, and the other fields; text names a plain mode."""
    plain = [member for member in members if issubclass(member, StrEnum)]
    if plain and not isinstance(data, dict):
        return plain[0], data
    members = tuple(member for member in members if member not in plain)
    kinds = {member.kind: member for member in members}
    kind = data.get("kind") if isinstance(data, dict) else None
    if not isinstance(kind, str) or kind not in kinds:
        known = ", ".join(kinds)
        raise _invalid(f"{where}: expected an object of kind {known}, found {data!r:.60}")
    return kinds[kind], {key: item for key, item in data.items() if key != "kind"}


def _validate(value: object, hint: Any, where: str) -> None:
    if value is None and _optional(hint):
        return
    hint, *others = _members(hint)
    if typing.get_origin(hint) is tuple:
        _validate_tuple(value, typing.get_args(hint), where)
        return
    if not isinstance(value, (hint, *others)) or (hint is int and isinstance(value, bool)):
        names = " or ".join(member.__name__ for member in (hint, *others))
        raise _invalid(f"{where} must be of type {names}, found {value!r:.60}")


def _validate_tuple(value: object, items: tuple[Any, ...], where: str) -> None:
    if not isinstance(value, tuple):
        raise _invalid(f"{where} must be a tuple, found {value!r:.60}")
    if items[-1] is not Ellipsis and len(value) != len(items):
        raise _invalid(f"{where} must have {len(items)} entries, found {len(value)}")
    for index, item in enumerate(value):
        _validate(item, items[0], f"{where}[{index}]")


def _invalid(message: str) -> Rejection:
    return Rejection(Reason.PARAMETER_INVALID, message)

"""What a profile is and what makes one valid; specification page `profiles.md`."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar

from fxcaps.ops import Arithmetic, Parameters, find_parameters
from fxcaps.ops.parameters import decode_some
from fxcaps.profiles.entry import FITTED_ACCUMULATOR, Entry, invalid, object_of, read_entry
from fxcaps.types import Overflow, Reason, Rejection, WeightRule

KIND, VERSION = "fxcaps-profile", 1

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")
_SOURCES = ("paper", "code", "specification")
_FIELDS = ("kind", "version", "name", "title", "status", "source", "constants", "operations")
_OPTIONAL = ("default", "digest")


class Status(StrEnum):
    """Where a profile's numbers come from (PRF-2)."""

    PUBLISHED = "published"
    """Code or hardware that others can run; equal to its outputs."""

    RECONSTRUCTION = "reconstruction"
    """A text that leaves something open, filled in as the page says."""

    OURS = "ours"
    """This project."""


@dataclass(frozen=True, kw_only=True)
class Constants(Parameters):
    """How weights become words.

    Args:
        rounding: of the float value, by a deterministic mode or rule.
        overflow: of the rounded value.
    """

    operation: ClassVar[str] = "constants"

    rounding: WeightRule
    overflow: Overflow


@dataclass(frozen=True)
class Profile:
    """A named bundle of parameters.

    Args:
        name: small letters, digits, `.` and `-`.
        title: one line.
        status: where the numbers come from.
        source: paper, code with its version, or specification, as text.
        constants: rounding and overflow of the weights.
        operations: by operation, or `composite.role`, what is fixed and what is fitted.
        default: the same for operations that are not named; without it they are refused.
        data: the JSON object itself, without its digest.
    """

    name: str
    title: str
    status: Status
    source: Mapping[str, str]
    constants: Constants
    operations: Mapping[str, Entry]
    default: Entry | None
    data: Mapping[str, Any]

    @cached_property
    def digest(self) -> str:
        """sha256 of the canonical form."""
        return profile_digest(self.data)

    @cached_property
    def arithmetic(self) -> Arithmetic:
        """The choices for a quantiser."""
        base = self.default.fixed if self.default else {}
        common = {"rounding": base.get("rounding"), "overflow": base.get("overflow")}
        common |= {"accumulator": base.get("accumulator")}
        whole = self.default is None or any("." in name for name in self.operations)
        fixed = {}
        for name, entry in self.operations.items():
            values = dict(entry.fixed)
            if FITTED_ACCUMULATOR in entry.fitted:
                values[FITTED_ACCUMULATOR] = None
            if self.default is not None:
                differ = {k: v for k, v in values.items() if k not in common or common[k] != v}
                values = differ
            if values or whole:
                fixed[name] = values
        return Arithmetic(
            **{key: value for key, value in common.items() if value is not None},
            algorithms={
                name: entry.params.algorithm
                for name, entry in self.operations.items()
                if entry.params.algorithm
            },
            fixed=fixed,
            closed=self.default is None,  # PRF-6
            constant_rounding=self.constants.rounding,
            constant_overflow=self.constants.overflow,
        )

    def to_json(self) -> dict[str, Any]:
        """The JSON object with its digest, as `export` writes it."""
        return dict(self.data) | {"digest": self.digest}


def profile_digest(data: Mapping[str, Any]) -> str:
    """sha256 of the canonical form (PRF-7): no `digest`, sorted keys, no spaces, ASCII."""
    body = {key: value for key, value in data.items() if key != "digest"}
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def read_profile(text: str) -> Profile:
    """Read the text of a profile.

    Rejects what is no profile with `FILE_FOREIGN`, unknown, missing and ill-typed fields and
    entries that leave a parameter open with `PARAMETER_INVALID`, unknown operations and
    algorithms with `NAME_UNKNOWN`, and another digest than the contents have with
    `FILE_CORRUPT`.
    """
    data = _parsed(text)
    if not isinstance(data, dict) or data.get("kind") != KIND:
        found = data.get("kind") if isinstance(data, dict) else data
        raise Rejection(Reason.FILE_FOREIGN, f"expected kind {KIND!r}, found {found!r:.60}")
    if data.get("version") != VERSION or isinstance(data["version"], bool):
        raise Rejection(
            Reason.FILE_FOREIGN,
            f"expected {KIND} version {VERSION}, found {data.get('version')!r:.60}",
        )
    object_of(data, _FIELDS, _OPTIONAL, "profile")  # PRF-1
    digest = profile_digest(data)
    if data.get("digest", digest) != digest:  # PRF-8
        raise Rejection(
            Reason.FILE_CORRUPT,
            f"digest is {data['digest']!r:.80}, its contents give {digest!r}",
        )
    operations = object_of(data["operations"], None, (), "operations")
    return Profile(
        _name(data["name"]),
        _text(data["title"], "title"),
        _status(data["status"]),
        _source(data["source"]),
        _constants(data["constants"]),
        {name: read_entry(name, entry) for name, entry in operations.items()},
        read_entry("", data["default"]) if "default" in data else None,
        {key: value for key, value in data.items() if key != "digest"},
    )


def _parsed(text: str) -> Any:
    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(items)
        if len(found) != len(items):
            raise invalid("an object has the same field twice")
        return found

    def refuse(number: str) -> None:
        raise invalid(f"numbers are integers, found {number}")

    try:
        return json.loads(text, object_pairs_hook=pairs, parse_float=refuse, parse_constant=refuse)
    except Rejection:
        raise
    except (ValueError, RecursionError) as error:
        raise Rejection(Reason.FILE_FOREIGN, f"not JSON ({error})") from None


def _name(value: Any) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise invalid(f"name has small letters, digits, '.' and '-', found {value!r:.60}")
    return value


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value.strip() or "\n" in value:
        raise invalid(f"{where} must be one line of text, found {value!r:.60}")
    return value


def _status(value: Any) -> Status:
    if value not in [member.value for member in Status]:
        known = ", ".join(member.value for member in Status)
        raise invalid(f"status: expected one of {known}, found {value!r:.60}")
    return Status(value)


def _constants(value: Any) -> Constants:
    found = object_of(value, ("rounding", "overflow"), (), "constants")
    return Constants(**decode_some(Constants, found, find_parameters, "constants"))


def _source(value: Any) -> dict[str, str]:
    found = object_of(value, (), _SOURCES, "source")
    if not found:
        raise invalid(f"source names one of {', '.join(_SOURCES)} at least")
    return {key: _text(item, f"source.{key}") for key, item in found.items()}

"""Two profiles field by field."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from fxcaps.profiles.profile import Profile

ABSENT = "-"


class Difference(NamedTuple):
    """A field that two profiles do not share, as JSON text; `-` where one has it not."""

    field: str
    first: str
    second: str


def differences(first: Profile, second: Profile) -> list[Difference]:
    """Fields with other values, in the order of the first profile, then of the second."""
    left, right = flat(first.data), flat(second.data)
    return [
        Difference(field, left.get(field, ABSENT), right.get(field, ABSENT))
        for field in dict.fromkeys((*left, *right))
        if left.get(field) != right.get(field)
    ]


def flat(data: Any, place: str = "") -> dict[str, str]:
    """Every value of a JSON object by its place: `operations.squash.params.guard`."""
    if not isinstance(data, dict) or not data:
        return {place: json.dumps(data)}
    found: dict[str, str] = {}
    for key, item in data.items():
        found |= flat(item, f"{place}.{key}" if place else key)
    return found

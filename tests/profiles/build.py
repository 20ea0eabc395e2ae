"""Profiles as JSON objects, to be changed and read."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from fxcaps.profiles import Profile, read_profile

ROUNDING, OVERFLOW = "ties_to_even", "wrap"
MODES = {"rounding": ROUNDING, "overflow": OVERFLOW}
TABLE = ("accumulator", "table", "index_frac", "exp", "largest_distance")
REGISTER = {"format": "s20f0", "overflow": "saturate", "check": "per_step"}


def entry(op: str, *fitted: str, **params: Any) -> dict[str, Any]:
    """An entry with the modes above unless others are given."""
    return {"params": {"op": op} | MODES | params, "fitted": list(fitted)}


def profile_data(**changes: Any) -> dict[str, Any]:
    """A valid profile; a field given as `None` is left out."""
    data: dict[str, Any] = {
        "kind": "fxcaps-profile",
        "version": 1,
        "name": "mine",
        "title": "A profile for tests",
        "status": "reconstruction",
        "source": {"paper": "Nobody 2020", "code": "example.org at 1234567"},
        "constants": {"rounding": "floor", "overflow": "saturate"},
        "default": {"params": dict(MODES), "fitted": ["accumulator"]},
        "operations": {
            "votes": entry("votes", "accumulator.format.frac", accumulator=REGISTER),
            "squash": entry(
                "squash", "accumulator", algorithm="isqrt_divide", guard=2, rounding="floor"
            ),
            "softmax": entry("softmax", *TABLE, algorithm="lut"),
        },
    }
    data |= changes
    return {key: value for key, value in data.items() if value is not None}


def edited(edit: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """The valid profile after an edit in place."""
    data = json.loads(json.dumps(profile_data()))
    edit(data)
    return data


def profile(**changes: Any) -> Profile:
    """The valid profile with changes, read."""
    return read_profile(json.dumps(profile_data(**changes)))

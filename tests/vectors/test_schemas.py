"""The published files have the form that their schemas give."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fxcaps.vectors.files import MANIFEST, open_set
from tests.vectors.build import PUBLISHED

TYPES: dict[str, Any] = {"object": dict, "array": list, "string": str, "integer": int}

KNOWN = {
    *("$schema", "title", "type", "properties", "required", "additionalProperties"),
    *("items", "enum", "const", "pattern", "oneOf"),
}
"""Words of the schema language that the schemas use and that are checked here."""


def schema(name: str) -> Any:
    """A published schema."""
    return json.loads((PUBLISHED / "schema" / f"{name}.schema.json").read_text("ascii"))


def faults(data: Any, form: dict[str, Any], where: str = "") -> Iterator[str]:
    """Every place where JSON differs from a schema."""
    assert set(form) <= KNOWN
    kind = form.get("type")
    if kind and (not isinstance(data, TYPES[kind]) or isinstance(data, bool)):
        yield f"{where} is no {kind}"
        return
    if data not in form.get("enum", [data]) or data != form.get("const", data):
        yield f"{where} is {data!r}"
    if isinstance(data, str) and not re.search(form.get("pattern", ""), data):
        yield f"{where} is {data!r}"
    if isinstance(data, list):
        for k, item in enumerate(data):
            yield from faults(item, form.get("items", {}), f"{where}[{k}]")
    if isinstance(data, dict):
        yield from _faults_of_object(data, form, where)
    if "oneOf" in form and sum(not any(faults(data, one)) for one in form["oneOf"]) != 1:
        yield f"{where} is not one of its forms"


def _faults_of_object(data: dict[str, Any], form: dict[str, Any], where: str) -> Iterator[str]:
    yield from (f"{where} has no {key}" for key in form.get("required", ()) if key not in data)
    others = form.get("additionalProperties", {})
    for key, item in data.items():
        inner = form.get("properties", {}).get(key, others)
        if inner is False:
            yield f"{where} has {key}"
        else:
            yield from faults(item, inner, f"{where}.{key}")


def test_files_of_cases() -> None:
    """Given every file of cases, when compared with the schema, then no fault."""
    form, found = schema("cases"), open_set(PUBLISHED)
    for entry in found.select():
        data = json.loads((PUBLISHED / entry.path).read_text("ascii"))
        assert list(faults(data, form, entry.path)) == []


@pytest.mark.parametrize(
    ("name", "paths"),
    [
        ("manifest", [PUBLISHED / MANIFEST]),
        ("errata", [PUBLISHED / "ERRATA.json"]),
        ("network", sorted((PUBLISHED / "network").glob("*/taps.json"))),
    ],
)
def test_other_files(name: str, paths: list[Path]) -> None:
    """Given the manifest, the errata and the networks, when compared, then no fault."""
    assert paths
    for path in paths:
        assert list(faults(json.loads(path.read_text("ascii")), schema(name), path.name)) == []


def test_the_schemas_bite() -> None:
    """Given a case with two verdicts, no id, and a float, when compared, then all are told."""
    form = schema("cases")["properties"]["cases"]["items"]
    case = {"setup": "s", "flags": [], "in": {"x": [1.5]}, "clauses": [], "out": {}, "events": {}}
    assert list(faults(case | {"reject": "PORT_MISMATCH"}, form, "case")) == [
        "case has no id",
        "case.in.x is not one of its forms",
        "case is not one of its forms",
    ]


def test_errata_name_cases_of_the_set() -> None:
    """Given withdrawn cases, when looked up, then each is there."""
    errata = json.loads((PUBLISHED / "ERRATA.json").read_text("ascii"))
    found = open_set(PUBLISHED)
    ids = {case["id"] for entry in found.select() for case in found.read(entry).cases}
    assert {item["id"] for item in errata["withdrawn"]} - ids == set()

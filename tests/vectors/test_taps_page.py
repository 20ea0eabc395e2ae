"""The table of taps on the page `vectors.md`."""

from __future__ import annotations

import json
import re

import pytest

from tests.vectors.build import PUBLISHED

PAGE = PUBLISHED.parent / "spec" / "vectors.md"


def rows() -> dict[tuple[str, str], list[str]]:
    """Names of taps by operation and algorithm, as the page lists them."""
    found = {}
    text = PAGE.read_text("utf-8").partition("| operation | taps,")[2].partition("\n\n")[0]
    for line in text.splitlines()[2:]:
        operations, taps = line.strip("| ").split(" | ")
        names = re.findall(r"`([^`]+)`", operations)
        several = names[0] in ("squash", "softmax")
        keys = [(names[0], name) for name in names[1:]] if several else [(n, "") for n in names]
        found |= {key: re.findall(r"`([^`]+)`", taps) for key in keys}
    return found


ROWS = rows()


@pytest.mark.parametrize(("op", "algorithm"), ROWS)
def test_the_names_are_those_of_the_cases(op: str, algorithm: str) -> None:
    """Given an operation's edge cases, when their taps are collected, then the page's."""
    found: set[str] = set()
    for path in (PUBLISHED / op).glob("*/edge.json"):
        data = json.loads(path.read_text("ascii"))
        setups = {
            setup["name"]
            for setup in data["setups"]
            if algorithm in ("", setup["params"].get("algorithm", ""))
        }
        for case in data["cases"]:
            if case["setup"] in setups:
                found |= case.get("taps", {}).keys()
    assert found == set(ROWS[op, algorithm])


def test_every_operation_is_listed() -> None:
    """Given the set, when its operations are compared with the page, then none is forgotten."""
    without = {"layout", "dynamic_routing", "conv_routing"}
    operations = {path.name for path in PUBLISHED.iterdir() if (path / "by_guards").is_dir()}
    assert {op for op, _ in ROWS} == operations - without

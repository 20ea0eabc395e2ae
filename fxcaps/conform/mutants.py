"""Known mistakes: which wrong versions of an operation a case tells, and which give these words."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from fxcaps.vectors.files import VectorSet
from fxcaps.vectors.text import line_of

KILLS = "KILLS.json"

NO_WORDS = "----"
"""Stands for the words of a mutant that rejects the case."""

_BYTES = 3
"""Of a sha256: two of 30 mutants agree by chance in one case of 40,000."""


class Known(NamedTuple):
    """A wrong version that a case tells: its name, the mistake's flag, a mark of its words."""

    mutant: str
    flag: str
    mark: str


def mark(words: Mapping[str, Sequence[int]]) -> str:
    """Four characters that stand for the words of all outputs."""
    text = line_of({port: list(words[port]) for port in words})
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()[:_BYTES]).decode()


class Mutants:
    """What the set says of wrong versions; nothing where it says nothing, or of another set."""

    def __init__(self, found: VectorSet) -> None:
        self.of_case: dict[str, list[Known]] = {}
        data = _read(found.root / KILLS)
        if data.get("set_digest") != found.digest:
            return
        names = {(row["op"], row["profile"]): row["names"] for row in data.get("cases", [])}
        for row in data.get("kills", []):
            own = names[row["op"], row["profile"]]
            marks = row.get("gives", "")
            for place, number in enumerate(_numbers(row["told_by"])):
                known = Known(row["mutant"], row["flag"], marks[4 * place : 4 * place + 4])
                name = f"{row['op']}.{row['profile']}.edge.{own[number]}"
                self.of_case.setdefault(name, []).append(known)

    def told_by(self, case: str) -> list[Known]:
        """Wrong versions that a case tells."""
        return self.of_case.get(case, [])

    def giving(self, case: str, words: Mapping[str, Sequence[int]]) -> list[Known]:
        """Those that give exactly these words."""
        own = mark(words)
        return [known for known in self.told_by(case) if known.mark == own]


def _read(path: Path) -> dict[str, Any]:
    """The file's object; an aid that is missing or damaged is no reason to fail."""
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def _numbers(text: str) -> list[int]:
    """`0-3 7` as numbers."""
    found: list[int] = []
    for run in text.split():
        first, _, last = run.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found

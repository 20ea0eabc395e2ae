"""Reading the pages: their tables, JSON blocks, sections and clause tags."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAGES = Path(__file__).parents[2] / "spec"
CHAPTERS = {path.name: path.read_text(encoding="utf-8") for path in sorted(PAGES.glob("*.md"))}
OPS = {path.stem: path.read_text(encoding="utf-8") for path in sorted((PAGES / "ops").glob("*.md"))}
EVERY_PAGE = CHAPTERS | {f"ops/{stem}.md": text for stem, text in OPS.items()}

TAG = r"(?:NUM|ACC|EVT|STO|[A-Z]{2})-[0-9]+"
CLAUSE = re.compile(rf"^\*\*({TAG})\*\* ", re.MULTILINE)


@dataclass(frozen=True)
class Table:
    """A Markdown table and the nearest line of text above it."""

    above: str
    head: list[str]
    rows: list[list[str]]


@dataclass(frozen=True)
class Block:
    """A fenced block of JSON, its kind after the word `json`."""

    kind: str
    data: Any


def items_of(text: str) -> Iterator[Table | Block]:
    """Tables and JSON blocks of a page, in order."""
    above, lines = "", iter(text.splitlines())
    line = next(lines, None)
    while line is not None:
        if line.startswith("```"):
            body = list(itertools.takewhile(lambda inner: inner != "```", lines))
            if line.startswith("```json"):
                yield Block(line.removeprefix("```json").strip(), json.loads("\n".join(body)))
        elif line.startswith("|"):
            rows = [cells(line)]
            while (line := next(lines, None)) is not None and line.startswith("|"):
                rows.append(cells(line))
            yield Table(above, rows[0], rows[2:])
            continue
        elif line:
            above = line
        line = next(lines, None)


def cells(line: str) -> list[str]:
    """Cells of a table row; one that is wholly code loses its backticks."""
    found = [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]
    return [cell[1:-1] if re.fullmatch(r"`[^`]*`", cell) else cell for cell in found]


def tables(text: str) -> list[Table]:
    """Tables of a page."""
    return [item for item in items_of(text) if isinstance(item, Table)]


def blocks(text: str, kind: str) -> list[Any]:
    """JSON blocks of one kind."""
    return [item.data for item in items_of(text) if isinstance(item, Block) and item.kind == kind]


def table_with(text: str, *head: str) -> Table:
    """Find the one table whose columns begin with `head`."""
    (found,) = [table for table in tables(text) if tuple(table.head[: len(head)]) == head]
    return found


def section(text: str, title: str) -> str:
    """Cut out the text under a second-level heading."""
    return text.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def integers(cell: str) -> list[int]:
    """Integers separated by commas."""
    return [int(item) for item in cell.split(", ")]


def tags_in(text: str) -> set[str]:
    """Clause tags, those inside `XX-a to XX-b` included."""
    found = set(re.findall(rf"\b{TAG}\b", text))
    for prefix, first, last in re.findall(r"\b([A-Z]+)-(\d+) to \1-(\d+)\b", text):
        found |= {f"{prefix}-{number}" for number in range(int(first), int(last) + 1)}
    return found


def unified(pattern: str, shape: Sequence[int], known: dict[str, Any]) -> dict[str, Any] | None:
    """Extents by symbol if `shape` is as `pattern` says under `known`, otherwise None."""
    if not pattern.startswith("("):
        same = known.get(pattern.removeprefix("as ")) if pattern.startswith("as ") else shape
        return known if same == tuple(shape) else None
    names = pattern.strip("()").split(", ") if pattern != "()" else []
    bound = dict(known)
    if names[:1] == ["..."]:
        names = names[1:]
        leading = tuple(shape[: len(shape) - len(names)])
        if bound.setdefault("...", leading) != leading:
            return None
        shape = shape[len(leading) :]
    if len(names) != len(shape):
        return None
    for name, extent in zip(names, shape, strict=True):
        if bound.setdefault(name, extent) != extent:
            return None
    return bound

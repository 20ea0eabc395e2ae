"""The lines of files of vectors."""

from __future__ import annotations

import json
from typing import Any


def line_of(data: Any) -> str:
    """A JSON value on one line: sorted keys, no spaces, ASCII."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def block_of(name: str, items: list[Any]) -> str:
    """A named list with one item a line."""
    return f'"{name}": [\n' + ",\n".join(map(line_of, items)) + "\n]"


def file_of(head: dict[str, Any], **blocks: list[Any]) -> str:
    """A JSON object: the fields of the head one a line, then lists with one item a line."""
    fields = [f"{line_of(key)}: {line_of(item)}" for key, item in head.items()]
    return "{\n" + ",\n".join([*fields, *(block_of(*block) for block in blocks.items())]) + "\n}\n"

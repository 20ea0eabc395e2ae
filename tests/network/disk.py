"""Files to be read: their bytes, and what is wrong with some of them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

Edit = Callable[[dict[str, Any]], Any]
"""Changes a JSON object in place."""


class Trap:
    """An object whose unpickling leaves a directory behind."""

    def __init__(self, place: Path) -> None:
        self.place = place

    def __reduce__(self) -> tuple[Callable[..., object], tuple[str]]:
        return os.mkdir, (str(self.place),)


def pickled(place: Path) -> Any:
    """An array that only a pickle can hold."""
    return np.array([Trap(place)], object)


def contents(directory: Path) -> dict[str, bytes]:
    """Every file below a directory, hidden ones too."""
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def edit_json(path: Path, edit: Edit) -> None:
    """Change a JSON file."""
    data = json.loads(path.read_text(encoding="utf-8"))
    edit(data)
    path.write_text(json.dumps(data), encoding="utf-8")


def damaged(whole: Any) -> Iterator[Any]:
    """Copies of a JSON object, in each another value replaced by one of another kind."""
    for number, place in enumerate(_places(whole, ())):
        value: Any = (None, -1, "x", [], {}, [[]], 10**30, True)[number % 8]
        data = json.loads(json.dumps(whole))
        assign(*place, value=value)(data)
        yield data


def _places(value: Any, place: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    if place:
        yield place
    if isinstance(value, dict):
        for key in value:
            yield from _places(value[key], (*place, key))
    elif isinstance(value, list):
        for index in range(min(len(value), 2)):
            yield from _places(value[index], (*place, index))


def assign(*place: str | int, value: Any) -> Edit:
    """An edit that puts a value at a place."""

    def edit(data: dict[str, Any]) -> None:
        inner: Any = data
        for key in place[:-1]:
            inner = inner[key]
        inner[place[-1]] = value

    return edit


def remove(*place: str | int) -> Edit:
    """An edit that takes a field out."""

    def edit(data: dict[str, Any]) -> None:
        inner: Any = data
        for key in place[:-1]:
            inner = inner[key]
        del inner[place[-1]]

    return edit

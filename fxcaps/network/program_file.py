"""The files of a Program: `program.json`, the schedule, and one `.npy` of words a constant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from fxcaps.network.digest import to_container, words_digest
from fxcaps.network.files import (
    field,
    names,
    read_array,
    read_json,
    to_json,
    written_beside,
)
from fxcaps.network.network_file import read_format, read_shape
from fxcaps.network.program import Entry, Ints, Kind, Program
from fxcaps.network.step import Step, check_name
from fxcaps.types import Reason, Rejection

_KIND, _VERSION = "fxcaps-program", 1
_SCHEDULE = "program.json"


def save_program(program: Program, path: Path) -> None:
    """Write a Program as a directory, whole or not at all.

    Rejects a place that holds something else with `FILE_UNWRITABLE`.
    """
    path = Path(path)
    data = {
        "kind": _KIND,
        "version": _VERSION,
        "name": program.name,
        "digest": program.digest,
        "origin": dict(program.origin),
        "outputs": list(program.outputs),
        "tensors": {name: _entry_json(program, name) for name in program.tensors},
        "steps": [step.to_json(explicit=True) for step in program.steps],
    }
    with written_beside(path) as partial:
        check_place(path)
        (partial / "words").mkdir(parents=True)
        for name, words in program.constants.items():
            format = program.tensors[name].format
            with (partial / "words" / f"{name}.npy").open("wb") as stream:
                np.lib.format.write_array(stream, to_container(words, format), allow_pickle=False)
        (partial / _SCHEDULE).write_text(to_json(data), encoding="utf-8")


def check_place(path: Path) -> None:
    """Reject a place that holds something other than a Program with `FILE_UNWRITABLE`."""
    if path.exists() and not (path / _SCHEDULE).is_file():
        raise Rejection(
            Reason.FILE_UNWRITABLE, f"{path}: exists and is not a Program; choose another place"
        )


def _entry_json(program: Program, name: str) -> dict[str, Any]:
    entry = program.tensors[name]
    data: dict[str, Any] = {
        "kind": entry.kind.value,
        "shape": list(entry.shape),
        "format": str(entry.format),
    }
    if entry.kind is Kind.CONSTANT:
        data["sha256"] = words_digest(program.constants[name], entry.format)
    return data


def load_program(path: Path) -> Program:
    """Read a Program and check it.

    Rejects unreadable, foreign, edited and truncated files, and Programs whose formats do not
    connect or whose `exact` accumulators are too narrow, naming file, step and tensor.
    """
    path = Path(path)
    if path.is_file():
        raise Rejection(
            Reason.FILE_FOREIGN, f"{path}: a Program is a directory with {_SCHEDULE}, found a file"
        )
    data = read_json(path / _SCHEDULE, _KIND, _VERSION)
    try:
        program = _from_json(data, path / "words")
    except Rejection as rejection:
        raise rejection.within(str(path / _SCHEDULE)) from None
    if program.digest != data.get("digest"):
        raise Rejection(
            Reason.FILE_CORRUPT,
            f"{path / _SCHEDULE}: digest is {data.get('digest')!r:.80}, its contents give "
            f"{program.digest!r}",
        )
    return program


def _from_json(data: dict[str, Any], words: Path) -> Program:
    table = field(data, "tensors", dict, "program")
    tensors = {check_name(name, "tensors"): _entry(entry, name) for name, entry in table.items()}
    constants = {
        name: _constant(words / f"{name}.npy", entry, table[name].get("sha256"))
        for name, entry in tensors.items()
        if entry.kind is Kind.CONSTANT
    }
    steps = field(data, "steps", list, "program")
    return Program(
        field(data, "name", str, "program"),
        tuple(Step.from_json(step, f"steps[{k}]") for k, step in enumerate(steps)),
        tensors,
        constants,
        names(data, "outputs", "program"),
        field(data, "origin", dict, "program"),
    )


def _entry(data: Any, name: str) -> Entry:
    where = f"tensor {name!r}"
    kind = field(data, "kind", str, where)
    if kind not in set(Kind):
        raise Rejection(Reason.FILE_FOREIGN, f"{where}: unknown kind {kind!r}")
    shape = read_shape(field(data, "shape", list, where), name)
    return Entry(shape, read_format(data, where), Kind(kind))


def _constant(path: Path, entry: Entry, expected: Any) -> Ints:
    words = read_array(path)
    if words.dtype.kind not in "iu":
        raise Rejection(Reason.FILE_FOREIGN, f"{path}: expected integers, found {words.dtype}")
    found = words_digest(words, entry.format)
    if found != expected:
        raise Rejection(
            Reason.FILE_CORRUPT, f"{path}: expected sha256 {expected!r:.80}, found {found!r}"
        )
    return words.astype(np.int64)

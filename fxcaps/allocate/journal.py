"""The journal of a search: every evaluation a line, written when it ends, read to resume."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from fxcaps.types import Reason, Rejection

_KIND, _VERSION = "fxcaps-search", 1


@dataclass(frozen=True)
class Record:
    """An evaluation.

    Args:
        widths: of every tensor of the Program, by name.
        program: digest of the Program; empty where there is none.
        needed: right images that were asked for; `None` where the accuracy itself was.
        images: of the validation set that are known of by now, from its start.
        correct: of them.
        macs: multiply-accumulates executed for the parts that were looked at.
        seconds: that it took.
        failure: why the widths give no Program, or none that runs; empty otherwise.
        limit: images after which the question ended at the latest; `None` for all.
        reference: widths that the class scores were compared with, instead of classes with labels;
            `images` and `correct` are then 0.
        error: mean squared difference from them; `None` where there is none.
    """

    widths: Mapping[str, int]
    program: str
    needed: int | None
    images: int
    correct: int
    macs: int
    seconds: float
    failure: str = ""
    limit: int | None = None
    reference: Mapping[str, int] | None = None
    error: float | None = None


class Journal:
    """A file of lines of JSON: what is being searched, then every evaluation.

    Args:
        path: of the file; `None` keeps nothing.
        about: what the search depends on, hashes by name; a file that says otherwise is of
            another search.
        resume: go on with a file that exists.

    A line that was being written when the process was killed is dropped. Rejects a file that
    exists unless it is to be resumed (`FILE_UNWRITABLE`), one of another search (`FILE_FOREIGN`)
    and one that is damaged before its last line (`FILE_CORRUPT`).
    """

    def __init__(self, path: Path | None, about: Mapping[str, Any], *, resume: bool) -> None:
        self.path, self.about = path, dict(about)
        self.records: list[Record] = []
        self._stream: BinaryIO | None = None
        if path is None:
            return
        head = {"kind": _KIND, "version": _VERSION} | self.about
        if path.exists():
            self._read(path, head, resume=resume)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._stream = path.open("ab")
        except OSError as error:
            raise Rejection(Reason.FILE_UNWRITABLE, f"{path}: {error.strerror or error}") from None
        if self._stream.tell() == 0:
            self._write(head)

    def add(self, record: Record) -> None:
        """Write an evaluation; when this returns, it outlives the process."""
        self.records.append(record)
        self._write(asdict(record))

    def close(self) -> None:
        """Close the file."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _write(self, data: Any) -> None:
        if self._stream is None:
            return
        self._stream.write(json.dumps(data, separators=(",", ":")).encode() + b"\n")
        self._stream.flush()
        os.fsync(self._stream.fileno())

    def _read(self, path: Path, head: dict[str, Any], *, resume: bool) -> None:
        if not resume:
            raise Rejection(
                Reason.FILE_UNWRITABLE,
                f"{path}: a search stands there; resume it or choose another place",
            )
        try:
            content = path.read_bytes()
        except OSError as error:
            raise Rejection(Reason.FILE_UNREADABLE, f"{path}: {error.strerror or error}") from None
        whole = content.rfind(b"\n") + 1
        lines = content[:whole].splitlines()
        if not lines:  # killed in its first line, or empty
            os.truncate(path, 0)
            return
        self._check(path, _parsed(lines[0], path, 1), head)
        for number, line in enumerate(lines[1:], start=2):
            data = _parsed(line, path, number)
            self.records.append(_record(data, path, number))
        if whole < len(content):
            os.truncate(path, whole)

    def _check(self, path: Path, found: dict[str, Any], head: dict[str, Any]) -> None:
        for name, expected in head.items():
            if found.get(name) != expected:
                raise Rejection(
                    Reason.FILE_FOREIGN,
                    f"{path}: of another search: {name} is {found.get(name)!r:.80}, this one has "
                    f"{expected!r:.80}; choose another place, or give what it was begun with",
                )


def _parsed(line: bytes, path: Path, number: int) -> dict[str, Any]:
    try:
        data = json.loads(line)
    except ValueError:
        raise _corrupt(path, number) from None
    if not isinstance(data, dict):
        raise _corrupt(path, number)
    return data


def _record(data: dict[str, Any], path: Path, number: int) -> Record:
    try:
        record = Record(**data)
    except TypeError:
        raise _corrupt(path, number) from None
    widths = record.widths.values() if isinstance(record.widths, dict) else [None]
    counts = [*widths, record.images, record.correct, record.macs, record.needed or 0]
    counts += [record.limit or 0, *(record.reference or {}).values()]
    if not all(isinstance(count, int) for count in counts):
        raise _corrupt(path, number)
    return record


def _corrupt(path: Path, number: int) -> Rejection:
    return Rejection(
        Reason.FILE_CORRUPT, f"{path}: line {number} is not an evaluation; begin the search anew"
    )

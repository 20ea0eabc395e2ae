"""Certificates: widths, formats, cost and accuracy of an allocation, and how it was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fxcaps.network import Program, load_program, save_program
from fxcaps.network.files import read_json, to_json, written_beside
from fxcaps.types import Reason, Rejection

_KIND, _VERSION = "fxcaps-certificate", 1
_FILE, _PROGRAM = "certificate.json", "program"


@dataclass(frozen=True)
class Certificate:
    """The answer of a method, with everything that is needed to check or repeat it.

    Args:
        content: what `certificate.json` says, JSON values only.
        program: in these widths.
    """

    content: Mapping[str, Any]
    program: Program

    @property
    def outcome(self) -> str:
        """`satisfied`, or the method's word for what is not."""
        return str(self.content["outcome"])

    @property
    def widths(self) -> dict[str, int]:
        """Bits of every tensor."""
        return dict(self.content["widths"])

    def save(self, path: Path) -> None:
        """Write a directory with the certificate and its Program, whole or not at all.

        Rejects a place that holds something else with `FILE_UNWRITABLE`.
        """
        path = Path(path)
        if path.exists() and not (path / _FILE).is_file():
            raise Rejection(
                Reason.FILE_UNWRITABLE,
                f"{path}: exists and is not a certificate; choose another place",
            )
        with written_beside(path) as partial:
            partial.mkdir(parents=True)
            save_program(self.program, partial / _PROGRAM)
            data = {"kind": _KIND, "version": _VERSION} | dict(self.content)
            (partial / _FILE).write_text(to_json(data), encoding="utf-8")

    @classmethod
    def load(cls, path: Path) -> Certificate:
        """Read what `save` wrote; rejects foreign files and a Program of other widths."""
        path = Path(path)
        content = read_json(path / _FILE, _KIND, _VERSION)
        program = load_program(path / _PROGRAM)
        if content.get("program") != program.digest:
            raise Rejection(
                Reason.FILE_CORRUPT,
                f"{path / _FILE}: is of the Program {content.get('program')!r:.80}, found "
                f"{program.digest!r}",
            )
        body = {name: value for name, value in content.items() if name not in ("kind", "version")}
        return cls(body, program)

"""The page for the first hour: its files are written and its commands run, in order."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.command import command
from tests.examples.build import need
from tests.vectors.build import ROOT

PAGE = ROOT / "docs" / "first-hour.md"

BLOCK = re.compile(r"^```(\S+)(?: (\S+))?\n(.*?)^```", re.MULTILINE | re.DOTALL)

CODE = "; echo $?"
"""At the end of a command whose exit code is shown."""


def blocks(text: str) -> Iterator[tuple[str, str, str]]:
    """Label, file name and text of the blocks of a page in order."""
    for found in BLOCK.finditer(text):
        yield found[1], found[2] or "", found[3]


def commands(text: str) -> list[tuple[str, list[str]]]:
    """The commands of a console with the lines that it shows."""
    found: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def ran(text: str, place: Path) -> list[str]:
    """What a command prints, one of fxcaps in this process, then its exit code if asked for."""
    shown = text.removesuffix(CODE)
    if shown.startswith("fxcaps "):
        words = shlex.split(shown.replace("$PWD", str(place)))
        done = command(*words[1:])
        code, out = done.code, done.out or done.err
    else:
        other = subprocess.run(
            ["/bin/sh", "-c", shown], capture_output=True, text=True, check=False
        )
        code, out = other.returncode, other.stdout + other.stderr
        assert (shown, code) == (shown, 0), out
    return [*out.splitlines(), *([str(code)] if text.endswith(CODE) else [])]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder beside the sources."""
    (tmp_path / "fxcaps").symlink_to(ROOT)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.delenv("FXCAPS_VECTORS", raising=False)
    monkeypatch.delenv("PROFILE_DIR", raising=False)
    return tmp_path / "work"


def test_every_command_gives_what_it_shows(place: Path) -> None:
    """Given the page, when its files are written and its commands run, then what it shows."""
    need("gcc", "iverilog")
    for label, name, text in blocks(PAGE.read_text("utf-8")):
        if name:
            Path(name).write_text(text, "utf-8")
        for line, shown in commands(text) if label == "console" else []:
            found = ran(line, place)
            pattern = "\n".join(re.escape(part).replace(r"\.\.\.", ".*") for part in shown)
            assert re.fullmatch(pattern, "\n".join(found), re.DOTALL), (line, os.linesep, found)

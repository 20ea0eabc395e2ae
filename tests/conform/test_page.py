"""The page on conformance: its devices and commands run, and give what it shows."""

from __future__ import annotations

import io
import json
import re
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from fxcaps.conform import Code
from tests.cli.command import command
from tests.vectors.build import PUBLISHED

PAGE = (Path(__file__).parents[2] / "docs" / "conformance.md").read_text("utf-8")


def blocks(label: str) -> list[str]:
    """The blocks of the page with a label."""
    return re.findall(rf"^```{re.escape(label)}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def steps() -> list[tuple[str, list[str]]]:
    """Every command of the page with the lines that it shows."""
    found: list[tuple[str, list[str]]] = []
    for block in blocks("console"):
        for line in block.splitlines():
            if line.startswith("$ "):
                found.append((line[2:], []))
            else:
                found[-1][1].append(line)
    return found


def output(text: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a line of commands prints, those of fxcaps in this process."""
    data = ""
    for stage in text.split(" | "):
        words = shlex.split(stage)
        if words[0] == "fxcaps":
            monkeypatch.setattr("sys.stdin", io.StringIO(data))
            data = command(*words[1:]).out
        else:
            data = subprocess.run(
                words, input=data, capture_output=True, text=True, check=True
            ).stdout
    return data.splitlines()


def test_the_commands_give_what_they_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given the page, when its commands run in order, then the lines that it shows."""
    (device,) = blocks("python dut.py")
    (tmp_path / "dut.py").write_text(device, "ascii")
    (tmp_path / "vectors").symlink_to(PUBLISHED)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("FXCAPS_VECTORS", raising=False)
    for text, shown in steps():
        found = output(text, monkeypatch)
        pattern = "\n".join(re.escape(line).replace(r"\.\.\.", ".*") for line in shown)
        assert re.fullmatch(pattern, "\n".join(found), re.DOTALL), (text, found)


def test_the_function_is_conformant(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given the function of the page, when run as it stands, then what it asserts holds."""
    (source,) = blocks("python")
    monkeypatch.setenv("FXCAPS_VECTORS", str(PUBLISHED))
    exec(compile(source, "conformance.md", "exec"), {})  # noqa: S102 - the page is ours


def test_an_adapter_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given the adapter of the page and a cable, when run as it stands, then it is conformant."""

    def exchange(words: Sequence[int]) -> list[int]:
        return [max(-128, min(127, (word + 8) >> 4)) for word in words]

    (source,) = blocks("python board")
    (tmp_path / "vectors").symlink_to(PUBLISHED)
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {"exchange": exchange}
    exec(compile(source, "conformance.md", "exec"), names)  # noqa: S102 - the page is ours
    assert names["result"].code is Code.CONFORMANT


def test_the_waivers_are_read(tmp_path: Path) -> None:
    """Given the waivers of the page, when used, then they are waivers."""
    (text,) = blocks("json")
    (tmp_path / "waivers.json").write_text(text, "ascii")
    name = json.loads(text)["waivers"][0]["id"]
    arguments = ("requantize", "--profile", "fxcaps-exact", "--kind", "edge", "--set", PUBLISHED)
    device = ("--python", "tests.conform.test_runner:spec", "--waivers", tmp_path / "waivers.json")
    done = command("conform", "run", *arguments, *device)
    assert done == (0, done.out, f"fxcaps: the waiver of {name} is not used: pass\n")


def test_the_table_of_exit_codes() -> None:
    """Given the table, when compared with the code's, then the same codes and results."""
    rows = re.findall(r"^\| ([0-9]) \| ([a-z ]*?) ?\|", PAGE, re.MULTILINE)
    assert [int(code) for code, _ in rows] == [int(code) for code in Code]
    assert [name for _, name in rows] == [
        "" if code is Code.CORRUPT else code.title for code in Code
    ]


def test_every_option_of_a_device_is_named() -> None:
    """Given the command, when its options are listed, then the page has each."""
    options = set(re.findall(r"--[a-z-]+", command("conform", "run", "--help").out))
    assert {option for option in options if option not in PAGE} <= {"--help"}

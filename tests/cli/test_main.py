"""The entry point: exit codes, and one line for whatever goes wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fxcaps
from fxcaps import api
from fxcaps.cli import main as entry
from tests.cli.command import Done, command, saved_images, saved_network, saved_program
from tests.network.disk import contents

VERSION = f"fxcaps {fxcaps.__version__}\n"


def process(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run `fxcaps` in a process of its own."""
    options = {"stdout": subprocess.PIPE} | options
    return subprocess.run(
        [sys.executable, "-m", "fxcaps.cli.main", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        **options,
    )


def test_version() -> None:
    """Given --version, when run here and as a process, then it is that of the package."""
    assert command("--version") == Done(0, VERSION, "")
    done = process("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, VERSION, "")


def test_closed_output_is_no_error() -> None:
    """Given a reader that has gone, when a command prints, then it ends without a word."""
    reading, writing = os.pipe()
    os.close(reading)
    done = process("info", "mnist-small", stdout=writing)
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, "")


def test_full_disks_are_told() -> None:
    """Given an output that is full, when a command prints, then one line says so."""
    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with Path("/dev/full").open("w") as full:
        done = process("info", "mnist-small", stdout=full)
    assert (done.returncode, done.stderr) == (2, "fxcaps: output: No space left on device\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["quantise"], "invalid choice: 'quantise'"),
        (["run"], "the following arguments are required: PROGRAM, IMAGES"),
        (["quantize", "mnist-small"], "the following arguments are required: --calibrate"),
        (["prune", "mnist-small", "--keep", "4"], "the following arguments are required: -o"),
        (["prune", "mnist-small", "-o", "x"], "one of the arguments --keep --types is required"),
        (
            ["prune", "mnist-small", "-o", "x", "--keep", "4", "--types", "1"],
            "not allowed with argument --keep",
        ),
        (["demo", "--nosuch"], "unrecognized arguments: --nosuch"),
        (["info", "mnist-small", "--architecture", "x"], "invalid choice: 'x'"),
    ],
)
def test_wrong_command_lines(arguments: list[str], message: str) -> None:
    """Given a command line that has no meaning, when run, then usage and exit code 2."""
    done = command(*arguments)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("usage: fxcaps")
    assert message in done.err


COMMANDS = [
    "demo",
    "quantize",
    "run",
    "info",
    "ranges",
    "diagnose",
    "compare",
    "explain",
    "export",
    "profile",
    "prune",
    "allocate",
    "report",
    "datasets",
    "import",
    "vectors",
    "conform",
    "repro",
    "warmup",
]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str) -> None:
    """Given a command, when asked for help, then it and the list of commands tell of it."""
    done = command(name, "--help")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"usage: fxcaps {name} [-h]")
    assert f"    {name} " in command("--help").out


def test_all_commands_are_tested_for_help() -> None:
    """Given the parser, when its commands are listed, then they are those above."""
    names = [module.__name__.rsplit(".", 1)[1].rstrip("_") for module in entry._COMMANDS]
    assert names == COMMANDS


def test_interrupts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given Ctrl-C while images run, when caught, then exit code 130 and one line."""
    program, _ = saved_program(tmp_path)
    images = saved_images(tmp_path)
    before = contents(tmp_path)

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(api, "run", interrupt)
    assert command("run", program, images, "--trace", tmp_path / "trace.npz") == Done(
        130, "", "\nfxcaps: interrupted; files are whole or absent\n"
    )
    assert contents(tmp_path) == before


def test_interrupts_while_writing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given Ctrl-C while a Program is replaced, when caught, then the old one stays, alone."""
    model, images = saved_network(tmp_path), saved_images(tmp_path)
    arguments = ("quantize", model, "--calibrate", images, "-o", tmp_path / "program")
    assert command(*arguments).code == 0
    before = contents(tmp_path)

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(np.lib.format, "write_array", interrupt)
    done = command(*arguments, "--width", "6")
    assert (done.code, done.out) == (130, "")
    assert done.err.endswith("\nfxcaps: interrupted; files are whole or absent\n")
    assert contents(tmp_path) == before


def test_names_that_no_file_can_have() -> None:
    """Given a name longer than a file's may be, when opened, then one line says so."""
    name = "n" * 300
    done = command("info", name)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert done.err.endswith(f"{name}: File name too long\n")

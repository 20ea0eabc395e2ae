"""Commands as a user gives them, and small files for them."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import NamedTuple

import numpy as np

from fxcaps.cli.main import main
from fxcaps.network import load_program, save_network, save_program
from fxcaps.network.program import Program
from tests.network.build import small_images, small_network, small_program


class Done(NamedTuple):
    """What a command leaves: exit code, output and error stream."""

    code: int
    out: str
    err: str

    def value(self, label: str) -> str:
        """What stands behind a label on a line of the output."""
        (found,) = [line for line in self.out.splitlines() if line.startswith(f"{label}:")]
        return found.removeprefix(f"{label}:").strip()


def command(*arguments: object) -> Done:
    """Run `fxcaps` with these arguments, in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as leave:  # argparse, on --help, --version and wrong command lines
            assert isinstance(leave.code, int)
            code = leave.code
    return Done(code, out.getvalue(), err.getvalue())


def refused(line: str) -> Done:
    """What a refusal leaves: one line, nothing printed."""
    return Done(2, "", f"fxcaps: {line}\n")


def saved_program(directory: Path) -> tuple[Path, Program]:
    """A small Program on disk, and as it is read back."""
    save_program(small_program(), directory / "program")
    return directory / "program", load_program(directory / "program")


def saved_network(directory: Path) -> Path:
    """A small network on disk."""
    save_network(small_network(), directory / "small.npz")
    return directory / "small.npz"


def saved_images(directory: Path, count: int = 5, name: str = "images.npy") -> Path:
    """Images for the small network on disk."""
    np.save(directory / name, small_images(count))
    return directory / name

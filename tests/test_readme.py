"""The README's Python runs as written, and so do its commands on what the demo writes."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import fxcaps
from tests.support.messages import messages

README = Path(__file__).parent.parent / "README.md"
TEXT = README.read_text(encoding="utf-8")
COMMANDS = re.findall(r"^```sh inside\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)[0].splitlines()
ENVIRONMENT = os.environ | {"PYTHONPATH": str(README.parent)}
"""In which this repository's package is found, wherever a process starts."""

BLOCKS = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def test_there_are_examples() -> None:
    """Given the README; then it has the library examples, the oracle's line and the commands."""
    assert len(BLOCKS) == 3
    assert "fxcaps.quantize_network" in BLOCKS[0]
    assert "fxcaps.explain(" in BLOCKS[1]
    assert "squash(" in BLOCKS[2]
    assert len(COMMANDS) == 4


@pytest.mark.parametrize("block", BLOCKS)
def test_examples_run(block: str, tmp_path: Path) -> None:
    """Given an example, when pasted into a script, then it runs; comments state the results."""
    shown = re.search(r"^(squash\(.*\))  # (.*)$", block, re.MULTILINE)
    if shown:
        block += f"\nassert {shown[1]}.tolist() == {shown[2]}\n"
    done = subprocess.run(
        [sys.executable, "-c", block],
        cwd=tmp_path,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, messages(done.stderr)) == (0, "")


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with the Program and the trace of the demo, made without its long run."""
    place = tmp_path_factory.mktemp("readme")
    (place / "fxcaps-demo").mkdir()
    images, _ = fxcaps.digits("calibration")
    program = fxcaps.quantize_network(fxcaps.load_network("mnist-small"), images)
    fxcaps.save_program(program, place / "fxcaps-demo" / "program")
    digits, _ = fxcaps.digits("evaluation")
    made = fxcaps.run(program, digits[:1], keep=program.traced)
    fxcaps.save_trace(made, place / "fxcaps-demo" / "trace.npz")
    return place


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_run(command: str, demo: Path) -> None:
    """Given what the demo wrote, when a command is typed, then it ends with exit code 0."""
    name, *arguments = command.split()
    if "--figure" in arguments and importlib.util.find_spec("matplotlib") is None:
        arguments = arguments[: arguments.index("--figure")]
    done = subprocess.run(
        [sys.executable, "-m", "fxcaps.cli.main", *arguments],
        cwd=demo,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (name, done.returncode) == ("fxcaps", 0), done.stderr
    assert done.stdout

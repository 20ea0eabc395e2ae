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

BLOCKS = re.findall(r"^```python(?: property)?\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)

CALLED = "\ntest_my_squash()\n"
"""What pytest does with the property."""


def test_there_are_examples() -> None:
    """Given the README; then it has the library examples, the oracle's line and the commands."""
    assert len(BLOCKS) == 4
    assert "fxcaps.quantize_network" in BLOCKS[0]
    assert "fxcaps.explain(" in BLOCKS[1]
    assert "squash(" in BLOCKS[2]
    assert "fxcaps.strategies" in BLOCKS[3]
    assert len(COMMANDS) == 4


@pytest.mark.parametrize("block", BLOCKS)
def test_examples_run(block: str, tmp_path: Path) -> None:
    """Given an example, when pasted into a script, then it runs; comments state the results."""
    shown = re.search(r"^(squash\(.*\))  # (.*)$", block, re.MULTILINE)
    if shown:
        block += f"\nassert {shown[1]}.tolist() == {shown[2]}\n"
    block += CALLED if "def test_my_squash" in block else ""
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


def test_commands_run(demo: Path) -> None:
    """Given what the demo wrote, when all commands are typed in order, then each exits with 0."""
    for command in COMMANDS:
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


def test_the_property_bites() -> None:
    """Given the property with a mistake, when run, then it fails on the smallest vector."""
    right = "8 + 1024 + norm)"
    assert right in BLOCKS[3]
    with pytest.raises(AssertionError):
        exec(BLOCKS[3].replace(right, "8)") + CALLED, {})  # noqa: S102


def test_the_plugin_s_example_runs(tmp_path: Path) -> None:
    """Given the marked test and a squash, when pytest runs it, then every case passes."""
    (example,) = re.findall(r"^```python plugin\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
    mine = """
import fxcaps


def my_squash(x):
    return fxcaps.squash(x, fxcaps.SquashIsqrtDivide(guard=5), x="s8f5", out="s8f7")
"""
    (tmp_path / "test_example.py").write_text(example + mine, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "fxcaps.pytest_plugin"],
        cwd=tmp_path,
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert re.search(r"^fxcaps: (\d+) of \1 cases passed, set_digest: ", done.stdout, re.MULTILINE)

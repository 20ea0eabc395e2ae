"""The README's Python runs as written."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"
TEXT = README.read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def test_there_are_examples() -> None:
    """Given the README; then it has the library example and the oracle's line."""
    assert len(BLOCKS) == 2
    assert "fxcaps.quantize_network" in BLOCKS[0]
    assert "squash(" in BLOCKS[1]


@pytest.mark.parametrize("block", BLOCKS)
def test_examples_run(block: str, tmp_path: Path) -> None:
    """Given an example, when pasted into a script, then it runs; comments state the results."""
    shown = re.search(r"^(squash\(.*\))  # (.*)$", block, re.MULTILINE)
    if shown:
        block += f"\nassert {shown[1]}.tolist() == {shown[2]}\n"
    done = subprocess.run(
        [sys.executable, "-c", block], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")

"""The page of the examples: its commands run as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.examples.build import EXAMPLES, need, published

ROOT = EXAMPLES.parent

PAGE = (EXAMPLES / "README.md").read_text("utf-8")


def blocks(label: str) -> str:
    """The commands under a label."""
    return "".join(re.findall(rf"^```sh {label}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))


@pytest.mark.parametrize(
    ("label", "tools", "lines"),
    [
        ("c", ("gcc",), ["result: conformant", "result: conformant"]),
        (
            "rtl",
            ("iverilog", "cocotb"),
            ["FXCAPS PASS 4/4 DIGEST", "result: conformant", "FXCAPS PASS 16/16 beats DIGEST"],
        ),
    ],
)
def test_the_commands_run(
    label: str, tools: tuple[str, ...], lines: list[str], tmp_path: Path
) -> None:
    """Given the project's folder, when a language's commands are copied, then all succeed."""
    need(*tools)
    for name in ("examples", "vectors"):
        (tmp_path / name).symlink_to(ROOT / name)
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", blocks(label)],  # noqa: S607 - a stranger's shell
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    found = re.findall(r"^(?:result:|FXCAPS PASS).*", done.stdout, re.MULTILINE)
    assert found == [line.replace("DIGEST", published().digest) for line in lines]


def test_files_stay_short() -> None:
    """Given the examples' sources, when their lines are counted, then none has more than 400."""
    sources = [path for path in EXAMPLES.rglob("*") if path.suffix in (".c", ".h", ".sv", ".py")]
    counts = {path.name: len(path.read_text("ascii").splitlines()) for path in sources}
    assert counts["squash.sv"] > 0
    assert {name: count for name, count in counts.items() if count > 400} == {}

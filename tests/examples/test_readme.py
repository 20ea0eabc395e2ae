"""The page of the examples: its commands run as they stand there."""

from __future__ import annotations

import io
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.cli.command import command
from tests.examples.build import EXAMPLES, need, published
from tests.support.messages import messages

ROOT = EXAMPLES.parent

PAGE = (EXAMPLES / "README.md").read_text("utf-8")


def lines_of(label: str) -> list[str]:
    """The commands under a label."""
    text = "".join(re.findall(rf"^```sh {label}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL))
    return text.splitlines()


def printed(line: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """What a line prints; the commands of fxcaps run in this process, which is quicker."""
    if not line.startswith("fxcaps "):
        return shell(line, "")
    data = ""
    for stage in line.split(" | "):
        words = shlex.split(os.path.expandvars(stage))
        if words[0] == "fxcaps":
            monkeypatch.setattr("sys.stdin", io.StringIO(data))
            done = command(*words[1:])
            assert (done.code, done.err) == (0, "")
            data = done.out
        else:
            data = shell(stage, data)
    return data


def shell(text: str, given: str) -> str:
    bash = ["bash", "-euo", "pipefail", "-c", text]
    done = subprocess.run(bash, input=given, capture_output=True, text=True, check=False)
    assert (done.returncode, messages(done.stderr)) == (0, "")
    return done.stdout


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
    label: str,
    tools: tuple[str, ...],
    lines: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Given the project's folder, when a language's commands are copied, then all succeed."""
    need(*tools)
    for name in ("examples", "vectors"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PWD", str(tmp_path))
    monkeypatch.delenv("FXCAPS_VECTORS", raising=False)
    text = "".join(printed(line, monkeypatch) for line in lines_of(label))
    found = re.findall(r"^(?:result:|FXCAPS PASS).*", text, re.MULTILINE)
    assert found == [line.replace("DIGEST", published().digest) for line in lines]


def test_files_stay_short() -> None:
    """Given the examples' sources, when their lines are counted, then none has more than 400."""
    sources = [path for path in EXAMPLES.rglob("*") if path.suffix in (".c", ".h", ".sv", ".py")]
    counts = {path.name: len(path.read_text("ascii").splitlines()) for path in sources}
    assert counts["squash.sv"] > 0
    assert {name: count for name, count in counts.items() if count > 400} == {}

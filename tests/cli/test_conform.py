"""fxcaps conform: every adapter from the command line, reports, pins, waivers, exit codes."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fxcaps.vectors.files import VectorSet, open_set
from tests.cli.command import Done, command, refused
from tests.cli.conformance import (
    CASES,
    CONFORMANT,
    CORRUPT,
    EDGE,
    MISMATCH,
    NO_VERDICT,
    SKIPPED,
    form,
    piped,
)
from tests.conform.build import OP, PROFILE, SETUP, command_line
from tests.vectors.test_schemas import faults


def test_a_conformant_device(vectors: VectorSet) -> None:
    """Given a right device, when run, then exit code 0, and what a claim has to quote."""
    done = piped("right", vectors.root)
    others = open_set(vectors.root).select(kind="edge")[0].cases - 4
    assert done == Done(
        CONFORMANT,
        f"requantize fxcaps-exact: {command_line('right', 'pipe')} (pipe)\n"
        f"set_digest: {vectors.digest}\n"
        "cases: 4 pass\n"
        f"not asked: {others} of other setups\n"
        "control: 8 of 8 wrong answers told\n"
        "result: conformant\n",
        "",
    )


def test_a_wrong_device(vectors: VectorSet, tmp_path: Path) -> None:
    """Given a device that truncates, when run, then case, tap, mutant and how to see it alone."""
    shutil.copytree(vectors.root, tmp_path / "set")
    kills = json.loads((Path(__file__).parents[2] / "vectors" / "KILLS.json").read_text("ascii"))
    kills["set_digest"] = vectors.digest
    (tmp_path / "set" / "KILLS.json").write_text(json.dumps(kills), "ascii")
    done = piped("truncates", tmp_path / "set")
    assert (done.code, done.err, done.value("result")) == (MISMATCH, "", "mismatch")
    lines = done.out.splitlines()
    at = lines.index(
        f"mismatch {CASES[1]}: 8 of 16 words differ, first out[1]: expected 1, found 0"
    )
    assert lines[at + 1 : at + 4] == [
        "  first wrong tap: rounded[1], expected 1, found 0",
        "  mutants that give these words: truncates (TRUNCATE)",
        f"  fxcaps repro {CASES[1]} --set {tmp_path / 'set'}",
    ]


def test_a_device_that_skips(vectors: VectorSet) -> None:
    """Given a device that skips one case, when run, then an exit code of its own."""
    done = piped("skips one", vectors.root)
    assert (done.code, done.value("cases"), done.value("result")) == (
        SKIPPED,
        "3 pass, 1 skipped",
        "skipped",
    )


def test_a_device_without_rejections(vectors: VectorSet) -> None:
    """Given a device without a channel, when run, then the cases that do not apply are told."""
    device = ("--exec", command_line("has no rejections", "lines"), "--set", vectors.root)
    done = command("conform", "run", OP, "--profile", PROFILE, "--tier", "smoke", *device)
    assert done.code == CONFORMANT
    assert [line for line in done.out.splitlines() if line.startswith("not applicable, ")] == [
        "not applicable, 4: the device has no channel for rejections",
        "not applicable, 2: no device of this setup can be given its words",
    ]


def test_a_lost_device(vectors: VectorSet) -> None:
    """Given a device that is too late, when run, then one line and exit code 2."""
    done = piped("late", vectors.root, "--timeout", 0.2)
    assert (done.code, done.value("result")) == (NO_VERDICT, "no verdict")
    assert done.err == (f"fxcaps: {SETUP}: no reply within 0.2 s\nfxcaps: nothing was compared\n")


def test_an_executable(vectors: VectorSet) -> None:
    """Given an executable, when run over all setups in two shards, then each is conformant."""
    device = ("--exec", command_line("right", "lines"), "--set", vectors.root)
    for shard in ("1/2", "2/2"):
        done = command("conform", "run", OP, "--profile", PROFILE, *device, "--shard", shard)
        assert (done.code, done.value("result")) == (CONFORMANT, "conformant")
        assert done.out.startswith("requantize fxcaps-exact: right (executable)\n")


FUNCTION = """\
import numpy as np
def requantize(call):
    return np.clip((call["x"] + 8) >> 4, -128, 127)
no_function = 3
"""


def test_a_function(vectors: VectorSet, tmp_path: Path) -> None:
    """Given a function in a file, when run, then it is asked."""
    (tmp_path / "mine.py").write_text(FUNCTION, "ascii")
    place = ("--set", vectors.root, "--no-reject", "--python")
    done = command("conform", "run", *EDGE, *place, f"{tmp_path / 'mine.py'}:requantize")
    assert (done.code, done.value("requantize fxcaps-exact")) == (
        CONFORMANT,
        "requantize (python)",
    )


@pytest.mark.parametrize(
    ("device", "line"),
    [
        (("--python", "requantize"), "--python: expected MODULE:FUNCTION, found 'requantize'"),
        (
            ("--python", "no.such:f"),
            "--python: ModuleNotFoundError: No module named 'no'",
        ),
        (
            ("--python", "json:nothing"),
            "--python: AttributeError: module 'json' has no attribute 'nothing'",
        ),
        (("--python", "json:codecs"), "--python: json:codecs is no function"),
        (("--pipe", " "), "--pipe: expected a command"),
        (("--exec", "'"), "--exec: No closing quotation"),
        (
            ("--pipe", "/no/such/device"),
            "NAME_UNKNOWN: device '/no/such/device' cannot be started: No such file or directory",
        ),
        (
            ("--pipe", "cat", "--shard", "3/2"),
            "PARAMETER_INVALID: a shard is i/n with 1 <= i <= n, found '3/2'",
        ),
    ],
)
def test_devices_that_are_none(device: tuple[str, ...], line: str, vectors: VectorSet) -> None:
    """Given what is no device, when run, then one line and exit code 2."""
    assert command("conform", "run", *EDGE, "--set", vectors.root, *device) == refused(line)


@pytest.mark.parametrize(
    ("selection", "line"),
    [
        (
            (OP, "--profile", "q9"),
            "NAME_UNKNOWN: SET: no vectors of op=requantize profile=q9; see fxcaps vectors list",
        ),
        (
            ("squash", "--profile", PROFILE),
            (
                "NAME_UNKNOWN: SET: no vectors of op=squash profile=fxcaps-exact; "
                "see fxcaps vectors list"
            ),
        ),
        (
            (OP, "--profile", PROFILE, "--kind", "chain", "--setup", "s9"),
            "NAME_UNKNOWN: requantize fxcaps-exact has no setup 's9'; known: s16f8-s8f4",
        ),
    ],
)
def test_an_empty_selection(selection: tuple[str, ...], line: str, vectors: VectorSet) -> None:
    """Given a selection of nothing, when run, then one line and exit code 2, never 0."""
    place = ("--set", vectors.root, "--exec", "cat")
    done = command("conform", "run", *selection, *place)
    assert done == refused(line.replace("SET", str(vectors.root)))


def _truncated(root: Path) -> str:
    path = root / OP / PROFILE / "edge.json"
    path.write_bytes(path.read_bytes()[:-9])
    return f"FILE_CORRUPT: {path}: sha256 is "


def _edited(root: Path) -> str:
    path = root / OP / PROFILE / "edge.json"
    path.write_bytes(path.read_bytes().replace(b'"out":[1,', b'"out":[2,', 1))
    return f"FILE_CORRUPT: {path}: sha256 is "


def _edited_manifest(root: Path) -> str:
    path = root / "MANIFEST.json"
    path.write_bytes(path.read_bytes().replace(b'"cases":', b'"cases":1', 1))
    return f"FILE_FOREIGN: {root / OP / PROFILE / 'chain.json'}: its header is not what"


def _mixed(root: Path) -> str:
    path = root / "MANIFEST.json"
    path.write_bytes(path.read_bytes().replace(b'"spec": "0.1"', b'"spec": "0.2"'))
    return f"FILE_FOREIGN: {path}: vectors of specification '0.2', this package has 0.1"


def _missing(root: Path) -> str:
    (root / OP / PROFILE / "edge.json").unlink()
    return f"FILE_UNREADABLE: {root / OP / PROFILE / 'edge.json'}: No such file or directory"


def _no_manifest(root: Path) -> str:
    (root / "MANIFEST.json").write_text("{", "ascii")
    return f"FILE_FOREIGN: {root / 'MANIFEST.json'}: not JSON"


@pytest.mark.parametrize(
    "damage", [_truncated, _edited, _edited_manifest, _mixed, _missing, _no_manifest]
)
def test_damaged_vectors(damage: Any, copied: Path) -> None:
    """Given vectors that are what is wrong, when a device is run, then one line and code 3."""
    start = damage(copied)
    done = command("conform", "run", OP, "--profile", PROFILE, "--set", copied, "--exec", "cat")
    assert (done.code, done.out, done.err.count("\n")) == (CORRUPT, "", 1)
    assert done.err.startswith(f"fxcaps: {start}")


@pytest.fixture
def prompt(vectors: VectorSet, tmp_path: Path) -> Path:
    """A folder of questions."""
    place = tmp_path / "prompt"
    done = command("conform", "prompt", *EDGE, "--set", vectors.root, "-o", place)
    assert done.out == f"4 questions written to {place}\nset_digest: {vectors.digest}\n"
    return place


def test_a_folder_of_questions(prompt: Path, vectors: VectorSet) -> None:
    """Given questions, when a program answers them as they stand, then they are graded."""
    assert sorted(path.name for path in prompt.iterdir()) == [
        *("000.jsonl", "PROMPT.json", "README.txt", "response")
    ]
    head = json.loads((prompt / "PROMPT.json").read_text("ascii"))
    assert list(faults(head, form("prompt"), "prompt")) == []
    questions = (prompt / "000.jsonl").read_text("ascii")
    for line in questions.splitlines():
        assert list(faults(json.loads(line), form("request"), "line")) == []
        assert not {"out", "taps", "id", "setup"} & set(json.loads(line))
    dut = Path(__file__).parents[1] / "duts" / "requantize.py"
    started = [sys.executable, "-S", "-E", str(dut), "right", "lines"]
    answered = subprocess.run(started, input=questions, capture_output=True, text=True, check=True)
    for line in answered.stdout.splitlines():
        assert list(faults(json.loads(line), form("reply"), "line")) == []
    (prompt / "response" / "000.jsonl").write_text(answered.stdout, "ascii")
    done = command("conform", "grade", prompt, "--set", vectors.root)
    assert (done.code, done.value("cases")) == (CONFORMANT, "4 pass")


def test_questions_of_another_set(prompt: Path, vectors: VectorSet) -> None:
    """Given questions of another set, when graded, then exit code 3; without answers, 2."""
    done = command("conform", "grade", prompt, "--set", vectors.root)
    assert done.code == NO_VERDICT
    assert done.err.startswith(f"fxcaps: {SETUP}: response/000.jsonl: No such file or directory\n")
    head = (prompt / "PROMPT.json").read_text("ascii")
    (prompt / "PROMPT.json").write_text(head.replace(vectors.digest, "0" * 64), "ascii")
    done = command("conform", "grade", prompt, "--set", vectors.root)
    assert (done.code, done.out) == (CORRUPT, "")
    assert done.err.startswith(
        f"fxcaps: FILE_CORRUPT: {prompt / 'PROMPT.json'}: asked from the set 0000000000000000..."
    )


def test_a_folder_without_questions(vectors: VectorSet, tmp_path: Path) -> None:
    """Given a folder that nobody asked from, when graded, then one line and exit code 2."""
    line = f"DATA_INVALID: {tmp_path / 'PROMPT.json'}: No such file or directory"
    assert command("conform", "grade", tmp_path, "--set", vectors.root) == refused(line)


def test_a_prompt_goes_to_a_new_place(prompt: Path, vectors: VectorSet) -> None:
    """Given a folder that is there, when questions are to be written, then it is left alone."""
    done = command("conform", "prompt", *EDGE, "--set", vectors.root, "-o", prompt)
    assert done == refused(f"FILE_UNWRITABLE: {prompt}: exists; choose another place")


def test_check(vectors: VectorSet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given replies on the input, when checked, then they are compared with what was emitted."""
    place = ("--set", vectors.root)
    emitted = command("vectors", "emit", *EDGE, *place).out
    dut = Path(__file__).parents[1] / "duts" / "requantize.py"
    started = [sys.executable, "-S", "-E", str(dut), "right", "pipe"]
    replied = subprocess.run(started, input=emitted, capture_output=True, text=True, check=True)
    monkeypatch.setattr("sys.stdin", io.StringIO(replied.stdout))
    done = command("conform", "check", *EDGE, *place)
    assert (done.code, done.value("cases")) == (CONFORMANT, "4 pass")
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    done = command("conform", "check", *EDGE, *place)
    assert (done.code, done.err) == (
        NO_VERDICT,
        (
            f"fxcaps: {SETUP}: the output ended after 0 replies, without 'end'\n"
            "fxcaps: nothing was compared\n"
        ),
    )


def test_the_greeting_is_as_published() -> None:
    """Given a device that says hello, when compared with the schemas, then no fault."""
    started = command_line("right", "lines").replace("'", "").split()
    lines = '{"cmd":"hello","protocol":1}\n{"cmd":"bye"}\n'
    for line in lines.splitlines():
        assert list(faults(json.loads(line), form("request"), "line")) == []
    done = subprocess.run(started, input=lines, capture_output=True, text=True, check=True)
    assert list(faults(json.loads(done.stdout), form("hello"), "hello")) == []

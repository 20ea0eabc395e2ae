"""fxcaps vectors: sets, requests, packs, and exit codes."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from fxcaps.vectors.cases import ROOMS
from fxcaps.vectors.files import open_set
from tests.cli.command import command, refused
from tests.profiles.build import profile_data
from tests.vectors.build import small_set

CORRUPT = 3

SETUP = ("--profile", "fxcaps-hardware", "--kind", "edge", "--setup", "s16f7-s8f4")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small set on disk."""
    return small_set(tmp_path / "set").root


def test_generate(tmp_path: Path) -> None:
    """Given a profile and an operation, when generated twice, then the same set."""
    options = ("--op", "isqrt", "--profile", "fxcaps-hardware")
    first = command("vectors", "generate", *options, "-o", tmp_path / "a")
    second = command("vectors", "generate", *options, "-o", tmp_path / "b")
    made = open_set(tmp_path / "a")
    assert (first.code, first.value("set_digest")) == (0, made.digest)
    assert second.value("set_digest") == made.digest
    cases = sum(entry.cases for entry in made.entries)
    assert first.out.splitlines()[0] == (
        f"{cases} cases in {len(made.entries)} files written to {tmp_path / 'a'}"
    )
    assert made.digest == small_set(tmp_path / "c").digest


def test_generate_for_a_profile_of_ones_own(tmp_path: Path) -> None:
    """Given a profile's file, when generated, then its cases alone, with its digest."""
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(profile_data()), "utf-8")
    options = ("--op", "squash", "--profile", path, "--tier", "smoke")
    done = command("vectors", "generate", *options, "-o", tmp_path / "set")
    assert done.code == 0
    made = open_set(tmp_path / "set")
    assert [(entry.path, entry.tier) for entry in made.entries] == [
        ("squash/mine/edge.json", "smoke"),
        ("squash/mine/reject.json", "smoke"),
    ]
    file = made.read(made.entries[0])
    assert {setup.params["guard"] for setup in file.setups} == {2}


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ("--op", "squish"),
            f"NAME_UNKNOWN: no vectors of 'squish'; known: {', '.join(sorted(ROOMS))}",
        ),
        (
            ("--op", "isqrt", "--profile", "hardware"),
            "NAME_UNKNOWN: no profile 'hardware'; did you mean fxcaps-hardware?",
        ),
        (
            ("--op", "layout", "--profile", "fxcaps-wrap"),
            "NAME_UNKNOWN: SET: nothing was selected, so nothing is written",
        ),
    ],
)
def test_generate_refuses(arguments: tuple[str, ...], line: str, tmp_path: Path) -> None:
    """Given an unknown name, or what has no cases, when generated, then one line and no set."""
    place = tmp_path / "set"
    done = command("vectors", "generate", *arguments, "-o", place)
    assert done == refused(line.replace("SET", str(place)))
    assert list(tmp_path.iterdir()) == []


def test_verify(root: Path) -> None:
    """Given a sound set, when verified, then counts and the digest to quote."""
    found = open_set(root)
    cases = sum(entry.cases for entry in found.entries)
    done = command("vectors", "verify", "--set", root, "--recompute", "--op", "isqrt")
    assert done.code == 0
    assert done.out.splitlines() == [
        f"{cases} cases in {len(found.entries)} files as the manifest records them",
        f"{cases} cases as the specification gives them",
        f"set_digest: {found.digest}",
    ]


def test_verify_finds_damage(root: Path) -> None:
    """Given a file that lost its end, when verified, then one line and exit code 3."""
    path = root / "isqrt" / "fxcaps-hardware" / "edge.json"
    path.write_bytes(path.read_bytes()[:-9])
    done = command("vectors", "verify", "--set", root)
    assert (done.code, done.out) == (CORRUPT, "")
    assert done.err.startswith(f"fxcaps: FILE_CORRUPT: {path}: sha256 is ")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize("action", [("verify",), ("list",), ("emit", "isqrt")])
def test_no_set(action: tuple[str, ...], tmp_path: Path) -> None:
    """Given no set, when used, then one line and exit code 3."""
    done = command("vectors", *action, "--set", tmp_path / "none")
    line = f"FILE_UNREADABLE: {tmp_path / 'none' / 'MANIFEST.json'}: No such file or directory"
    assert done == (CORRUPT, "", f"fxcaps: {line}\n")


def test_the_set_of_the_environment(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a set in the environment, when listed, then that one."""
    monkeypatch.setenv("FXCAPS_VECTORS", str(root))
    done = command("vectors", "list")
    assert (done.code, done.value("set_digest")) == (0, open_set(root).digest)


@pytest.mark.parametrize(
    ("selection", "asked"),
    [
        (("--profile", "q9"), "profile=q9"),
        (("--op", "squash", "--kind", "edge"), "op=squash kind=edge"),
        (("--op", "squash", "--tier", "full"), "op=squash tier=full"),
    ],
)
@pytest.mark.parametrize("action", ["verify", "list"])
def test_an_empty_selection(
    action: str, selection: tuple[str, ...], asked: str, root: Path
) -> None:
    """Given a selection of nothing, when used, then it never ends with 0."""
    line = f"NAME_UNKNOWN: {root}: no vectors of {asked}; see fxcaps vectors list"
    assert command("vectors", action, "--set", root, *selection) == refused(line)


def test_list(root: Path) -> None:
    """Given a set, when listed, then a line a file; with setups formats and shapes."""
    done = command("vectors", "list", "--set", root)
    rows = [line.split() for line in done.out.splitlines()[1:-1]]
    assert rows == [
        [entry.op, entry.profile, entry.kind, entry.tier, "1", str(entry.cases)]
        for entry in open_set(root).entries
    ]
    done = command("vectors", "list", "--set", root, "--setups", "--kind", "edge")
    assert done.out.splitlines()[0].split() == [
        *("operation", "profile", "kind", "setup", "inputs", "outputs")
    ]
    assert "x s16f7 16" in done.out


def test_emit(root: Path) -> None:
    """Given a setup, when emitted, then requests that a device can read with scanf."""
    done = command("vectors", "emit", "isqrt", "--set", root, *SETUP)
    first, *others, end = done.out.splitlines()
    assert (done.code, done.err) == (0, "")
    assert first == "0 16 " + " ".join(f"{word:04x}" for word in range(16))
    assert end == f"end {len(others) + 1}"
    assert [line.split()[:2] for line in others] == [
        [str(number), "16"] for number in range(1, len(others) + 1)
    ]


def test_emit_wants_one_setup(root: Path) -> None:
    """Given several setups, when emitted without a name or with a wrong one, then all are told."""
    options = ("--set", root, "--profile", "fxcaps-hardware", "--kind", "edge")
    done = command("vectors", "emit", "isqrt", *options)
    assert done.code == 2
    assert done.err.startswith("fxcaps: NAME_UNKNOWN: isqrt fxcaps-hardware has 6 setups, name one")
    done = command("vectors", "emit", "isqrt", *options, "--setup", "s9")
    assert done.code == 2
    assert done.err.startswith(
        "fxcaps: NAME_UNKNOWN: isqrt fxcaps-hardware has no setup 's9'; known"
    )


def test_emit_leaves_out_what_no_device_can_be_given(root: Path) -> None:
    """Given a setup whose case has a word too large, when emitted, then nothing, and a line."""
    options = ("--set", root, "--kind", "reject", "--setup", "above-x")
    done = command("vectors", "emit", "isqrt", *options)
    assert done == refused(
        "NAME_UNKNOWN: isqrt fxcaps-hardware: no case of setup 'above-x' can be given to a device"
    )


def test_export_memory_files(root: Path, tmp_path: Path) -> None:
    """Given a setup, when exported for readmemh, then masked words and their header."""
    place = tmp_path / "pack"
    options = ("--to", "readmemh", "-o", place)
    done = command("vectors", "export", "isqrt", "--set", root, *SETUP, *options)
    assert (done.code, done.err) == (0, "")
    words = (place / "in_x.hex").read_text("ascii").splitlines()
    cases = json.loads((place / "pack.json").read_text("ascii"))["cases"]
    assert words[:3] == ["0000", "0001", "0002"]
    assert len(words) == 16 * len(cases)
    header = (place / "pack.svh").read_text("ascii").splitlines()
    assert f"localparam integer CASES = {len(cases)};" in header
    assert "localparam integer IN_X_WIDTH = 16;" in header
    assert f"localparam integer OUT_OUT_DEPTH = {16 * len(cases)};" in header
    assert "localparam [31:0] FXCAPS_PROFILE_ID = 32'hc184610f;" in header


def test_export_arrays(root: Path, tmp_path: Path) -> None:
    """Given a setup, when exported as arrays, then cases first, in their containers."""
    place = tmp_path / "pack"
    done = command("vectors", "export", "isqrt", "--set", root, *SETUP, "--to", "npy", "-o", place)
    assert done.code == 0
    x, out = np.load(place / "in_x.npy"), np.load(place / "out_out.npy")
    assert (x.dtype.str, out.dtype.str) == ("<i2", "|i1")
    assert x.shape == out.shape == (len(x), 16)
    assert x[0].tolist() == list(range(16))
    again = command("vectors", "export", "isqrt", "--set", root, *SETUP, "--to", "npy", "-o", place)
    assert again == refused(f"FILE_UNWRITABLE: {place}: exists; choose another place")


@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")
def test_export_for_c(root: Path, tmp_path: Path) -> None:
    """Given a header, when compiled and printed, then the words of the arrays."""
    for form in ("c", "npy"):
        options = ("--to", form, "-o", tmp_path / form)
        assert command("vectors", "export", "isqrt", "--set", root, *SETUP, *options).code == 0
    program = tmp_path / "print.c"
    program.write_text(
        '#include <stdio.h>\n#include "c/pack.h"\nint main(void) {\n'
        "  for (int i = 0; i < FXCAPS_CASES; i++)\n"
        "    for (int k = 0; k < IN_X_WORDS; k++)\n"
        '      printf("%d %d\\n", fxcaps_in_x[i][k], fxcaps_out_out[i][k]);\n'
        "  return 0;\n}\n",
        "ascii",
    )
    binary = tmp_path / "print"
    flags = ("-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic")
    subprocess.run(["gcc", *flags, "-o", str(binary), str(program)], check=True)  # noqa: S607
    printed = subprocess.run([str(binary)], capture_output=True, text=True, check=True).stdout
    arrays = [np.load(tmp_path / "npy" / f"{name}.npy").ravel() for name in ("in_x", "out_out")]
    assert printed == "".join(f"{x} {y}\n" for x, y in zip(*arrays, strict=True))

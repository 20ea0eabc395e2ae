"""Vectors of a Program's own steps."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fxcaps.network import run, save_program
from fxcaps.network.program import Program
from fxcaps.types import Rejection
from fxcaps.vectors import tensors
from fxcaps.vectors.files import check_files, open_set, write_set
from fxcaps.vectors.numbers import read_words
from fxcaps.vectors.program import program_files, steps_between
from fxcaps.vectors.verify import recompute
from tests.cli.command import command, refused
from tests.network.build import ON_ENGINE, small_images, small_program


@pytest.fixture(scope="module")
def program() -> Program:
    """A small network in integers."""
    return small_program()


def test_steps_by_name(program: Program) -> None:
    """Given names, when a range is read, then both ends and what lies between."""
    names = [step.name for step in program.steps]
    found = steps_between(program, f"{names[1]}..{names[3]}")
    assert [step.name for step in found] == names[1:4]
    assert [step.name for step in steps_between(program, names[2])] == [names[2]]


def test_steps_that_are_none(program: Program) -> None:
    """Given an unknown name or a range that runs backwards, when read, then it is told."""
    names = [step.name for step in program.steps]
    with pytest.raises(Rejection) as caught:
        steps_between(program, f"{names[0]}..nobody")
    assert caught.value.message == f"small has no step 'nobody'; known: {', '.join(names)}"
    with pytest.raises(Rejection) as caught:
        steps_between(program, f"{names[2]}..{names[1]}")
    assert caught.value.message == f"{names[1]!r} does not come after {names[2]!r}"


def test_the_words_are_those_of_a_run(program: Program) -> None:
    """Given a Program, when vectors of its steps are made, then its own weights and tensors."""
    images = small_images(2)
    files = list(program_files(program, program.steps, images))
    whole = run(program, images, ON_ENGINE, keep=program.traced).words
    recorded = {}
    for file in files:
        for case in file.cases:
            if ".image-" in case["id"] and "out" in case:
                step = next(s for s in program.steps if s.name == case["setup"])
                for port, name in step.outputs.items():
                    given = read_words(case["out"][port], program.tensors[name].format, name)
                    recorded.setdefault(name, []).append(given)
    assert set(recorded) == set(program.traced) - set(program.inputs)
    for name, words in recorded.items():
        expected = whole[name].reshape(len(images), -1)
        assert np.array_equal(np.array(words).reshape(expected.shape), expected), name


@pytest.fixture
def _small_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tensors of more than 8 words are large."""
    monkeypatch.setattr(tensors, "INLINE", 8)


@pytest.mark.usefixtures("_small_lines")
def test_large_tensors_have_their_own_files(program: Program, tmp_path: Path) -> None:
    """Given steps with large tensors, when written and read, then every word is there again."""
    files = list(program_files(program, program.steps, small_images(1)))
    write_set(tmp_path / "set", files)
    found = open_set(tmp_path / "set")
    arrays = [entry.path for entry in found.entries if entry.kind == "data"]
    assert arrays
    assert all("/tensors/" in path for path in arrays)
    assert check_files(found) == sum(len(file.cases) for file in files)
    read = {entry.path: found.read(entry) for entry in found.select()}
    assert read == {file.path: file for file in files}
    assert recompute(found, found.select()) == sum(len(file.cases) for file in files)


@pytest.mark.usefixtures("_small_lines")
def test_an_array_that_was_changed(program: Program, tmp_path: Path) -> None:
    """Given an array of words that was edited, when checked, then its checksum tells."""
    write_set(tmp_path / "set", program_files(program, program.steps, small_images(1)))
    found = open_set(tmp_path / "set")
    path = next(found.root / entry.path for entry in found.entries if entry.kind == "data")
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(Rejection) as caught:
        check_files(found)
    assert caught.value.message.startswith(f"{path}: sha256 is '")


def test_the_command(program: Program, tmp_path: Path) -> None:
    """Given a Program on disk, when vectors of some steps are made, then a set that is sound."""
    save_program(program, tmp_path / "program")
    np.save(tmp_path / "images.npy", small_images(3))
    names = [step.name for step in program.steps]
    options = ("--program", tmp_path / "program", "--images", tmp_path / "images.npy")
    steps = ("--steps", f"{names[1]}..{names[2]}", "--count", "2")
    done = command("vectors", "generate", *options, *steps, "-o", tmp_path / "set")
    found = open_set(tmp_path / "set")
    assert (done.code, done.value("set_digest")) == (0, found.digest)
    folders = {entry.profile for entry in found.select()}
    assert folders == {f"at_{names[1]}", f"at_{names[2]}"}
    verified = command("vectors", "verify", "--set", tmp_path / "set", "--recompute")
    assert verified.code == 0


def test_the_command_refuses(tmp_path: Path) -> None:
    """Given a Program without images, or with a profile, when generated, then one line."""
    place = ("-o", tmp_path / "set")
    line = "--program needs --images"
    assert command("vectors", "generate", "--program", tmp_path, *place) == refused(line)
    line = "--program cannot be given with --op, --profile, --tier, --formats or --networks"
    done = command("vectors", "generate", "--program", tmp_path, "--op", "squash", *place)
    assert done == refused(line)

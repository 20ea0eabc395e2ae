"""fxcaps run: a Program over images."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from fxcaps.api import run
from fxcaps.cli import report
from fxcaps.network import Program, save_trace, with_parameters
from tests.cli.command import Done, command, refused, saved_images, saved_program
from tests.network.build import small_images
from tests.network.disk import assign, contents, edit_json


class Given(NamedTuple):
    """A Program and five images on disk."""

    place: Path
    path: Path
    program: Program
    images: Path


@pytest.fixture
def given(tmp_path: Path) -> Given:
    """A small Program and images for it."""
    return Given(tmp_path, *saved_program(tmp_path), saved_images(tmp_path))


def lines(given: Given, count: int, accuracy: str = "") -> str:
    """What a run of the first images prints."""
    made = run(given.program, small_images()[:count])
    return (
        f"images: {count}\n{accuracy}undecided rows left to the specification: none\n"
        f"{report.events_table(made)}\ndigest of the output words: {made.digest}\n"
    )


def test_prints_events_and_digest(given: Given) -> None:
    """Given images without labels, when run, then events and digest are the library's."""
    done = command("run", given.path, given.images)
    assert (done.code, done.out) == (0, lines(given, 5))
    assert done.err.startswith("running 5/5, ")


@pytest.mark.parametrize("options", [["--threads", 1], ["--threads", 3], ["--on-spec"]])
def test_threads_and_the_spec_give_the_same(given: Given, options: list[object]) -> None:
    """Given threads or the specification alone, when run, then the same is printed."""
    done = command("run", given.path, given.images, *options)
    assert (done.code, done.out) == (0, lines(given, 5))


def test_counts_what_is_right(given: Given) -> None:
    """Given labels, when run over all and the first images, then accuracies count them."""
    labels = run(given.program, small_images()).words["class"].astype(np.int64)
    labels[1] = 7
    np.save(given.place / "labels.npy", labels)
    arguments = ("run", given.path, given.images, "--labels", given.place / "labels.npy")
    assert command(*arguments).out == lines(given, 5, "accuracy: 80.00 % (4 of 5)\n")
    assert command(*arguments, "--first", 2).out == lines(given, 2, "accuracy: 50.00 % (1 of 2)\n")


def test_writes_the_trace_of_an_image(given: Given) -> None:
    """Given an image to trace, when run on engine and spec, then the file is the library's."""
    chosen = run(given.program, small_images()[3:4], keep=given.program.traced)
    save_trace(chosen, given.place / "expected.npz")
    path = given.place / "trace.npz"
    options = ("--trace", path, "--trace-image", 3)
    for more in ((), ("--on-spec",)):
        done = command("run", given.path, given.images, *options, *more)
        assert done.out == lines(given, 5) + f"trace of image 3 written to {path}\n"
        assert path.read_bytes() == (given.place / "expected.npz").read_bytes()
        path.unlink()


def test_members_of_archives_are_images(given: Given) -> None:
    """Given an archive with images and labels, when its members are named, then they are run."""
    labels = np.zeros(5, np.uint8)
    path = given.place / "set.npz"
    np.savez(path, images=small_images()[..., 0], labels=labels)
    done = command("run", given.path, f"{path}:images", "--labels", f"{path}:labels")
    found = run(given.program, small_images()).words["class"]
    right = int(np.count_nonzero(found == 0))
    assert done.value("accuracy") == f"{20 * right:.2f} % ({right} of 5)"


def failure(given: Given, *options: object) -> Done:
    """A run that is refused; nothing new is on the disk after it."""
    before = contents(given.place)
    done = command("run", given.path, given.images, *options)
    assert contents(given.place) == before
    return done


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--first", 0], "PARAMETER_INVALID: --first must be 1 to 5, found 0"),
        (["--first", 6], "PARAMETER_INVALID: --first must be 1 to 5, found 6"),
        (
            ["--trace", "t.npz", "--trace-image", 5],
            "PARAMETER_INVALID: --trace-image must be 0 to 4, found 5",
        ),
        (
            ["--trace", "t.npz", "--trace-image", 2, "--first", 2],
            "PARAMETER_INVALID: --trace-image must be 0 to 1, found 2",
        ),
        (["--threads", 0], "PARAMETER_INVALID: threads must be at least 1, found 0"),
        (["--labels", "none.npy"], "FILE_UNREADABLE: none.npy: No such file or directory"),
    ],
)
def test_refuses_options(given: Given, options: list[object], line: str) -> None:
    """Given numbers out of range or absent labels, when run, then one line says so."""
    found = failure(given, *options)
    assert found.code == 2
    assert found.err.replace(": cannot be read", "") == f"fxcaps: {line}\n"


def test_refuses_labels_of_another_length(given: Given) -> None:
    """Given four labels for five images, when run, then one line tells both numbers."""
    path = given.place / "labels.npy"
    np.save(path, np.zeros(4, np.int64))
    assert failure(given, "--labels", path) == refused(
        f"DATA_INVALID: {path}: expected 5 labels, one an image, found 4"
    )
    np.save(path, np.zeros(5))
    assert failure(given, "--labels", path) == refused(
        f"DATA_INVALID: {path}: labels are integers, found float64"
    )


def test_refuses_images(given: Given) -> None:
    """Given images of another network or none at all, when run, then one line says so."""
    assert command("run", given.path, "digits/evaluation") == refused(
        "SHAPE_MISMATCH: images for 'pixels': expected shape (N, 8, 8, 1), found (1000, 28, 28, 1)"
    )
    np.save(given.images, small_images()[:0])
    assert command("run", given.path, given.images) == refused(
        f"DATA_INVALID: {given.images}: no images: shape (0, 8, 8, 1)"
    )


def test_refuses_programs(given: Given) -> None:
    """Given no Program, an edited or a broken one, when run, then one line says so."""
    assert command("run", given.place, given.images) == refused(
        f"FILE_UNREADABLE: {given.place / 'program.json'}: No such file or directory"
    )
    assert command("run", given.images, given.images) == refused(
        f"FILE_FOREIGN: {given.images}: a Program is a directory with program.json, found a file"
    )
    schedule = given.path / "program.json"
    recorded = json.loads(schedule.read_text(encoding="utf-8"))["digest"]
    edit_json(schedule, assign("digest", value="edited"))
    assert command("run", given.path, given.images) == refused(
        f"FILE_CORRUPT: {schedule}: digest is 'edited', its contents give '{recorded}'"
    )
    edit_json(schedule, assign("tensors", "conv", "format", value="s8f0"))
    done = command("run", given.path, given.images)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert done.err.startswith(f"fxcaps: FORMAT_MISMATCH: {schedule}: step 'primary.conv': ")


def test_refuses_traces(given: Given) -> None:
    """Given a trace where a directory or a file stands, when run, then that stays."""
    (given.place / "mine").mkdir()
    (given.place / "mine" / "thesis.tex").write_text("years of work")
    for path, line in (
        (given.place / "mine", "Is a directory"),
        (given.images / "t.npz", "Not a directory"),
        (given.place / "absent" / "t.npz", "No such file or directory"),
    ):
        done = failure(given, "--trace", path)
        assert (done.code, done.out) == (2, lines(given, 5))
        assert done.err.splitlines()[-1] == f"fxcaps: FILE_UNWRITABLE: {path}: {line}"


def test_other_parameters(given: Given) -> None:
    """Given --set, when run, then the words are those of the Program with that parameter."""
    done = command(
        *("run", given.path, given.images),
        *("--set", "digit.weighted_sum*.rounding=floor", "--set", "digit.squash2.guard=1"),
    )
    changed = with_parameters(
        given.program, {"digit.weighted_sum*.rounding": "floor", "digit.squash2.guard": 1}
    )
    assert done.value("digest of the output words") == run(changed, small_images()).digest
    assert changed.digest != given.program.digest


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("votes.rounding", "--set: expected PLACE.FIELD=VALUE, found 'votes.rounding'"),
        ("rounding=floor", "--set: expected PLACE.FIELD=VALUE, found 'rounding=floor'"),
        ("voices.rounding=floor", "NAME_UNKNOWN: voices.rounding: no step has such a parameter"),
    ],
)
def test_refuses_parameters(text: str, line: str, given: Given) -> None:
    """Given a --set that cannot be meant, when run, then one line says why."""
    assert command("run", given.path, given.images, "--set", text) == refused(line)

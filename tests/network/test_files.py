"""Writing: whole or not at all, whatever happens on the way."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fxcaps.network import load_program, run, save_network, save_program, save_trace
from fxcaps.network.files import make_directory, to_json, write_text, written_beside
from fxcaps.types import Reason
from tests.network.build import (
    ON_ENGINE,
    one_step_program,
    small_images,
    small_network,
    small_program,
)
from tests.network.disk import contents
from tests.support.outcomes import Rejected, rejection_of

Save = Callable[[Path], None]


def program_at(path: Path) -> None:
    """Save the small Program."""
    save_program(small_program(), path)


def network_at(path: Path) -> None:
    """Save the small network."""
    save_network(small_network(), path)


def trace_at(path: Path) -> None:
    """Save a trace of two images."""
    program = small_program()
    save_trace(run(program, small_images(2), ON_ENGINE, keep=program.traced), path)


def text_at(path: Path) -> None:
    """Save a text."""
    write_text(path, "text\n")


EVERY_SAVE = pytest.mark.parametrize("save", [program_at, network_at, trace_at, text_at])


@EVERY_SAVE
def test_leaves_nothing_beside(save: Save, tmp_path: Path) -> None:
    """Given any file, when saved twice, then nothing but it is there, and it is the same."""
    save(tmp_path / "made")
    first = contents(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["made"]
    save(tmp_path / "made")
    assert contents(tmp_path) == first


@EVERY_SAVE
def test_refuses_a_path_below_a_file(save: Save, tmp_path: Path) -> None:
    """Given a directory that is a file, when saved into it, then one line says so."""
    (tmp_path / "file").write_text("mine")
    path = tmp_path / "file" / "made"
    assert rejection_of(lambda: save(path)) == Rejected(
        Reason.FILE_UNWRITABLE, f"{path}: Not a directory"
    )
    assert contents(tmp_path) == {"file": b"mine"}


@pytest.mark.parametrize("save", [network_at, trace_at, text_at])
def test_a_file_never_replaces_a_directory(save: Save, tmp_path: Path) -> None:
    """Given a directory with files of a user, when a file is saved there, then they stay."""
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "thesis.tex").write_text("years of work")
    path = tmp_path / "made"
    assert rejection_of(lambda: save(path)) == Rejected(
        Reason.FILE_UNWRITABLE, f"{path}: Is a directory"
    )
    assert contents(tmp_path) == {"made/thesis.tex": b"years of work"}


@EVERY_SAVE
@pytest.mark.parametrize("name", [".", "..", "/"])
def test_refuses_places_without_a_name(
    name: str, save: Save, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given the working directory, its parent or the root, when saved there, then not."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    assert rejection_of(lambda: save(Path(name))) == Rejected(
        Reason.FILE_UNWRITABLE, f"{name}: does not name a file in a directory"
    )
    assert contents(tmp_path) == {}


@pytest.mark.parametrize("save", [network_at, trace_at, text_at])
def test_refuses_a_directory_that_is_not_there(save: Save, tmp_path: Path) -> None:
    """Given a file in an absent directory, when saved, then it is not made by surprise."""
    path = tmp_path / "absent" / "made"
    assert rejection_of(lambda: save(path)) == Rejected(
        Reason.FILE_UNWRITABLE, f"{path}: No such file or directory"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["thesis.tex", "program.txt"])
def test_a_program_replaces_only_programs(name: str, tmp_path: Path) -> None:
    """Given a directory or a file of a user, when a Program is saved there, then it stays."""
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / name).write_text("mine")

    def refuses(path: Path) -> None:
        assert rejection_of(lambda: program_at(path)) == Rejected(
            Reason.FILE_UNWRITABLE, f"{path}: exists and is not a Program; choose another place"
        )

    refuses(tmp_path / "made")
    refuses(tmp_path / "made" / name)
    assert contents(tmp_path) == {f"made/{name}": b"mine"}


def test_a_program_replaces_a_program_as_a_whole(tmp_path: Path) -> None:
    """Given a Program on disk, when another is saved there, then no word of the first stays."""
    path = tmp_path / "deep" / "made"
    program_at(path)
    save_program(one_step_program(), path)
    assert list(contents(tmp_path)) == ["deep/made/program.json"]
    assert load_program(path).digest == one_step_program().digest


def test_a_link_to_a_program_is_replaced(tmp_path: Path) -> None:
    """Given a link to a Program, when saved there, then the link's target stays as it was."""
    program_at(tmp_path / "target")
    before = contents(tmp_path / "target")
    (tmp_path / "link").symlink_to(tmp_path / "target")
    save_program(one_step_program(), tmp_path / "link")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "target"]
    assert contents(tmp_path / "target") == before
    assert load_program(tmp_path / "link").digest == one_step_program().digest


class Fault:
    """A function that fails at its n-th call and works before and after."""

    def __init__(self, function: Callable[..., Any], at: int, error: BaseException) -> None:
        self.function, self.left, self.error = function, at, error

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        self.left -= 1
        if self.left == 0:
            raise self.error
        return self.function(*arguments, **options)


FAULTS = pytest.mark.parametrize(
    ("error", "expected"),
    [
        (KeyboardInterrupt(), None),
        (
            OSError(errno.ENOSPC, "No space left on device"),
            "{path}: No space left on device",
        ),
    ],
    ids=["interrupt", "full disk"],
)


def fails(save: Save, path: Path, expected: str | None) -> None:
    """Save, and see the interrupt pass through or the error turned into one line."""
    if expected is None:
        with pytest.raises(KeyboardInterrupt):
            save(path)
    else:
        assert rejection_of(lambda: save(path)) == Rejected(
            Reason.FILE_UNWRITABLE, expected.format(path=path)
        )


@FAULTS
@pytest.mark.parametrize("save", [program_at, network_at, trace_at])
@pytest.mark.parametrize("call", [1, 3])
def test_a_fault_among_the_arrays_leaves_the_old_file(
    save: Save,
    call: int,
    error: BaseException,
    expected: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Given a saved file, when the next writing breaks off, then the old one stays, alone."""
    save(tmp_path / "made")
    before = contents(tmp_path)
    fault = Fault(np.lib.format.write_array, call, error)
    monkeypatch.setattr(np.lib.format, "write_array", fault)
    fails(save, tmp_path / "made", expected)
    assert contents(tmp_path) == before
    monkeypatch.undo()
    monkeypatch.setattr(np.lib.format, "write_array", Fault(np.lib.format.write_array, 2, error))
    fails(save, tmp_path / "new", expected)
    assert [path.name for path in tmp_path.iterdir()] == ["made"]


@FAULTS
@pytest.mark.parametrize("save", [program_at, network_at, text_at])
def test_a_fault_at_the_renaming_leaves_the_old_file(
    save: Save,
    error: BaseException,
    expected: str | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Given a saved file, when a renaming breaks off, then the old one stays, alone."""
    save(tmp_path / "made")
    before = contents(tmp_path)
    for call in (1, 2) if save is program_at else (1,):  # a directory is moved aside first
        with monkeypatch.context() as patch:
            fault = Fault(Path.replace, call, error)
            patch.setattr(Path, "replace", lambda *paths, fault=fault: fault(*paths))
            fails(save, tmp_path / "made", expected)
        assert contents(tmp_path) == before, call


def test_leftovers_of_a_killed_process_do_not_matter(tmp_path: Path) -> None:
    """Given what a killed process of our number left, when saved, then it is cleared away."""
    program_at(tmp_path / "made")
    before = contents(tmp_path)
    for ending in ("partial", "old"):
        left = tmp_path / f".made.{os.getpid()}.{ending}" / "words"
        left.mkdir(parents=True)
        (left / "half.npy").write_bytes(b"half")
    program_at(tmp_path / "made")
    assert contents(tmp_path) == before


def test_directories_are_made_and_tried(tmp_path: Path) -> None:
    """Given places for results, when made, then usable ones stay and others are refused."""
    make_directory(tmp_path / "a" / "b")
    make_directory(tmp_path / "a" / "b")
    assert list((tmp_path / "a" / "b").iterdir()) == []
    (tmp_path / "file").write_text("mine")
    assert rejection_of(lambda: make_directory(tmp_path / "file")) == Rejected(
        Reason.FILE_UNWRITABLE, f"{tmp_path / 'file'}: File exists"
    )
    below = tmp_path / "file" / "c"
    assert rejection_of(lambda: make_directory(below)) == Rejected(
        Reason.FILE_UNWRITABLE, f"{below}: Not a directory"
    )


def test_an_error_in_the_block_is_not_hidden(tmp_path: Path) -> None:
    """Given a mistake of ours while writing, when it is raised, then it stays what it is."""
    with pytest.raises(ZeroDivisionError), written_beside(tmp_path / "made") as partial:
        partial.write_text(str(1 // 0))
    assert list(tmp_path.iterdir()) == []


def test_json_is_laid_out_for_people() -> None:
    """Given a long object, when written, then fields have lines and lists of numbers one."""
    data = {
        "name": "x" * 60,
        "numbers": list(range(40)),
        "steps": [{"op": "add", "inputs": {"a": "y" * 70}}, {"op": "b"}],
        "empty": {},
    }
    numbers = ", ".join(map(str, range(40)))
    assert to_json(data) == (
        "{\n"
        f'  "name": "{"x" * 60}",\n'
        f'  "numbers": [{numbers}],\n'
        '  "steps": [\n'
        "    {\n"
        '      "op": "add",\n'
        f'      "inputs": {{"a": "{"y" * 70}"}}\n'
        "    },\n"
        '    {"op": "b"}\n'
        "  ],\n"
        '  "empty": {}\n'
        "}\n"
    )

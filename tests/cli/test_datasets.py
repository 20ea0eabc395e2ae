"""fxcaps datasets: what is here, whole, and where to get the rest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fxcaps.datasets import DATASETS, locate
from tests.cli.command import command, refused, saved_program
from tests.datasets.build import idx_bytes, print_of, some_images, write


@pytest.fixture(autouse=True)
def _nowhere_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No data set of this machine."""
    monkeypatch.delenv("FXCAPS_DATA", raising=False)
    monkeypatch.setattr(locate, "DEBIAN_PLACE", tmp_path / "debian")


def test_says_where_to_get_what_is_missing(tmp_path: Path) -> None:
    """Given an empty directory, when looked through, then all is missing, and that is fine."""
    done = command("datasets", "--data", tmp_path)
    table, rest = done.out.split("\n\n")
    files = [(name, file) for name, dataset in DATASETS.items() for file in dataset.files]
    assert (done.code, done.err) == (0, "")
    assert [line.split() for line in table.splitlines()[1:]] == [
        [name, file.split, file.name, "missing", "-"] for name, file in files
    ]
    assert rest.splitlines() == [
        f"searched: {tmp_path}, {tmp_path / 'debian'}",
        *(f"{name}: get it from {dataset.source}" for name, dataset in DATASETS.items()),
    ]


def test_a_corrupt_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a file of the right name and wrong content, then its line and exit code 2 say so."""
    content = idx_bytes(some_images())
    path = write(tmp_path / "mnist" / "t10k-images-idx3-ubyte", content)
    fingerprint = next(file for file in DATASETS["mnist"].files if file.name == path.name)
    monkeypatch.setenv("FXCAPS_DATA", str(tmp_path))
    done = command("datasets")
    found = print_of(content, fingerprint.fingerprint.algorithm)
    rows = [line.split() for line in done.out.split("\n\n")[0].splitlines()]
    assert [row for row in rows[1:] if row[3] != "missing"] == [
        ["mnist", "test", path.name, "corrupt", str(path)]
    ]
    assert (done.code, done.err) == (
        2,
        f"fxcaps: FILE_CORRUPT: {path}: expected {fingerprint.fingerprint}, found {found}\n",
    )
    write(tmp_path / "mnist" / "t10k-labels-idx1-ubyte", content)
    assert command("datasets").err.endswith(f"found {found} (and 1 more)\n")


def test_refuses_a_directory_that_is_none(tmp_path: Path) -> None:
    """Given an absent directory, when looked through, then one line says so."""
    assert command("datasets", "--data", tmp_path / "absent") == refused(
        f"FILE_UNREADABLE: {tmp_path / 'absent'}: no such directory"
    )


def test_runs_name_data_sets(tmp_path: Path) -> None:
    """Given a data set that is not here, or no such split, when run, then one line says so."""
    program, _ = saved_program(tmp_path)
    done = command("run", program, "mnist/test", "--data", tmp_path)
    files = ", ".join(file.name for file in DATASETS["mnist"].files_of("test"))
    assert done == refused(
        f"FILE_UNREADABLE: mnist: missing {files}; looked in {tmp_path}, {tmp_path / 'debian'}; "
        f"get it from {DATASETS['mnist'].source}"
    )
    done = command("run", program, "mnist")
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert done.err.startswith("fxcaps: NAME_UNKNOWN: mnist has no split ''")


def test_a_file_named_like_a_data_set_is_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a file at the path digits/evaluation, when named, then it is read, not the digits."""
    program, _ = saved_program(tmp_path)
    write(tmp_path / "digits" / "evaluation", idx_bytes(np.zeros((2, 8, 8), np.uint8)))
    monkeypatch.chdir(tmp_path)
    assert command("run", program, "digits/evaluation").value("images") == "2"

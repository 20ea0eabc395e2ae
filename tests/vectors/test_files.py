"""Sets on disk: whole or not at all, and every damage told."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from fxcaps.ops import find_operation
from fxcaps.types import Reason, Rejection
from fxcaps.vectors.files import (
    MANIFEST,
    SUMS,
    Entry,
    VectorSet,
    _digest,
    check_files,
    open_set,
    render,
    write_set,
)
from fxcaps.vectors.make import Kind
from fxcaps.vectors.verify import recompute
from tests.vectors.build import small_files, small_set

EDGES = "isqrt/fxcaps-hardware/edge.json"


def refusal(root: Path, check: Callable[[VectorSet], object] = check_files) -> tuple[Reason, str]:
    """Reason and message, with the place of the set taken out."""
    with pytest.raises(Rejection) as caught:
        check(open_set(root))
    return caught.value.reason, caught.value.message.replace(str(root), "SET")


def edit(path: Path, old: str, new: str) -> None:
    """Replace text that stands in a file."""
    text = path.read_text("ascii")
    assert old in text
    path.write_text(text.replace(old, new, 1), "ascii")


def remade(root: Path, path: str, old: str, new: str) -> None:
    """Edit a file of a set, and the manifest so that only the edit itself is wrong."""
    edit(root / path, old, new)
    files = [file for file in small_files() if file.path != path]
    text = (root / path).read_bytes()
    write_set(root, files, data={path: text})
    kept = open_set(root)
    entry = next(entry for entry in kept.entries if entry.path == path)
    wanted = next(file for file in small_files() if file.path == path)
    described = replace(
        entry,
        op=wanted.operation,
        revision=wanted.revision,
        profile=wanted.bundle,
        profile_digest=wanted.digest,
        kind=wanted.kind.value,
        tier=wanted.tier.value,
        cases=len(wanted.cases),
    )
    manifest = root / MANIFEST
    data = json.loads(manifest.read_text("ascii"))
    data["files"] = [
        described.to_json() if item["path"] == path else item for item in data["files"]
    ]
    manifest.write_text(json.dumps(data), "ascii")


def test_a_set_is_read_as_it_was_written(tmp_path: Path) -> None:
    """Given a small set, when written and read, then every file and every case is the same."""
    found = small_set(tmp_path / "set")
    assert check_files(found) == sum(len(file.cases) for file in small_files())
    read = {entry.path: found.read(entry) for entry in found.select()}
    assert read == {file.path: file for file in small_files()}
    assert recompute(found, found.select()) == sum(len(file.cases) for file in small_files())


def test_one_case_a_line(tmp_path: Path) -> None:
    """Given a file, when split into lines, then each case and setup is JSON on its own line."""
    found = small_set(tmp_path / "set")
    lines = (found.root / EDGES).read_text("ascii").splitlines()
    (file,) = [file for file in small_files() if file.kind is Kind.EDGE]
    start = lines.index('"cases": [') + 1
    assert [json.loads(line.rstrip(",")) for line in lines[start:-2]] == list(file.cases)
    assert lines[-2:] == ["]", "}"]
    assert lines[1] == '"kind": "fxcaps-cases",'


def test_checksums_are_those_of_sha256sum(tmp_path: Path) -> None:
    """Given a set, when its list of checksums is read, then a line a file, as sha256sum has it."""
    found = small_set(tmp_path / "set")
    lines = (found.root / SUMS).read_text("ascii").splitlines()
    assert lines == [f"{entry.sha256}  {entry.path}" for entry in found.entries]


def test_the_digest_covers_every_file(tmp_path: Path) -> None:
    """Given two sets that differ in a case, when their digests are compared, then they differ."""
    first = small_set(tmp_path / "a")
    files = [replace(file, cases=file.cases[:-1] or file.cases) for file in small_files()]
    assert write_set(tmp_path / "b", files).digest != first.digest


DAMAGE: dict[str, tuple[Callable[[Path], object], Reason, str]] = {
    "no set": (
        shutil.rmtree,
        Reason.FILE_UNREADABLE,
        "SET/MANIFEST.json: No such file or directory",
    ),
    "manifest truncated": (
        lambda root: (root / MANIFEST).write_text('{"kind": "fx', "ascii"),
        Reason.FILE_FOREIGN,
        "SET/MANIFEST.json: not JSON (Unterminated string starting at: line 1 column 10 (char 9))",
    ),
    "manifest of another kind": (
        lambda root: (root / MANIFEST).write_text('{"kind": "zoo"}', "ascii"),
        Reason.FILE_FOREIGN,
        "SET/MANIFEST.json: expected kind 'fxcaps-vectors', found 'zoo'",
    ),
    "manifest without files": (
        lambda root: edit(root / MANIFEST, '"files"', '"flies"'),
        Reason.FILE_FOREIGN,
        "SET/MANIFEST.json: a manifest has set, spec, set_digest, same and files",
    ),
    "another specification": (
        lambda root: edit(root / MANIFEST, '"spec": "0.1"', '"spec": "0.0"'),
        Reason.FILE_FOREIGN,
        "SET/MANIFEST.json: vectors of specification '0.0', this package has 0.1",
    ),
    "file missing": (
        lambda root: (root / EDGES).unlink(),
        Reason.FILE_UNREADABLE,
        f"SET/{EDGES}: No such file or directory",
    ),
    "file too many": (
        lambda root: (root / "isqrt" / "more.json").write_text("{}", "ascii"),
        Reason.FILE_FOREIGN,
        "SET/isqrt/more.json: the manifest does not list it",
    ),
    "checksums edited": (
        lambda root: edit(root / SUMS, "edge.json", "ledge.json"),
        Reason.FILE_CORRUPT,
        "SET/SHA256SUMS: its lines are not those of the manifest",
    ),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage(name: str, tmp_path: Path) -> None:
    """Given a set that was damaged, when checked, then one line says what and where."""
    damage, reason, message = DAMAGE[name]
    root = tmp_path / "set"
    small_set(root)
    damage(root)
    assert refusal(root) == (reason, message)


@pytest.mark.parametrize(
    "change", [lambda text: text[:-20], lambda text: text.replace("1", "2", 1), lambda _: ""]
)
def test_a_file_that_was_changed(change: Callable[[str], str], tmp_path: Path) -> None:
    """Given a file that was cut, edited or emptied, when checked, then both checksums are told."""
    found = small_set(tmp_path / "set")
    path = found.root / EDGES
    path.write_text(change(path.read_text("ascii")), "ascii")
    reason, message = refusal(found.root)
    recorded = next(entry.sha256 for entry in found.entries if entry.path == EDGES)
    assert reason is Reason.FILE_CORRUPT
    assert message.startswith(f"SET/{EDGES}: sha256 is '")
    assert message.endswith(f"', the manifest records {recorded!r}")


def test_files_of_two_sets(tmp_path: Path) -> None:
    """Given a file of another set in a manifest's place, when opened, then the digest tells."""
    first = small_set(tmp_path / "set")
    edit(first.root / MANIFEST, first.entries[0].sha256, "0" * 64)
    reason, message = refusal(first.root)
    assert reason is Reason.FILE_CORRUPT
    assert message.startswith(
        f"SET/MANIFEST.json: set_digest is {first.digest!r}, its files give '"
    )


def _sealed(root: Path) -> None:
    """Give a manifest the digest of what it lists, as an editor who is careful would."""
    manifest = root / MANIFEST
    data = json.loads(manifest.read_text("ascii"))
    data["set_digest"] = _digest([Entry(**item) for item in data["files"]])
    manifest.write_text(json.dumps(data), "ascii")


@pytest.mark.parametrize(
    ("old", "new", "reason", "message"),
    [
        (
            '"revision": 1',
            '"revision": 2',
            Reason.FILE_FOREIGN,
            f"SET/{EDGES}: its header is not what the manifest says of it",
        ),
        (
            '"version": 1',
            '"version": 9',
            Reason.FILE_FOREIGN,
            f"SET/{EDGES}: expected fxcaps-cases version 1, found 9",
        ),
        (
            '"tier": "smoke"',
            '"tier": "full"',
            Reason.FILE_FOREIGN,
            f"SET/{EDGES}: its header is not what the manifest says of it",
        ),
        (
            '"setups": [',
            '"setup": [',
            Reason.FILE_FOREIGN,
            f"SET/{EDGES}: no file of cases (KeyError('setups'))",
        ),
        (
            '"flags":["ROOT_OFF_BY_ONE"],',
            '"flags":["NOBODY"],',
            Reason.FILE_FOREIGN,
            f"SET/{EDGES}: isqrt.fxcaps-hardware.edge.first-u16f8-u12f8 has an unknown flag",
        ),
    ],
)
def test_an_edit_with_checksums(
    old: str, new: str, reason: Reason, message: str, tmp_path: Path
) -> None:
    """Given a file whose edit has its checksum, when checked, then the contents tell."""
    root = tmp_path / "set"
    small_set(root)
    remade(root, EDGES, old, new)
    _sealed(root)
    assert refusal(root) == (reason, message)


def test_a_wrong_word_with_checksums(tmp_path: Path) -> None:
    """Given an output word that was edited with its checksum, when recomputed, then it is told."""
    root = tmp_path / "set"
    small_set(root)
    remade(root, EDGES, '"out":{"out":[0,16,', '"out":{"out":[0,17,')
    _sealed(root)
    assert check_files(open_set(root)) > 0
    reason, message = refusal(root, lambda found: recompute(found, found.select()))
    assert reason is Reason.FILE_CORRUPT
    assert message.startswith(
        f"SET/{EDGES}: isqrt.fxcaps-hardware.edge.first-u16f8-u12f8 has out {{'out': [0, 17, "
    )


def test_another_revision(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given vectors of an older revision, when read, then both revisions are told."""
    small_set(tmp_path / "set")
    monkeypatch.setattr(type(find_operation("isqrt")), "revision", 2)
    reason, message = refusal(tmp_path / "set")
    assert reason is Reason.FILE_FOREIGN
    assert message.endswith(": vectors of isqrt revision 1, this package has 2")


def test_nothing_is_selected(tmp_path: Path) -> None:
    """Given a selection of nothing, when asked for, then a rejection and no empty list."""
    found = small_set(tmp_path / "set")
    with pytest.raises(Rejection) as caught:
        found.select(op="isqrt", profile="fxcaps-wrap")
    assert str(caught.value) == (
        f"NAME_UNKNOWN: {found.root}: no vectors of op=isqrt profile=fxcaps-wrap; "
        "see fxcaps vectors list"
    )


def test_a_profile_that_is_as_another(tmp_path: Path) -> None:
    """Given a profile with the same choices, when selected, then the cases of the first."""
    same = {("isqrt", "fxcaps-acc16"): "fxcaps-hardware"}
    write_set(tmp_path / "set", small_files(), same=same)
    found = open_set(tmp_path / "set")
    assert found.select(profile="fxcaps-acc16") == found.select(profile="fxcaps-hardware")


def test_nothing_is_written_of_nothing(tmp_path: Path) -> None:
    """Given no files, when written, then a rejection and no folder."""
    with pytest.raises(Rejection) as caught:
        write_set(tmp_path / "set", [])
    assert (
        caught.value.message == f"{tmp_path / 'set'}: nothing was selected, so nothing is written"
    )
    assert list(tmp_path.iterdir()) == []


def test_another_folder_is_left_alone(tmp_path: Path) -> None:
    """Given a folder that holds something else, when written to, then it stays as it was."""
    (tmp_path / "mine.txt").write_text("mine", "ascii")
    with pytest.raises(Rejection) as caught:
        write_set(tmp_path, small_files())
    assert caught.value.message == (
        f"{tmp_path}: exists and is no set of vectors; choose another place"
    )
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_what_explains_a_set_is_kept(tmp_path: Path) -> None:
    """Given errata and schemas beside a set, when it is written again, then they stay."""
    found = small_set(tmp_path / "set")
    (found.root / "ERRATA.json").write_text("[]\n", "ascii")
    (found.root / "schema").mkdir()
    (found.root / "schema" / "cases.schema.json").write_text("{}\n", "ascii")
    again = small_set(found.root)
    assert again.digest == found.digest
    assert check_files(again) > 0
    assert (found.root / "ERRATA.json").read_text("ascii") == "[]\n"
    assert (found.root / "schema" / "cases.schema.json").read_text("ascii") == "{}\n"


def test_files_are_canonical() -> None:
    """Given a file, when rendered twice, then the same ASCII with line feeds alone."""
    for file in small_files():
        text = render(file)
        assert text.isascii()
        assert "\r" not in text
        assert text == render(file)

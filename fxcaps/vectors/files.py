"""Sets of vectors on disk: one case a line, a manifest, checksums."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from fxcaps.network.files import check_kind, written_beside
from fxcaps.ops import find_operation
from fxcaps.types import Reason, Rejection
from fxcaps.vectors.call import Setup
from fxcaps.vectors.flags import FLAGS
from fxcaps.vectors.make import KIND, TIERS, VERSION, CaseFile, Kind
from fxcaps.vectors.tensors import moved_in, moved_out
from fxcaps.vectors.text import file_of

Json = dict[str, Any]

MANIFEST, SUMS = "MANIFEST.json", "SHA256SUMS"

MANIFEST_KIND, MANIFEST_VERSION = "fxcaps-vectors", 1

SET = "0.1.0"
"""Version of the published set: file format, cases added, cases withdrawn."""

SPEC_VERSION = "0.1"
"""Version of the specification that the words come from (`spec/README.md`)."""

OUTSIDE = ("ERRATA.json", "KILLS.json", "LICENSE", "README.md", "schema")
"""Files and folders of a set that its digest does not cover: they explain it, or grow."""

_ENTRY = ("path", "op", "revision", "profile", "profile_digest", "kind", "tier", "cases", "sha256")


@dataclass(frozen=True)
class Entry:
    """A line of the manifest: a file of cases, or with the kind `data` what cases refer to."""

    path: str
    op: str
    revision: int
    profile: str
    profile_digest: str
    kind: str
    tier: str
    cases: int
    sha256: str

    def to_json(self) -> Json:
        """As it stands in the manifest."""
        return {name: getattr(self, name) for name in _ENTRY}


@dataclass(frozen=True)
class VectorSet:
    """A set whose manifest was read; its files are read, and checked, when they are asked for.

    Args:
        root: its directory.
        version: of the set.
        digest: of all its files, which every claim quotes.
        entries: its files.
        same: (operation, profile) -> the profile whose cases hold for it, too.
    """

    root: Path
    version: str
    digest: str
    entries: tuple[Entry, ...]
    same: Mapping[tuple[str, str], str]

    def select(
        self,
        *,
        op: str | None = None,
        profile: str | None = None,
        kind: str | None = None,
        tier: str | None = None,
    ) -> list[Entry]:
        """The files of cases that are meant; rejects a selection of none with `NAME_UNKNOWN`."""
        found = [
            entry
            for entry in self.entries
            if entry.kind in {member.value for member in Kind}
            and op in (None, entry.op)
            and profile in (None, entry.profile, *self._users(entry))
            and kind in (None, entry.kind)
            and tier in (None, entry.tier)
        ]
        if not found:
            wanted = {"op": op, "profile": profile, "kind": kind, "tier": tier}
            asked = " ".join(f"{name}={value}" for name, value in wanted.items() if value)
            raise Rejection(
                Reason.NAME_UNKNOWN,
                f"{self.root}: no vectors of {asked or 'any kind'}; see fxcaps vectors list",
            )
        return found

    def _users(self, entry: Entry) -> list[str]:
        return [
            profile
            for (op, profile), source in self.same.items()
            if (op, source) == (entry.op, entry.profile)
        ]

    def read(self, entry: Entry) -> CaseFile:
        """Read a file; rejects what the manifest does not describe with `FILE_CORRUPT`."""
        text = _bytes_of(self.root, entry)
        file = _parsed(text, entry, str(self.root / entry.path))
        setups = {setup.name: setup.to_json() for setup in file.setups}
        cases = (moved_in(case, setups[case["setup"]], self._data) for case in file.cases)
        return replace(file, cases=tuple(cases))

    def _data(self, path: str) -> bytes:
        """A file that a case refers to."""
        found = [entry for entry in self.entries if entry.path == path]
        if not found:
            raise Rejection(Reason.FILE_FOREIGN, f"{self.root}: the manifest has no {path!r:.80}")
        return _bytes_of(self.root, found[0])


def render(file: CaseFile) -> str:
    """The text of a file: JSON with one setup and one case a line, all words in it."""
    setups = [setup.to_json() for setup in file.setups]
    return file_of(file.header(), setups=setups, cases=list(file.cases))


def write_set(
    path: Path,
    files: Iterable[CaseFile],
    *,
    same: Mapping[tuple[str, str], str] | None = None,
    data: Mapping[str, bytes] | None = None,
    version: str = SET,
) -> VectorSet:
    """Write a set as a directory, whole or not at all.

    Args:
        path: of the directory; one that holds something else is left alone.
        files: of cases.
        same: profiles whose cases are another's, by operation and profile.
        data: other files by path.
        version: of the set.

    What stands in `path` outside the digest, errata and kills, is kept.
    """
    path = Path(path)
    check_place(path)
    entries = []
    data = dict(data or {})
    with written_beside(path) as partial:
        partial.mkdir(parents=True)
        for whole in files:
            file, tensors = _moved_out(whole)
            data |= tensors
            text = render(file).encode()
            _write(partial / file.path, text)
            entries.append(_entry(file, text))
        for name, content in data.items():
            _write(partial / name, content)
            entries.append(Entry(name, "", 0, "", "", "data", "full", 0, _sha256(content)))
        if not entries:
            raise Rejection(
                Reason.NAME_UNKNOWN, f"{path}: nothing was selected, so nothing is written"
            )
        entries.sort(key=lambda entry: entry.path)
        made = VectorSet(path, version, _digest(entries), tuple(entries), dict(same or {}))
        _write(partial / MANIFEST, _manifest(made).encode())
        sums = "".join(f"{entry.sha256}  {entry.path}\n" for entry in entries)
        _write(partial / SUMS, sums.encode())
        for name in OUTSIDE:
            if (path / name).is_dir():
                shutil.copytree(path / name, partial / name)
            elif (path / name).is_file():
                shutil.copyfile(path / name, partial / name)
    return made


def _moved_out(file: CaseFile) -> tuple[CaseFile, dict[str, bytes]]:
    """A file whose large tensors stand beside it."""
    setups = {setup.name: setup.to_json() for setup in file.setups}
    folder, cases = file.path.rpartition("/")[0], []
    tensors: dict[str, bytes] = {}
    for case in file.cases:
        changed, files = moved_out(case, setups[case["setup"]], folder)
        cases.append(changed)
        tensors |= files
    return replace(file, cases=tuple(cases)), tensors


def check_place(path: Path) -> None:
    """Reject a place that holds something other than a set with `FILE_UNWRITABLE`."""
    if (
        path.exists()
        and not (path / MANIFEST).is_file()
        and (not path.is_dir() or any(path.iterdir()))
    ):
        raise Rejection(
            Reason.FILE_UNWRITABLE, f"{path}: exists and is no set of vectors; choose another place"
        )


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def _entry(file: CaseFile, text: bytes) -> Entry:
    return Entry(
        file.path,
        file.operation,
        file.revision,
        file.bundle,
        file.digest,
        file.kind.value,
        file.tier.value,
        len(file.cases),
        _sha256(text),
    )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _digest(entries: Sequence[Entry]) -> str:
    """sha256 over the sorted lines `sha256  path`, as `sha256sum` writes them."""
    lines = sorted(f"{entry.sha256}  {entry.path}\n" for entry in entries)
    return _sha256("".join(lines).encode())


def _manifest(made: VectorSet) -> str:
    head: Json = {
        "kind": MANIFEST_KIND,
        "version": MANIFEST_VERSION,
        "set": made.version,
        "spec": SPEC_VERSION,
        "set_digest": made.digest,
    }
    same = [
        {"op": op, "profile": profile, "as": source}
        for (op, profile), source in sorted(made.same.items())
    ]
    return file_of(head, same=same, files=[entry.to_json() for entry in made.entries])


def open_set(root: Path) -> VectorSet:
    """Read a manifest.

    Rejects what is none (`FILE_UNREADABLE`, `FILE_FOREIGN`), a digest that is not that of the
    files it lists (`FILE_CORRUPT`), and another version of the specification (`FILE_FOREIGN`).
    """
    root = Path(root)
    path = root / MANIFEST
    data = check_kind(_json(_read(path), str(path)), MANIFEST_KIND, MANIFEST_VERSION, str(path))
    try:
        entries = tuple(Entry(**item) for item in data["files"])
        same = {(item["op"], item["profile"]): item["as"] for item in data["same"]}
        found = VectorSet(root, data["set"], data["set_digest"], entries, same)
        spec = data["spec"]
    except (KeyError, TypeError):
        raise Rejection(
            Reason.FILE_FOREIGN, f"{path}: a manifest has set, spec, set_digest, same and files"
        ) from None
    if found.digest != _digest(entries):
        raise Rejection(
            Reason.FILE_CORRUPT,
            f"{path}: set_digest is {found.digest!r:.80}, its files give {_digest(entries)!r}",
        )
    if spec != SPEC_VERSION:
        raise Rejection(
            Reason.FILE_FOREIGN,
            f"{path}: vectors of specification {spec!r:.20}, this package has {SPEC_VERSION}",
        )
    return found


def check_files(found: VectorSet) -> int:
    """Read everything that a set lists, and nothing else may be there; returns its cases.

    Rejects missing files (`FILE_UNREADABLE`), other contents than were recorded
    (`FILE_CORRUPT`), and files that the manifest does not list or describes otherwise
    (`FILE_FOREIGN`).
    """
    listed = {entry.path for entry in found.entries} | {MANIFEST, SUMS}
    for path in sorted(found.root.rglob("*")):
        name = path.relative_to(found.root).as_posix()
        if path.is_file() and name not in listed and name.split("/")[0] not in OUTSIDE:
            raise Rejection(Reason.FILE_FOREIGN, f"{path}: the manifest does not list it")
    sums = "".join(f"{entry.sha256}  {entry.path}\n" for entry in found.entries)
    if _read(found.root / SUMS).decode("utf-8", "replace") != sums:
        raise Rejection(
            Reason.FILE_CORRUPT, f"{found.root / SUMS}: its lines are not those of the manifest"
        )
    ids: set[str] = set()
    for entry in found.entries:
        if entry.kind not in {member.value for member in Kind}:
            _bytes_of(found.root, entry)
            continue
        for case in found.read(entry).cases:
            if case["id"] in ids:
                raise Rejection(
                    Reason.FILE_CORRUPT, f"{found.root / entry.path}: a second case {case['id']!r}"
                )
            ids.add(case["id"])
    return len(ids)


def _bytes_of(root: Path, entry: Entry) -> bytes:
    content = _read(root / entry.path)
    if _sha256(content) != entry.sha256:
        raise Rejection(
            Reason.FILE_CORRUPT,
            f"{root / entry.path}: sha256 is {_sha256(content)!r}, the manifest records "
            f"{entry.sha256!r}",
        )
    return content


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Rejection(Reason.FILE_UNREADABLE, f"{path}: {error.strerror or error}") from None


def _json(content: bytes, where: str) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise Rejection(Reason.FILE_FOREIGN, f"{where}: not JSON ({error})") from None


def _parsed(content: bytes, entry: Entry, where: str) -> CaseFile:
    data = check_kind(_json(content, where), KIND, VERSION, where)
    try:
        setups = tuple(Setup.from_json(item, where) for item in data["setups"])
        file = CaseFile(
            data["op"],
            data["revision"],
            data["profile"],
            data["profile_digest"],
            Kind(data["cases_kind"]),
            setups,
            tuple(data["cases"]),
        )
        described = _entry(file, content)
    except (KeyError, TypeError, ValueError) as error:
        if isinstance(error, Rejection):
            raise
        raise Rejection(Reason.FILE_FOREIGN, f"{where}: no file of cases ({error!r})") from None
    if described != entry or data.get("tier") != TIERS[file.kind].value:
        raise Rejection(
            Reason.FILE_FOREIGN, f"{where}: its header is not what the manifest says of it"
        )
    _check_cases(file, where)
    return file


def _check_cases(file: CaseFile, where: str) -> None:
    revision = find_operation(file.operation).revision
    if file.revision != revision:
        raise Rejection(
            Reason.FILE_FOREIGN,
            f"{where}: vectors of {file.operation} revision {file.revision}, this package has "
            f"{revision}",
        )
    names = {setup.name for setup in file.setups}
    for case in file.cases:
        verdicts = {"out", "reject", "checkpoints"} & set(case)
        if case.get("setup") not in names or len(verdicts) != 1 or "id" not in case:
            raise Rejection(
                Reason.FILE_FOREIGN, f"{where}: case {case.get('id')!r} has no setup or no verdict"
            )
        if not set(case["flags"]) <= set(FLAGS):
            raise Rejection(Reason.FILE_FOREIGN, f"{where}: {case['id']} has an unknown flag")

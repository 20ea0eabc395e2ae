"""Files of profiles: what is read, what is refused and how it is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from fxcaps.network.files import to_json
from fxcaps.ops import OPERATIONS, SoftmaxLut, SquashIsqrtDivide, Votes
from fxcaps.profiles import Status, load_profile, profile_digest, published, read_profile
from fxcaps.profiles.profile import Constants
from fxcaps.types import Accumulator, Check, Format, Overflow, Reason, Rejection, Rounding
from tests.network.disk import damaged
from tests.profiles.build import MODES, TABLE, edited, entry, profile, profile_data
from tests.support.outcomes import Rejected, rejection_of


def test_reads_what_is_fixed_and_fitted() -> None:
    """Given a valid file, when read, then each entry has its class, values and names."""
    found = profile()
    assert (found.name, found.title, found.status) == (
        "mine",
        "A profile for tests",
        Status.RECONSTRUCTION,
    )
    assert found.source == {"paper": "Nobody 2020", "code": "example.org at 1234567"}
    modes = {"rounding": Rounding.TIES_TO_EVEN, "overflow": Overflow.WRAP}
    register = Accumulator(format=Format(True, 20, 0), check=Check.PER_STEP)
    entries = {
        name: (item.params, item.fixed, item.fitted) for name, item in found.operations.items()
    }
    assert entries == {
        "votes": (Votes, modes | {"accumulator": register}, ("accumulator.format.frac",)),
        "squash": (
            SquashIsqrtDivide,
            modes | {"guard": 2, "rounding": Rounding.FLOOR},
            ("accumulator",),
        ),
        "softmax": (SoftmaxLut, modes, TABLE),
    }
    expected = Constants(rounding=Rounding.FLOOR, overflow=Overflow.SATURATE)
    assert found.constants == expected
    assert found.default is not None
    assert (found.default.fixed, found.default.fitted) == (modes, ("accumulator",))


def test_the_file_comes_back(tmp_path: Path) -> None:
    """Given a profile, when written with its digest and read, then it is the same."""
    first = profile()
    path = tmp_path / "mine.json"
    path.write_text(to_json(first.to_json()), encoding="utf-8")
    assert json.loads(path.read_text(encoding="utf-8"))["digest"] == first.digest
    again = load_profile(path)
    assert again == first
    assert again.digest == first.digest


def test_order_and_layout_do_not_count() -> None:
    """Given fields in another order, when digested, then the digest is the same."""
    data = profile_data(title="Größe in \U0001d4d0")
    turned = json.loads(json.dumps(data, sort_keys=True, indent=3, ensure_ascii=False))
    assert list(turned) != list(data)
    found = read_profile(json.dumps(turned, indent=7)), read_profile(json.dumps(data))
    assert found[0].digest == found[1].digest == profile_digest(data)
    assert found[0].digest != profile().digest


def test_every_edit_counts() -> None:
    """Given a file with its digest, when any value is another, then it is refused."""
    whole = profile().to_json()
    told = set()
    for data in damaged(whole):
        if data == whole:
            continue
        with pytest.raises(Rejection) as caught:
            read_profile(json.dumps(data))
        told.add(caught.value.reason)
    assert told == {Reason.FILE_FOREIGN, Reason.FILE_CORRUPT}


def test_damaged_files_without_a_digest() -> None:
    """Given any value replaced, when read, then a profile or a rejection, never another error."""
    refused = 0
    for data in damaged(profile_data()):
        try:
            read_profile(json.dumps(data))
        except Rejection as rejection:
            refused += 1
            assert "\n" not in rejection.message
    assert refused > 30


DIGEST = profile().digest


@pytest.mark.parametrize(
    ("text", "reason", "message"),
    [
        ("", Reason.FILE_FOREIGN, "not JSON (Expecting value: line 1 column 1 (char 0))"),
        ("[1]", Reason.FILE_FOREIGN, "expected kind 'fxcaps-profile', found [1]"),
        (
            '{"kind": "fxcaps-program"}',
            Reason.FILE_FOREIGN,
            "expected kind 'fxcaps-profile', found 'fxcaps-program'",
        ),
        (
            json.dumps(profile_data(version=2)),
            Reason.FILE_FOREIGN,
            "expected fxcaps-profile version 1, found 2",
        ),
        (
            json.dumps(profile_data(version=True)),
            Reason.FILE_FOREIGN,
            "expected fxcaps-profile version 1, found True",
        ),
        ('{"kind": 0.5}', Reason.PARAMETER_INVALID, "numbers are integers, found 0.5"),
        ('{"kind": NaN}', Reason.PARAMETER_INVALID, "numbers are integers, found NaN"),
        (
            '{"kind": 1, "kind": 2}',
            Reason.PARAMETER_INVALID,
            "an object has the same field twice",
        ),
        (
            json.dumps(profile_data(digest="0" * 64)),
            Reason.FILE_CORRUPT,
            f"digest is '{'0' * 64}', its contents give '{DIGEST}'",
        ),
    ],
)
def test_refuses_texts(text: str, reason: Reason, message: str) -> None:
    """Given what is no profile or has another digest, when read, then one line says which."""
    assert rejection_of(lambda: read_profile(text)) == Rejected(reason, message)


ROUNDINGS = ", ".join(mode.value for mode in Rounding)
FIELDS = "kind, version, name, title, status, source, constants, operations, default, digest"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"extra": 1}, f"profile: unknown field 'extra'; known: {FIELDS}"),
        ({"title": None}, "profile: field 'title' is missing"),
        ({"operations": None}, "profile: field 'operations' is missing"),
        ({"operations": []}, "operations: expected an object, found []"),
        ({"name": "My one"}, "name has small letters, digits, '.' and '-', found 'My one'"),
        ({"name": 3}, "name has small letters, digits, '.' and '-', found 3"),
        ({"title": "two\nlines"}, "title must be one line of text, found 'two\\nlines'"),
        ({"title": " "}, "title must be one line of text, found ' '"),
        (
            {"status": "final"},
            "status: expected one of published, reconstruction, ours, found 'final'",
        ),
        ({"status": []}, "status: expected one of published, reconstruction, ours, found []"),
        ({"source": {}}, "source names one of paper, code, specification at least"),
        ({"source": "paper"}, "source: expected an object, found 'paper'"),
        (
            {"source": {"papers": "x"}},
            "source: unknown field 'papers'; known: paper, code, specification",
        ),
        ({"source": {"paper": ""}}, "source.paper must be one line of text, found ''"),
        ({"constants": None}, "profile: field 'constants' is missing"),
        ({"constants": {"rounding": "floor"}}, "constants: field 'overflow' is missing"),
        (
            {"constants": {"rounding": "up", "overflow": "wrap"}},
            f"constants.rounding: expected one of {ROUNDINGS}, found 'up'",
        ),
        ({"default": []}, "default: expected an object, found []"),
        (
            {"default": {"params": MODES}},
            "default: field 'fitted' is missing",
        ),
        (
            {"default": {"params": MODES, "fitted": []}},
            "default: 'accumulator' is neither fixed nor fitted",
        ),
        (
            {"default": {"params": MODES | {"guard": 1}, "fitted": ["accumulator"]}},
            "default.params: unknown field 'guard'; known: rounding, overflow, accumulator",
        ),
    ],
)
def test_refuses_fields(changes: dict[str, Any], message: str) -> None:
    """Given a field too many, too few or of another kind, when read, then it is named."""
    text = json.dumps(profile_data(**changes))
    assert rejection_of(lambda: read_profile(text)) == Rejected(Reason.PARAMETER_INVALID, message)


SQUASH = "operations['squash'].params"
ONLY_THERE = (
    "'accumulator.format.frac' is fitted where the accumulator has a format, and only there"
)
REGISTER = {"format": "s16f0", "overflow": "saturate", "check": "final"}


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("squash", [], "operations['squash']: expected an object, found []"),
        (
            "squash",
            {"params": {}, "fitted": [], "note": ""},
            "operations['squash']: unknown field 'note'; known: params, fitted",
        ),
        ("add", entry("votes"), "operations['add'].params: expected op 'add', found 'votes'"),
        (
            "add",
            entry("add", algorithm=3),
            "operations['add'].params: 'algorithm' must be text, found 3",
        ),
        (
            "layout",
            entry("layout", algorithm="take"),
            "operations['layout']: layout take has no arithmetic to fix",
        ),
        (
            "argmax",
            {"params": {"op": "argmax", "algorithm": "words"}, "fitted": []},
            "operations['argmax']: argmax words has no arithmetic to fix",
        ),
        (
            "add",
            entry("add", rounding="nearest"),
            f"operations['add'].params.rounding: expected one of {ROUNDINGS}, found 'nearest'",
        ),
        (
            "add",
            entry("add", rouding="floor"),
            "operations['add'].params: unknown field 'rouding'; known: rounding, overflow",
        ),
        (
            "add",
            {"params": {"op": "add", "rounding": "floor"}, "fitted": []},
            "operations['add']: 'overflow' is neither fixed nor fitted",
        ),
        (
            "conv2d",
            entry("conv2d", "accumulator", stride=[2, 2]),
            "operations['conv2d']: 'stride' is the network's, not the arithmetic's",
        ),
        (
            "squash",
            entry("squash", "accumulator", algorithm="isqrt_divide"),
            "operations['squash']: 'guard' is neither fixed nor fitted",
        ),
        (
            "squash",
            entry("squash", "accumulator", "guard", algorithm="isqrt_divide", guard=1),
            "operations['squash']: 'guard' is fixed and fitted",
        ),
        (
            "squash",
            entry("squash", "accumulator", algorithm="isqrt_divide", guard=-1),
            f"{SQUASH}: squash isqrt_divide: guard must not be negative, found -1",
        ),
        (
            "squash",
            entry("squash", "rounding", algorithm="isqrt_divide", guard=1),
            (
                "operations['squash'].fitted: 'rounding' cannot be fitted; possible: accumulator, "
                "accumulator.format.frac, guard"
            ),
        ),
        (
            "add",
            entry("add", "accumulator"),
            "operations['add'].fitted: 'accumulator' cannot be fitted; possible: nothing",
        ),
        (
            "squash",
            entry("squash", "guard", "guard", algorithm="isqrt_divide"),
            "operations['squash'].fitted: a name stands twice",
        ),
        (
            "add",
            {"params": {}, "fitted": "all"},
            "operations['add'].params: expected op 'add', found None",
        ),
        (
            "add",
            entry("add") | {"fitted": "all"},
            "operations['add'].fitted: expected a list of names, found 'all'",
        ),
        (
            "votes",
            entry("votes", accumulator=REGISTER),
            f"operations['votes']: {ONLY_THERE}",
        ),
        (
            "votes",
            entry("votes", "accumulator", "accumulator.format.frac"),
            f"operations['votes']: {ONLY_THERE}",
        ),
        (
            "votes",
            entry("votes", "accumulator.format.frac", accumulator=REGISTER | {"format": "s16f3"}),
            "operations['votes']: the accumulator's fraction is fitted and written as 0: s16f3",
        ),
        (
            "votes",
            entry("votes", accumulator={"format": None, "check": "final"}),
            "operations['votes'].params.accumulator: accumulator: check=final needs a format",
        ),
    ],
)
def test_refuses_entries(name: str, given: Any, message: str) -> None:
    """Given an entry that leaves something open or says too much, then its place is told."""
    data = edited(lambda data: data["operations"].update({name: given}))
    found = rejection_of(lambda: read_profile(json.dumps(data)))
    assert found == Rejected(Reason.PARAMETER_INVALID, message)


SQUASHES = ", ".join(sorted(cls.algorithm for cls in OPERATIONS["squash"].algorithms))
PARTS = "known: softmax, weighted_sum, squash, agreement, update"


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        (
            "squish",
            entry("squish"),
            f"operations['squish']: no operation 'squish'; known: {', '.join(sorted(OPERATIONS))}",
        ),
        (
            "squash",
            entry("squash", algorithm="cordic"),
            f"operations['squash']: squash has no algorithm 'cordic'; known: {SQUASHES}",
        ),
        (
            "dynamic_routing.squish",
            entry("squash", algorithm="exact"),
            f"operations['dynamic_routing.squish']: dynamic_routing has no part 'squish'; {PARTS}",
        ),
        (
            "add.update",
            entry("add"),
            "operations['add.update']: add has no part 'update'; known: none",
        ),
    ],
)
def test_refuses_names(name: str, given: Any, message: str) -> None:
    """Given an operation, algorithm or part that does not exist, then the known are told."""
    data = edited(lambda data: data["operations"].update({name: given}))
    found = rejection_of(lambda: read_profile(json.dumps(data)))
    assert found == Rejected(Reason.NAME_UNKNOWN, message)


def test_names_and_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given names and paths, when loaded, then files win, and near names are suggested."""
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(profile_data()), encoding="utf-8")
    assert load_profile("mine.json") == load_profile(path) == profile()
    path.rename(tmp_path / "fxcaps-exact")
    assert load_profile("fxcaps-exact").name == "mine"
    for name, hint in (
        ("fxcaps-exakt", "did you mean fxcaps-exact?"),
        ("hardware", "did you mean fxcaps-hardware?"),
        ("zz", f"known: {', '.join(published())}"),
        ("", f"known: {', '.join(published())}"),
    ):
        assert rejection_of(lambda name=name: load_profile(name)) == Rejected(
            Reason.NAME_UNKNOWN, f"no profile {name!r}; {hint}"
        )
    assert rejection_of(lambda: load_profile("mine.json")) == Rejected(
        Reason.FILE_UNREADABLE, "mine.json: No such file or directory"
    )
    path.write_bytes(b"\xff\xfe")
    found = rejection_of(lambda: load_profile(path))
    assert found.reason is Reason.FILE_FOREIGN
    assert found.message.startswith(f"{path}: not JSON ('utf-8' codec can't decode byte 0xff")


def test_a_published_name_belongs_to_its_contents(tmp_path: Path) -> None:
    """Given a file that names a published profile, when edited, then it is refused."""
    path = tmp_path / "copy.json"
    original = load_profile("fxcaps-hardware")
    path.write_text(json.dumps(original.data), encoding="utf-8")
    assert load_profile(path) == original
    path.write_text(json.dumps(original.data | {"title": "Better"}), encoding="utf-8")
    digest = profile_digest(original.data | {"title": "Better"})
    assert rejection_of(lambda: load_profile(path)) == Rejected(
        Reason.FILE_CORRUPT,
        f"{path}: names the profile 'fxcaps-hardware', whose digest is '{original.digest}', but "
        f"its contents give '{digest}'",
    )

"""The files of a Program: what goes in comes out, and what is refused."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from fxcaps.network import Program, expand, load_program, run, save_program
from fxcaps.ops import Conv2d
from fxcaps.types import Reason, Rounding
from tests.network.build import (
    ON_ENGINE,
    one_step_program,
    outcome,
    small_images,
    small_network,
    small_program,
    with_entry,
)
from tests.network.disk import Edit, assign, contents, damaged, edit_json, pickled, remove
from tests.support.outcomes import Rejected, rejection_of

PROGRAM = small_program()
CONV = PROGRAM.steps[1]
SPANS = PROGRAM.intervals(CONV)["out"]
LOW, HIGH = min(span[0] for span in SPANS), max(span[1] for span in SPANS)
PRODUCT = PROGRAM.tensors["image"].format.frac + PROGRAM.tensors["conv.weight"].format.frac
MAPS = PROGRAM.tensors["primary.maps"].format
SHA = "0" * 64


def listed(program: Program) -> Any:
    """Everything of a Program, to be compared."""
    constants = {
        name: (words.dtype.str, words.tolist()) for name, words in program.constants.items()
    }
    return (
        program.name,
        program.steps,
        dict(program.tensors),
        constants,
        program.outputs,
        dict(program.origin),
    )


@pytest.mark.parametrize(
    "program",
    [
        PROGRAM,
        expand(PROGRAM),
        small_program(small_network(routed=True, bias=False)),
        small_program(width={"*": 8, "conv.weight": 12, "digit.weight": 20, "primary.bias": 32}),
        one_step_program(),
    ],
    ids=["small", "expanded", "routed", "mixed", "one step"],
)
def test_round_trip(program: Program, tmp_path: Path) -> None:
    """Given a Program, when saved, loaded and saved again, then it, digest and files are equal."""
    save_program(program, tmp_path / "first")
    loaded = load_program(tmp_path / "first")
    assert (listed(loaded), loaded.digest) == (listed(program), program.digest)
    save_program(loaded, tmp_path / "second")
    files = contents(tmp_path / "first")
    assert contents(tmp_path / "second") == files
    assert set(files) == {"program.json", *(f"words/{name}.npy" for name in program.constants)}


def test_a_loaded_program_runs_the_same(tmp_path: Path) -> None:
    """Given a Program from disk, when run, then words and events are those of the first."""
    save_program(PROGRAM, tmp_path / "made")
    images = small_images()
    found = run(load_program(tmp_path / "made"), images, ON_ENGINE, keep=PROGRAM.traced)
    assert outcome(found) == outcome(run(PROGRAM, images, ON_ENGINE, keep=PROGRAM.traced))


def test_words_have_the_smallest_container(tmp_path: Path) -> None:
    """Given words of 6 and 12 bits, when saved, then they take one and two bytes each."""
    save_program(small_program(width={"*": 6, "conv.weight": 12}), tmp_path / "made")
    stored = {
        name: np.load(tmp_path / "made" / "words" / f"{name}.npy", allow_pickle=False).dtype.str
        for name in ("conv.weight", "conv.bias")
    }
    assert stored == {"conv.weight": "<i2", "conv.bias": "|i1"}


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """The small Program on disk."""
    save_program(PROGRAM, tmp_path / "made")
    return tmp_path / "made"


def edited(edit: Edit, saved: Path) -> Rejected:
    """What loading says after an edit of program.json."""
    edit_json(saved / "program.json", edit)
    return rejection_of(lambda: load_program(saved))


def test_a_mere_edit_is_found(saved: Path) -> None:
    """Given a rounding mode changed by hand, when loaded, then the digests differ."""
    edit = assign("steps", 1, "params", "rounding", value="floor")
    params = replace(cast("Conv2d", CONV.params), rounding=Rounding.FLOOR)
    changed = replace(CONV, params=params)
    steps = (PROGRAM.steps[0], changed, *PROGRAM.steps[2:])
    expected = replace(PROGRAM, steps=steps).digest
    assert edited(edit, saved) == Rejected(
        Reason.FILE_CORRUPT,
        f"{saved / 'program.json'}: digest is '{PROGRAM.digest}', its contents give '{expected}'",
    )


def test_an_edited_digest_is_found(saved: Path) -> None:
    """Given another digest, then none, when loaded, then that is said."""
    expected = f"its contents give '{PROGRAM.digest}'"
    assert edited(assign("digest", value="7" * 64), saved) == Rejected(
        Reason.FILE_CORRUPT, f"{saved / 'program.json'}: digest is '{'7' * 64}', {expected}"
    )
    assert edited(remove("digest"), saved) == Rejected(
        Reason.FILE_CORRUPT, f"{saved / 'program.json'}: digest is None, {expected}"
    )


def test_names_and_origins_are_for_people(saved: Path) -> None:
    """Given another name and origin, when loaded, then the digest holds and they are kept."""
    edit_json(saved / "program.json", assign("name", value="renamed"))
    edit_json(saved / "program.json", assign("origin", value={"by": "hand"}))
    loaded = load_program(saved)
    assert (loaded.name, loaded.origin, loaded.digest) == (
        "renamed",
        {"by": "hand"},
        PROGRAM.digest,
    )


@pytest.mark.parametrize(
    ("edit", "reason", "message"),
    [
        (
            assign("kind", value="fxcaps-network"),
            Reason.FILE_FOREIGN,
            "expected kind 'fxcaps-program', found 'fxcaps-network'",
        ),
        (
            assign("version", value="1"),
            Reason.FILE_FOREIGN,
            "expected fxcaps-program version 1, found '1'",
        ),
        (
            remove("tensors"),
            Reason.FILE_FOREIGN,
            "program: field 'tensors' must be of type dict, found nothing",
        ),
        (
            assign("outputs", value=[["class"]]),
            Reason.FILE_FOREIGN,
            "program: field 'outputs' must list names, found ['class']",
        ),
        (
            assign("tensors", "../../escape", value={}),
            Reason.PARAMETER_INVALID,
            "tensors: a name has letters, digits, '_', '.' and '-', found '../../escape'",
        ),
        (
            assign("tensors", "conv", value="u6f5"),
            Reason.FILE_FOREIGN,
            "tensor 'conv': expected an object, found 'u6f5'",
        ),
        (
            assign("tensors", "conv", "kind", value="made"),
            Reason.FILE_FOREIGN,
            "tensor 'conv': unknown kind 'made'",
        ),
        (
            assign("tensors", "conv", "format", value="u6"),
            Reason.FORMAT_INVALID,
            "tensor 'conv': expected a format such as 's8f5' or 'u16f16', found 'u6'",
        ),
        (
            assign("tensors", "conv", "format", value="u64f0"),
            Reason.FORMAT_INVALID,
            "tensor 'conv': u64f0 has no signed container of at most 64 bits",
        ),
        (
            assign("tensors", "conv", "shape", value=[6, 6, 2.0]),
            Reason.FILE_FOREIGN,
            "shape of 'conv' must be a list of extents, found [6, 6, 2.0]",
        ),
        (
            assign("tensors", "primary.s", "format", value="s9f3"),
            Reason.FORMAT_MISMATCH,
            f"step 'primary.capsules': layout moves words: out must be {MAPS} like x, found s9f3",
        ),
        (
            assign("steps", 1, "params", "accumulator", "format", value=f"s2f{PRODUCT}"),
            Reason.ACCUMULATOR_TOO_NARROW,
            (
                f"step 'conv': tensor 'conv': partial sums reach [{LOW}, {HIGH}], "
                f"the exact accumulator s2f{PRODUCT} holds [-2, 1]"
            ),
        ),
        (
            assign("steps", 1, "params", "stride", value=[1]),
            Reason.PARAMETER_INVALID,
            "steps[1] 'conv' params: conv2d.stride must have 2 entries, found 1",
        ),
        (
            assign("steps", 1, "params", "algorithm", value="winograd"),
            Reason.NAME_UNKNOWN,
            (
                "steps[1] 'conv' params: conv2d has no algorithm 'winograd'; known: "
                "pulp, the one without a name"
            ),
        ),
    ],
)
def test_rejects_edits(edit: Edit, reason: Reason, message: str, saved: Path) -> None:
    """Given program.json with one field wrong, when loaded, then file, step, tensor are told."""
    assert edited(edit, saved) == Rejected(reason, f"{saved / 'program.json'}: {message}")


def test_words_have_recorded_checksums(saved: Path) -> None:
    """Given a checksum or a word changed, when loaded, then the file with the words is named."""
    words = saved / "words" / "conv.bias.npy"
    found = edited(assign("tensors", "conv.bias", "sha256", value=SHA), saved)
    recorded = found.message.rsplit("'", 2)[1]
    assert found == Rejected(
        Reason.FILE_CORRUPT,
        f"{saved / 'program.json'}: {words}: expected sha256 '{SHA}', found '{recorded}'",
    )
    edit_json(saved / "program.json", assign("tensors", "conv.bias", "sha256", value=recorded))
    assert load_program(saved).digest == PROGRAM.digest
    array = np.load(words, allow_pickle=False)
    np.save(words, array ^ 1)
    found = rejection_of(lambda: load_program(saved))
    start = f"{saved / 'program.json'}: {words}: expected sha256 '{recorded}', found '"
    assert (found.reason, found.message[: len(start)]) == (Reason.FILE_CORRUPT, start)
    np.save(words, array.reshape(2, 1))
    assert rejection_of(lambda: load_program(saved)) == Rejected(
        Reason.SHAPE_MISMATCH,
        f"{saved / 'program.json'}: constant 'conv.bias' needs shape (2,), found (2, 1)",
    )
    np.save(words, array.astype(np.int64) + 256)  # equal in its container, but no word
    assert rejection_of(lambda: load_program(saved)) == Rejected(
        Reason.WORD_OUT_OF_RANGE,
        f"{saved / 'program.json'}: constant 'conv.bias': word {int(array[0]) + 256} at (0,) is "
        f"outside {PROGRAM.tensors['conv.bias'].format} [-32, 31]",
    )


def test_rejects_broken_word_files(saved: Path, tmp_path: Path) -> None:
    """Given words missing, truncated, pickled or floats, when loaded, then their file is named."""
    words = saved / "words" / "conv.bias.npy"
    whole = words.read_bytes()

    def refused() -> Rejected:
        found = rejection_of(lambda: load_program(saved))
        start = f"{saved / 'program.json'}: {words}: "
        assert found.message.startswith(start)
        return Rejected(found.reason, found.message.removeprefix(start))

    words.write_bytes(whole[:-1])
    assert refused() == Rejected(
        Reason.FILE_FOREIGN,
        "not a plain .npy array (EOF: reading array data, expected 2 bytes got 1)",
    )
    words.write_bytes(whole[:9])
    assert refused() == Rejected(
        Reason.FILE_FOREIGN,
        "not a plain .npy array (EOF: reading array header length, expected 2 bytes got 1)",
    )
    words.write_bytes(whole.replace(b"'descr'", b"'d" + b"\xff" * 4 + b"'"))
    assert refused().reason is Reason.FILE_FOREIGN
    np.save(words, pickled(tmp_path / "sprung"), allow_pickle=True)
    assert refused() == Rejected(
        Reason.FILE_FOREIGN,
        "not a plain .npy array (Object arrays cannot be loaded when allow_pickle=False)",
    )
    assert not (tmp_path / "sprung").exists()
    np.save(words, np.zeros(2, np.float32))
    assert refused() == Rejected(Reason.FILE_FOREIGN, "expected integers, found float32")
    words.unlink()
    assert refused() == Rejected(Reason.FILE_UNREADABLE, "No such file or directory")


def test_rejects_what_is_no_program(saved: Path, tmp_path: Path) -> None:
    """Given a file, nothing, an empty directory or no JSON, when loaded, then one line says so."""

    def refused(path: Path) -> Rejected:
        return rejection_of(lambda: load_program(path))

    file = saved / "program.json"
    assert refused(file) == Rejected(
        Reason.FILE_FOREIGN, f"{file}: a Program is a directory with program.json, found a file"
    )
    for path in (tmp_path / "absent", tmp_path):
        assert refused(path) == Rejected(
            Reason.FILE_UNREADABLE, f"{path / 'program.json'}: No such file or directory"
        )
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert refused(saved).reason is Reason.FILE_FOREIGN
    file.write_bytes(b"")
    assert refused(saved) == Rejected(
        Reason.FILE_FOREIGN, f"{file}: not JSON (Expecting value: line 1 column 1 (char 0))"
    )
    file.write_bytes(b"\xff")
    assert refused(saved) == Rejected(
        Reason.FILE_FOREIGN,
        f"{file}: not JSON ('utf-8' codec can't decode byte 0xff in position 0: invalid start "
        "byte)",
    )
    file.write_text("[" * 100_000)
    assert refused(saved).message.startswith(f"{file}: not JSON (")
    file.write_text("null")
    assert refused(saved) == Rejected(
        Reason.FILE_FOREIGN, f"{file}: expected kind 'fxcaps-program', found None"
    )
    shutil.rmtree(saved)
    file.parent.mkdir()
    file.mkdir()
    assert refused(saved) == Rejected(Reason.FILE_UNREADABLE, f"{file}: Is a directory")


def test_any_field_may_be_damaged(saved: Path) -> None:
    """Given each value of program.json replaced, when loaded, then rejected or the same."""
    reasons = set()
    whole = json.loads((saved / "program.json").read_text(encoding="utf-8"))
    for data in damaged(whole):
        (saved / "program.json").write_text(json.dumps(data), encoding="utf-8")
        try:
            assert load_program(saved).digest == PROGRAM.digest
        except ValueError as error:
            reasons.add(str(error).split(":")[0])
            assert str(saved) in str(error)
            assert "\n" not in str(error)
    assert {"FILE_FOREIGN", "FILE_CORRUPT", "PARAMETER_INVALID", "SHAPE_MISMATCH"} <= reasons


def test_a_program_built_wrong_is_never_written(tmp_path: Path) -> None:
    """Given a table that does not fit, when a Program is made of it, then nothing is written."""
    tensors = with_entry(PROGRAM, "conv", shape=(1,))
    rejection_of(lambda: save_program(replace(PROGRAM, tensors=tensors), tmp_path / "made"))
    assert list(tmp_path.iterdir()) == []

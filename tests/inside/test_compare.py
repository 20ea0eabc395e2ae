"""Comparisons: what differs, where and by how much; and what cannot be compared."""

from __future__ import annotations

import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fxcaps.inside import Comparison, Difference, compare, read_dump
from fxcaps.network import Program, run, save_trace
from fxcaps.types import Format, Reason
from tests.network.build import ON_ENGINE, one_step_program, small_images, small_program
from tests.support.outcomes import Rejected, rejection_of

Arrays = dict[str, NDArray[Any]]


def traced(place: Path, program: Program | None = None, images: int = 2) -> tuple[Path, Arrays]:
    """A trace on disk and its arrays."""
    program = program or small_program()
    made = run(program, small_images(images), ON_ENGINE, keep=program.traced)
    save_trace(made, place / "trace.npz")
    return place / "trace.npz", {name: made.words[name].copy() for name in program.traced}


def saved(place: Path, arrays: Arrays, name: str = "dump.npz") -> Path:
    """An archive of plain arrays."""
    np.savez(place / name, **arrays)
    return place / name


def compared(trace: Path, dump: Path, **options: Any) -> Comparison:
    """The comparison of two files."""
    return compare(read_dump(trace), read_dump(dump), **options)


def test_equal(tmp_path: Path) -> None:
    """Given a trace beside itself, when compared, then nothing differs and all is counted."""
    path, arrays = traced(tmp_path)
    program = small_program()
    found = compared(path, path)
    assert found == Comparison(
        images=2,
        formats={name: program.tensors[name].format for name in program.traced},
        sizes={name: arrays[name][0].size for name in program.traced},
        absent=(),
        differences=(),
        other_program=False,
    )
    assert (found.equal, found.first) == (True, None)


def test_every_difference_is_told(tmp_path: Path) -> None:
    """Given words changed in three tensors, when compared, then counts and firsts are these."""
    path, arrays = traced(tmp_path)
    s0 = arrays["digit.s0"].astype(np.int32)
    conv = arrays["conv"].astype(np.int16)
    expected = {"conv": int(conv[1, 2, 3, 1]), "s0": int(s0[1, 0, 1]), "length": arrays["length"]}
    conv[1, 2, 3, 1] -= 5
    s0[1, 0, 1] += 1
    s0[1, 2, 0] -= 3
    length = arrays["length"].astype(np.int64)
    length[0, 2] += 2
    dump = saved(tmp_path, {"length": length, "digit.s0": s0, "conv": conv})
    found = compared(path, dump)
    word = int(expected["length"][0, 2])
    differences = (
        Difference("length", 0, 1, (2,), word, word + 2, 2, False),
        Difference("conv", 1, 1, (2, 3, 1), expected["conv"], expected["conv"] - 5, 5, False),
        Difference("digit.s0", 1, 2, (0, 1), expected["s0"], expected["s0"] + 1, 3, False),
    )
    assert found.differences == differences
    assert found.first == differences[1]  # in the order of the schedule, not of the images
    assert list(found.sizes) == ["conv", "digit.s0", "length"]
    assert set(found.absent) == set(arrays) - {"conv", "digit.s0", "length"}


@pytest.mark.parametrize("kind", [np.int8, np.int16, np.uint64, ">i4", np.int64])
def test_any_integers(kind: Any, tmp_path: Path) -> None:
    """Given other integer types and byte orders, when compared, then words count, not types."""
    path, arrays = traced(tmp_path)
    words = np.maximum(arrays["digit.v2"], 0)
    dump = saved(tmp_path, {"class": arrays["class"].astype(kind), "length": arrays["length"]})
    assert compared(path, dump).equal
    dump = saved(tmp_path, {"digit.v2": words.astype(kind)})
    found = compared(path, dump)
    assert sum(item.words for item in found.differences) == int((arrays["digit.v2"] < 0).sum()) > 0


def test_mixed_signs_are_recognised(tmp_path: Path) -> None:
    """Given negative words as unsigned ones of their width, then the bits are told to agree."""
    path, arrays = traced(tmp_path, images=1)
    dump = saved(tmp_path, {"digit.s1": arrays["digit.s1"].astype(np.int16) % 64})
    (item,) = compared(path, dump).differences
    assert (item.same_bits, item.largest) == (True, 64)
    assert item.found - item.expected == 64


def test_folders_and_single_images(tmp_path: Path) -> None:
    """Given a folder of .npy files without an image axis, when compared, then it is read."""
    path, arrays = traced(tmp_path, images=1)
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("conv", "digit.c1", "class"):
        np.save(folder / f"{name}.npy", arrays[name][0])
    (folder / "notes.txt").write_text("ours")
    found = compared(path, folder)
    assert (found.equal, list(found.formats)) == (True, ["conv", "digit.c1", "class"])


def test_values(tmp_path: Path) -> None:
    """Given values of every float type, when announced, then they are the words they stand for."""
    path, arrays = traced(tmp_path)
    program = small_program()
    values = {
        name: arrays[name] * float(program.tensors[name].format.step)
        for name in ("conv", "digit.votes", "length")
    }
    for kind in (np.float16, np.float32, np.float64):
        dump = saved(tmp_path, {name: array.astype(kind) for name, array in values.items()})
        assert compared(path, dump, values=True).equal
    changed = values["length"].copy()
    changed[1, 0] += 3 * float(program.tensors["length"].format.step)
    (item,) = compared(path, saved(tmp_path, {"length": changed}), values=True).differences
    assert (item.image, item.at, item.largest) == (1, (0,), 3)


@pytest.mark.parametrize(
    ("frac", "values", "expected"),
    [
        (-2, [4, -8], [1, -2]),
        (3, [1, -2], [8, -16]),
        (0, [7, 0], [7, 0]),
    ],
)
def test_integers_as_values(
    frac: int, values: list[int], expected: list[int], tmp_path: Path
) -> None:
    """Given integers that are values, when compared, then they are scaled like floats."""
    program = one_step_program(x="s8f0", out=f"s8f{frac}")
    made = run(program, np.array([[0, 0]]), ON_ENGINE)
    save_trace(made, tmp_path / "trace.npz")
    for kind in (np.int32, np.float32):
        dump = saved(tmp_path, {"made": np.array([values], kind)})
        found = compared(tmp_path / "trace.npz", dump, values=True)
        first = next(item for item in found.differences)
        assert (first.found, first.largest) == (expected[0], max(map(abs, expected)))


def test_only_some(tmp_path: Path) -> None:
    """Given patterns, when compared, then other tensors are left out on both sides."""
    path, arrays = traced(tmp_path)
    wrong = {name: array.astype(np.int64) + 1 for name, array in arrays.items()}
    dump = saved(tmp_path, wrong | {"digit.v2": arrays["digit.v2"], "weights": np.zeros(3)})
    found = compared(path, dump, only=["digit.v*", "none"])
    names = [name for name in arrays if name.startswith("digit.v")]
    assert (list(found.formats), found.absent) == (names, ())
    assert [item.tensor for item in found.differences if item.image == 0] == names[:-1]


def test_plain_arrays_need_the_program(tmp_path: Path) -> None:
    """Given expected words without formats, when compared, then the Program gives them."""
    path, arrays = traced(tmp_path)
    plain = saved(tmp_path, {"length": arrays["length"], "conv": arrays["conv"]}, "plain.npz")
    assert rejection_of(lambda: compared(plain, path)) == Rejected(
        Reason.FILE_FOREIGN,
        f"{plain}: no trace of fxcaps, so that formats must come from --program",
    )
    found = compared(plain, plain, program=small_program())
    assert (found.equal, list(found.formats)) == (True, ["conv", "length"])
    other = saved(tmp_path, {"conf": arrays["conv"]}, "other.npz")
    assert rejection_of(lambda: compared(other, plain, program=small_program())) == Rejected(
        Reason.NAME_UNKNOWN, f"{other}: small has no tensor 'conf'"
    )


def test_another_program_is_told(tmp_path: Path) -> None:
    """Given traces of two Programs with equal formats, when compared, then that is told."""
    path, _ = traced(tmp_path)
    (tmp_path / "b").mkdir()
    program = small_program()
    constants = dict(program.constants)
    constants["conv.weight"] = constants["conv.weight"] // 2  # sums stay in their registers
    other, _ = traced(tmp_path / "b", replace(program, constants=constants))
    found = compared(path, other)
    assert (found.other_program, found.equal) == (True, False)
    assert found.first is not None
    assert found.first.tensor == "conv"


def refused(trace: Path, dump: Path, **options: Any) -> Rejected:
    """Why two files do not compare, without the path of the dump."""
    reason, message = rejection_of(lambda: compared(trace, dump, **options))
    return Rejected(reason, message.removeprefix(f"{dump}: "))


@pytest.mark.parametrize(
    ("name", "array", "options", "expected"),
    [
        (
            "made",
            np.zeros((2, 3), np.int8),
            {},
            (Reason.SHAPE_MISMATCH, "made: expected shape (images, 2), found (2, 3)"),
        ),
        (
            "made",
            np.zeros((3, 2), np.int8),
            {},
            (Reason.SHAPE_MISMATCH, "made: expected 1 images, found 3"),
        ),
        (
            "made",
            np.zeros((1, 2), np.float32),
            {},
            (
                Reason.DATA_INVALID,
                "made: words are integers, found float32 (values need --values)",
            ),
        ),
        (
            "made",
            np.zeros((1, 2), np.bool_),
            {},
            (Reason.DATA_INVALID, "made: expected numbers, found bool"),
        ),
        (
            "made",
            np.array([[0, 2**63]], np.uint64),
            {},
            (Reason.DATA_INVALID, "made: 9223372036854775808 is beyond every word of 64 bits"),
        ),
        (
            "made",
            np.array([[0.5, 0.3]]),
            {"values": True},
            (
                Reason.DATA_INVALID,
                "made: 0.3 of image 0 at (1,) is no value of a word with the step of s8f1, 0.5",
            ),
        ),
        (
            "made",
            np.array([[0.5, np.nan]]),
            {"values": True},
            (
                Reason.DATA_INVALID,
                "made: nan of image 0 at (1,) is no value of a word with the step of s8f1, 0.5",
            ),
        ),
        (
            "made",
            np.array([[2**62, 0]]),
            {"values": True},
            (
                Reason.DATA_INVALID,
                (
                    "made: 4611686018427387904 of image 0 at (0,) is no value of a word with the "
                    "step of s8f1, 0.5"
                ),
            ),
        ),
        (
            "mode",
            np.zeros((1, 2), np.int8),
            {},
            (Reason.NAME_UNKNOWN, "the trace has no tensor 'mode'; known: given, made"),
        ),
        (
            "made",
            np.zeros((1, 2), np.int8),
            {"only": ["given"]},
            (Reason.TENSOR_MISSING, "none of the tensors is there"),
        ),
    ],
)
def test_refuses(
    name: str, array: NDArray[Any], options: Any, expected: tuple[Reason, str], tmp_path: Path
) -> None:
    """Given a dump that cannot be compared, then one line says what was expected."""
    program = one_step_program(x="s8f0", out="s8f1")
    made = run(program, np.array([[1, 2]]), ON_ENGINE, keep=["given"])
    save_trace(made, tmp_path / "trace.npz")
    found = refused(tmp_path / "trace.npz", saved(tmp_path, {name: array}), **options)
    assert found == Rejected(*expected)


def test_vanishing_values_are_off_the_grid(tmp_path: Path) -> None:
    """Given a value so small that scaling makes it zero, then it is no word's value."""
    program = one_step_program(x="s8f0", out="s8f-4")
    save_trace(run(program, np.array([[1, 2]]), ON_ENGINE), tmp_path / "trace.npz")
    dump = saved(tmp_path, {"made": np.array([[5e-324, 0.0]])})
    found = refused(tmp_path / "trace.npz", dump, values=True)
    assert found.reason is Reason.DATA_INVALID
    assert found.message.startswith("made: 5e-324 of image 0 at (0,) is no value")


def test_refuses_other_formats(tmp_path: Path) -> None:
    """Given traces of one tensor in two formats, when compared, then both are named."""
    for name, out in (("a", "s8f1"), ("b", "s8f2")):
        made = run(one_step_program(out=out), np.array([[1, 2]]), ON_ENGINE)
        save_trace(made, tmp_path / f"{name}.npz")
    assert refused(tmp_path / "a.npz", tmp_path / "b.npz") == Rejected(
        Reason.FORMAT_MISMATCH, "made has format s8f2, expected s8f1"
    )


def test_refuses_files(tmp_path: Path) -> None:
    """Given files that are absent, empty, foreign or damaged, then one line says so."""
    path, _ = traced(tmp_path)
    absent = tmp_path / "absent.npz"
    assert refused(path, absent) == Rejected(Reason.FILE_UNREADABLE, "No such file or directory")
    (tmp_path / "folder").mkdir()
    assert refused(path, tmp_path / "folder") == Rejected(
        Reason.FILE_FOREIGN, "holds no arrays (name.npy, name a tensor)"
    )
    text = tmp_path / "text.npz"
    text.write_text("no archive")
    assert refused(path, text).reason is Reason.FILE_FOREIGN
    cut = tmp_path / "cut.npz"
    cut.write_bytes(path.read_bytes()[:-200])
    assert refused(path, cut).reason is Reason.FILE_FOREIGN


def described(path: Path, edit: Any) -> Path:
    """The trace with an edited description."""
    target = path.with_name("edited.npz")
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(target, "w") as made:
        for name in source.namelist():
            data = source.read(name)
            if name == "description.json":
                description = json.loads(data)
                edit(description)
                data = json.dumps(description).encode()
            made.writestr(name, data)
    return target


@pytest.mark.parametrize(
    ("edit", "line"),
    [
        (lambda d: d.update(kind="other"), "expected kind 'fxcaps-trace', found 'other'"),
        (lambda d: d.pop("program_digest"), "field 'program_digest' must be of type str"),
        (lambda d: d["tensors"].pop("conv"), "tensor 'conv' has not a description"),
        (
            lambda d: d["tensors"].update(x={"shape": [], "format": "s8f0"}),
            "tensor 'x' has not an array",
        ),
        (lambda d: d["tensors"]["conv"].update(format="Q3.5"), "tensor 'conv': 'Q3.5' is ambig"),
        (lambda d: d["tensors"]["conv"].update(shape=[-1]), "tensor 'conv': shape is [-1]"),
    ],
)
def test_refuses_descriptions(edit: Any, line: str, tmp_path: Path) -> None:
    """Given a trace whose description is wrong, when read, then the field is named."""
    path, _ = traced(tmp_path)
    broken = described(path, edit)
    found = rejection_of(lambda: read_dump(broken))
    assert found.message.startswith(f"{broken}: {line}")


def test_wide_words_do_not_wrap(tmp_path: Path) -> None:
    """Given words at both ends of 63 bits, when compared, then their distance is exact."""
    program = one_step_program(x="s8f0", out="s63f0")
    save_trace(run(program, np.array([[1, 2]]), ON_ENGINE), tmp_path / "trace.npz")
    ends = Format(True, 64, 0)
    dump = saved(tmp_path, {"made": np.array([[ends.min, ends.max]])})
    (item,) = compared(tmp_path / "trace.npz", dump).differences
    assert (item.words, item.largest) == (2, max(1 - ends.min, ends.max - 2))

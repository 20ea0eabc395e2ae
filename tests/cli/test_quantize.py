"""fxcaps quantize: a float network becomes a Program."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fxcaps.api import quantize_network
from fxcaps.network import load_network, load_program
from fxcaps.network.files import read_archive, write_archive
from fxcaps.ops import Arithmetic
from fxcaps.quantize import Granularity
from fxcaps.types import Overflow, Rounding
from tests.cli.command import command, refused, saved_images, saved_network, saved_program
from tests.network.build import small_images, small_network
from tests.network.disk import contents


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """The small network on disk."""
    return saved_network(tmp_path)


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Images for it."""
    return saved_images(tmp_path)


def test_writes_what_the_library_makes(model: Path, images: Path, tmp_path: Path) -> None:
    """Given a network and images, when quantised, then the Program is that of the library."""
    out = tmp_path / "deep" / "out"
    done = command("quantize", model, "--calibrate", images, "-o", out)
    program = load_program(out)
    expected = quantize_network(load_network(model), small_images())
    assert (done.code, program.digest, program.origin) == (0, expected.digest, expected.origin)
    lines = done.out.splitlines()
    assert lines[-1] == f"Program {program.digest[:16]} written to {out}"
    assert lines[0].split() == ["tensor", "kind", "shape", "format", "least", "largest"]
    assert len(lines) == len(program.tensors) + 7
    for line, (name, entry) in zip(lines[1:], program.tensors.items(), strict=False):
        shape = "x".join(map(str, entry.shape)) or "scalar"
        assert line.split()[:4] == [name, entry.kind.value, shape, str(entry.format)]
    assert lines[-5:-2] == [
        "memory       words  float32 kB  integer kB  smaller",
        "weights        284         1.1         0.3    4.00x",
        "activations    552         2.2         0.6    4.01x",
    ]


def test_options_are_the_librarys(model: Path, images: Path, tmp_path: Path) -> None:
    """Given every option, when quantised, then the Program is the one with these choices."""
    done = command(
        *("quantize", model, "--calibrate", images, "-o", tmp_path / "out"),
        *("--width", "9,digit.c*=6,*.bias=12", "--granularity", "tensor"),
        *("--rounding", "ties_to_even", "--overflow", "wrap"),
        *("--squash", "exact", "--softmax", "exact"),
    )
    expected = quantize_network(
        load_network(model),
        small_images(),
        width={"*": 9, "digit.c*": 6, "*.bias": 12},
        granularity=Granularity.TENSOR,
        arithmetic=Arithmetic(
            rounding=Rounding.TIES_TO_EVEN,
            overflow=Overflow.WRAP,
            algorithms={"squash": "exact", "softmax": "exact"},
        ),
    )
    assert done.code == 0
    program = load_program(tmp_path / "out")
    assert (program.digest, program.origin) == (expected.digest, expected.origin)


def test_a_second_run_writes_the_same_bytes(model: Path, images: Path, tmp_path: Path) -> None:
    """Given a Program in the place already, when quantised again, then no byte differs."""
    arguments = ("quantize", model, "--calibrate", images, "-o", tmp_path / "out")
    first = command(*arguments)
    before = contents(tmp_path)
    assert command(*arguments).out == first.out
    assert contents(tmp_path) == before


@pytest.mark.parametrize(
    ("width", "line"),
    [
        ("0", "PARAMETER_INVALID: width of '*' must be 1 to 32, found 0"),
        ("33", "PARAMETER_INVALID: width of '*' must be 1 to 32, found 33"),
        ("8,nosuch=4", "NAME_UNKNOWN: width pattern 'nosuch' names no tensor"),
        ("8,=4", "NAME_UNKNOWN: width pattern '' names no tensor"),
        ("conv=4", "PARAMETER_INVALID: no width is given for tensor 'conv.weight'"),
    ],
)
def test_refuses_widths(width: str, line: str, model: Path, images: Path, tmp_path: Path) -> None:
    """Given widths out of range, of no tensor or not of all, then one line and no Program."""
    done = command(
        "quantize", model, "--calibrate", images, "-o", tmp_path / "out", "--width", width
    )
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[-1] == f"fxcaps: {line}"
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("width", ["eight", "8,conv", "8,conv=", "", "8.5"])
def test_widths_that_are_no_numbers(width: str) -> None:
    """Given a width that is none, when parsed, then usage and exit code 2."""
    done = command("quantize", "mnist-small", "--calibrate", "x", "-o", "y", "--width", width)
    item = width.rsplit(",", maxsplit=1)[-1]
    assert done.code == 2
    assert done.err.splitlines()[-1] == (
        f"fxcaps quantize: error: argument --width: expected WIDTH or PATTERN=WIDTH, found {item!r}"
    )


def test_refuses_models(model: Path, images: Path, tmp_path: Path) -> None:
    """Given models absent, foreign, unnamed or with a NaN, then one line each, no Program."""

    def line(source: object, *options: str) -> str:
        done = command("quantize", source, "--calibrate", images, "-o", tmp_path / "out", *options)
        assert (done.code, done.out) == (2, "")
        assert not (tmp_path / "out").exists()
        assert done == refused(done.err.removeprefix("fxcaps: ").rstrip("\n"))
        return done.err.removeprefix("fxcaps: ").rstrip("\n")

    assert line("mnist-smal") == "FILE_UNREADABLE: mnist-smal: No such file or directory"
    assert line(images) == (
        f"FILE_FOREIGN: {images}: not a complete .npz archive (File is not a zip file)"
    )
    bare = tmp_path / "bare.npz"
    np.savez(bare, weight=np.zeros(3))
    assert line(bare) == (
        f"FILE_FOREIGN: {bare}: the archive has no description.json; name its architecture"
    )
    assert line(bare, "--architecture", "q7-mnist") == (
        f"TENSOR_MISSING: {bare}: q7-mnist: tensor 'conv.weight' (16, 7, 7, 1) is missing"
    )
    description, arrays = read_archive(model)
    arrays["conv.bias"][1] = np.nan
    write_archive(model, description, arrays)
    assert line(model) == (f"NOT_A_NUMBER: {model}: small: tensor 'conv.bias' has nan at (1,)")


def test_refuses_calibration_images(model: Path, tmp_path: Path) -> None:
    """Given images of another shape, type, range or name, then one line each, no Program."""

    def line(source: object) -> str:
        done = command("quantize", model, "--calibrate", source, "-o", tmp_path / "out")
        assert not (tmp_path / "out").exists()
        assert done == refused(done.err.removeprefix("fxcaps: ").rstrip("\n"))
        return done.err.removeprefix("fxcaps: ").rstrip("\n")

    assert line("digits/calibration") == (
        "SHAPE_MISMATCH: images for 'pixels': expected shape (N, 8, 8, 1), found (250, 28, 28, 1)"
    )
    assert line("digits/test") == (
        "NAME_UNKNOWN: the embedded digits have no split 'test'; known: calibration, evaluation"
    )
    path = tmp_path / "bad.npy"
    np.save(path, small_images() / 255)
    assert line(path) == (f"DATA_INVALID: {path}: pixels are integers from 0 to 255, found float64")
    np.save(path, small_images().astype(np.int64) - 300)
    low, high = int(small_images().min()) - 300, int(small_images().max()) - 300
    assert line(path) == (
        f"DATA_INVALID: {path}: pixels are integers from 0 to 255, found {low} to {high}"
    )
    np.save(path, small_images()[:0])
    assert line(path) == f"DATA_INVALID: {path}: no images: shape (0, 8, 8, 1)"


def test_refuses_places(model: Path, images: Path, tmp_path: Path) -> None:
    """Given a place below a file or of a user's, when quantised, then it stays as it is."""
    before = contents(tmp_path)
    place = images / "out"
    done = command("quantize", model, "--calibrate", images, "-o", place)
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[-1] == f"fxcaps: FILE_UNWRITABLE: {place}: Not a directory"
    done = command("quantize", model, "--calibrate", images, "-o", tmp_path)
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[-1] == (
        f"fxcaps: FILE_UNWRITABLE: {tmp_path}: exists and is not a Program; choose another place"
    )
    assert contents(tmp_path) == before


def test_embedded_names_yield_to_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a file named like the embedded model, when named, then the file is meant."""
    monkeypatch.chdir(tmp_path)
    saved_network(tmp_path).rename(tmp_path / "mnist-small")
    assert command("info", "mnist-small").out.startswith("Network small\n")
    assert small_network().name == "small"
    saved_program(tmp_path)
    assert command("info", "program").out.startswith("Program small, digest ")


def test_rules(model: Path, images: Path, tmp_path: Path) -> None:
    """Given --rule, when quantised, then formats and origin are those of that rule."""
    command("quantize", model, "--calibrate", images, "-o", tmp_path / "out", "--rule", "q7")
    program = load_program(tmp_path / "out")
    expected = quantize_network(load_network(model), small_images(), rule="q7")
    assert (program.digest, program.origin) == (expected.digest, expected.origin)
    assert program.origin["rule"] == "q7"
    assert program.digest != quantize_network(load_network(model), small_images()).digest

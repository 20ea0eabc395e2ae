"""fxcaps import: weights of other code become the file of a Network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fxcaps.importers import Choices, import_file
from fxcaps.network import load_network
from tests.cli.command import command, refused
from tests.importers.sources import KERAS_STRIDES, keras, shallow
from tests.network.disk import contents


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A small state dict of Q-CapsNets."""
    np.savez(tmp_path / "model.npz", allow_pickle=False, **shallow())
    return tmp_path / "model.npz"


def test_writes_the_network_and_says_how(model: Path, tmp_path: Path) -> None:
    """Given a state dict, when imported, then the file is the library's, and all is told."""
    out = tmp_path / "network.npz"
    done = command("import", model, "-o", out, "--image", "9x12", "--name", "mine")
    expected = import_file(model, choices=Choices(image=(9, 12), name="mine")).network
    found = load_network(out)
    assert (found.name, found.steps, found.expected) == ("mine", expected.steps, expected.expected)
    assert {n: a.tolist() for n, a in found.tensors.items()} == {
        n: a.tolist() for n, a in expected.tensors.items()
    }
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "what        value              from",
        "container   npz                by content",
        "layout      qcapsnets-shallow  detected by 'primary.conv3d.weight'",
        "image       9x12               given",
        "strides     1,2                default",
        "iterations  3                  default",
        "",
        "tensor                 shape    in the network  shape",
        "conv.conv.weight       4x2x3x2  conv.weight     4x3x2x2",
        "conv.conv.bias         4        conv.bias       4",
        "primary.conv3d.weight  6x4x3x3  primary.weight  6x3x3x4",
        "primary.bias           2x3x1x1  primary.bias    2x3",
        "digit.weight           30x3x20  digit.weight    30x4x5x3",
        "digit.bias             4x5      digit.bias      4x5",
        "",
        f"Network mine (2,094 parameters) written to {out}",
    ]


def test_options_are_the_librarys(tmp_path: Path) -> None:
    """Given every option, when imported, then the network is the one with these choices."""
    arrays = keras() | {"head.0": np.zeros(2), "head.1": np.zeros(2)}
    np.savez(tmp_path / "model", allow_pickle=False, **arrays)
    (tmp_path / "model.npz").rename(tmp_path / "model.bin")
    out = tmp_path / "network.npz"
    options = ["--container", "npz", "--layout", "q7-keras", "--image", "9x12"]
    options += ["--strides", "1,2,1", "--iterations", "2", "--ignore", "head.*"]
    done = command("import", tmp_path / "model.bin", "-o", out, *options)
    choices = Choices(image=(9, 12), strides=KERAS_STRIDES, iterations=2)
    expected = import_file(tmp_path / "model.bin", choices=choices, ignore=["head.*"]).network
    assert done.code == 0
    assert load_network(out).steps == expected.steps
    assert "left out    2 tensors  matches head.*" in done.out.splitlines()


def test_refusals_are_one_line_and_leave_nothing(model: Path, tmp_path: Path) -> None:
    """Given a file that does not fit, when imported, then exit code 2, one line, no file."""
    before = contents(tmp_path)
    out = tmp_path / "network.npz"
    assert command("import", model, "-o", out) == refused(
        f"SHAPE_MISMATCH: {model}: images of 32x32x2 and strides 1,2 give 14x15x2 = 420 primary "
        "capsules, 'digit.weight' has weights for 30; no square images would fit"
    )
    assert command("import", tmp_path / "absent.h5", "-o", out) == refused(
        f"FILE_UNREADABLE: {tmp_path / 'absent.h5'}: No such file or directory"
    )
    assert command("import", model, "-o", out, "--layout", "caffe").code == 2
    assert contents(tmp_path) == before


def test_names_cannot_command_a_terminal(tmp_path: Path) -> None:
    """Given a tensor whose name has an escape sequence, when left out, then it is escaped."""
    arrays = shallow() | {"x\x1b[2J": np.zeros(2)}
    np.savez(tmp_path / "model.npz", allow_pickle=False, **arrays)
    arguments = ["import", tmp_path / "model.npz", "-o", tmp_path / "x", "--image", "9x12"]
    done = command(*arguments, "--ignore", "x*")
    assert done.code == 0
    assert "left out    'x\\x1b[2J'         matches x*" in done.out.splitlines()
    assert "\x1b" not in done.out + command(*arguments).err


def test_an_existing_network_stays_whole(model: Path, tmp_path: Path) -> None:
    """Given an output that cannot be replaced, when imported, then it is as it was."""
    out = tmp_path / "network.npz"
    out.mkdir()
    (out / "kept").write_text("kept")
    done = command("import", model, "-o", out, "--image", "9x12")
    assert done == refused(f"FILE_UNWRITABLE: {out}: Is a directory")
    assert contents(out) == {"kept": b"kept"}


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--image", "28", "argument --image: expected ROWSxCOLUMNS, found '28'"),
        ("--image", "axb", "argument --image: expected ROWSxCOLUMNS, found 'axb'"),
        ("--strides", "1;2", "argument --strides: expected N,N,..., found '1;2'"),
        ("--iterations", "x", "argument --iterations: invalid int value: 'x'"),
    ],
)
def test_refuses_options(option: str, value: str, message: str, model: Path) -> None:
    """Given an option that cannot be read, when imported, then argparse says which."""
    done = command("import", model, "-o", "x.npz", option, value)
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[-1] == f"fxcaps import: error: {message}"


def test_refuses_impossible_numbers(model: Path, tmp_path: Path) -> None:
    """Given an image without extent, when imported, then one line tells."""
    done = command("import", model, "-o", tmp_path / "x.npz", "--image", "0x4")
    assert done == refused("PARAMETER_INVALID: image must be positive integers, found (0, 4)")


def test_help_lists_containers_and_layouts() -> None:
    """Given --help, then every container and layout of the tables stands in it."""
    done = command("import", "--help")
    assert done.code == 0
    for name in (
        "npz",
        "safetensors",
        "hdf5",
        "torch",
        "qcapsnets-shallow",
        "qcapsnets-deepcaps",
        "q7-keras",
        "fxcaps",
    ):
        assert any(line.split()[:1] == [name] for line in done.out.splitlines())

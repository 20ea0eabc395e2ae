"""fxcaps prune: a smaller dense network without some of the primary capsule types."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import fxcaps
from fxcaps.network import (
    Normalised,
    capsule_network,
    load_network,
    macs,
    memory,
    parameters,
    pruned_head,
    save_network,
)
from fxcaps.prune import Criterion, keep_types, rank_types
from fxcaps.real import REAL
from tests.cli.command import Done, command, refused
from tests.network.build import random_tensors, small_images
from tests.network.disk import contents
from tests.prune.build import network

SHAPES = "images for 'pixels': expected shape (N, 8, 8, 1), found (250, 28, 28, 1)"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """The network of five types on disk."""
    save_network(network(), tmp_path / "five.npz")
    return tmp_path / "five.npz"


@pytest.fixture
def data(tmp_path: Path) -> list[str]:
    """Images and labels to choose by and to measure on, as options."""
    options = []
    for number, name in enumerate(("select", "measure")):
        np.save(tmp_path / f"{name}.npy", small_images(9 + number, seed=4 + number))
        np.save(tmp_path / f"{name}-labels.npy", np.arange(9 + number, dtype=np.uint8) % 3)
        options += [f"--{name}", str(tmp_path / f"{name}.npy")]
        options += [f"--{name}-labels", str(tmp_path / f"{name}-labels.npy")]
    return options


def column(done: Done, number: int) -> dict[str, str]:
    """A column of the table: 0 before, 1 after."""
    rows = done.out.splitlines()
    start = next(k for k, row in enumerate(rows) if row.split() == ["before", "after"])
    cells = [row.rsplit(maxsplit=2) for row in rows[start + 1 : start + 10]]
    return {cell[0].strip(): cell[1 + number] for cell in cells}


@pytest.mark.parametrize("criterion", Criterion)
def test_writes_what_the_library_makes(
    criterion: Criterion, model: Path, data: list[str], tmp_path: Path
) -> None:
    """Given a criterion, when pruned, then file, lists and table are those of the library."""
    out = tmp_path / "out.npz"
    done = command(
        "prune", model, "--keep", "40%", "--criterion", criterion.value, *data, "-o", out
    )
    assert done.code == 0, done.err
    images, labels = small_images(9, seed=4), np.arange(9) % 3
    ranking = rank_types(network(), criterion, REAL, images=images, labels=labels, keep=2)
    expected = keep_types(network(), ranking.kept(2))
    made = load_network(out)
    assert made.name == "five-2of5"
    assert {k: a.tolist() for k, a in made.tensors.items()} == {
        k: a.tolist() for k, a in expected.tensors.items()
    }
    pairs = list(zip(ranking.removal, ranking.scores, strict=True))[:3]
    by = "" if criterion is Criterion.NORM else f", 9 images of {tmp_path / 'select.npy'}"
    assert done.out.splitlines()[:3] == [
        f"criterion: {criterion.value}{by}",
        f"types removed: {', '.join(f'{t} ({s:.4g})' for t, s in pairs)}",
        f"types kept: {', '.join(map(str, ranking.kept(2)))} (2 of 5)",
    ]
    assert done.out.splitlines()[-1] == f"Network five-2of5 written to {out}"
    for number, each in enumerate((network(), expected)):
        found = column(done, number)
        program = fxcaps.quantize_network(each, images)
        seen = small_images(10, seed=5)
        right = [
            float(np.mean(given["class"] == np.arange(10) % 3))
            for given in (fxcaps.predict(each, seen), fxcaps.run(program, seen).words)
        ]
        assert found == {
            "capsule types": str((5, 2)[number]),
            "primary capsules": str((45, 18)[number]),
            "parameters": f"{sum(parameters(each).values()):,}",
            "multiply-accumulates": f"{sum(macs(each.steps, each.shapes()).values()):,}",
            "weights, float32 kB": f"{sum(parameters(each).values()) / 250:,.1f}",
            "weights, 8 bits kB": f"{memory(program).weight_bits / 8000:,.1f}",
            "activations, 8 bits kB": f"{memory(program).activation_bits / 8000:,.1f}",
            "accuracy, floats %": f"{100 * right[0]:.2f}",
            "accuracy, 8 bits %": f"{100 * right[1]:.2f}",
        }


def test_types_by_index(model: Path, data: list[str], tmp_path: Path) -> None:
    """Given types by index, when pruned, then these stay, and no criterion is asked."""
    out = tmp_path / "out.npz"
    done = command("prune", model, "--types", "4,0", *data, "--first", 3, "--width", 6, "-o", out)
    assert done.code == 0, done.err
    assert done.out.startswith("types kept: 0, 4 (2 of 5)\n")
    assert f"accuracies: 3 images of {tmp_path / 'measure.npy'}\n" in done.out
    assert "accuracy, 6 bits %" in done.out
    expected = keep_types(network(), (0, 4))
    assert {k: a.tolist() for k, a in load_network(out).tensors.items()} == {
        k: a.tolist() for k, a in expected.tensors.items()
    }


@pytest.mark.parametrize("criterion", Criterion)
def test_all_types(criterion: Criterion, model: Path, data: list[str], tmp_path: Path) -> None:
    """Given 100 %, when pruned, then nothing goes and the network is written as it was."""
    out = tmp_path / "out.npz"
    done = command("prune", model, "--keep", "100%", "--criterion", criterion, *data, "-o", out)
    assert done.code == 0, done.err
    assert done.out.splitlines()[1:3] == [
        "types removed: none",
        "types kept: 0, 1, 2, 3, 4 (5 of 5)",
    ]
    assert column(done, 0) == column(done, 1)
    assert out.read_bytes() == model.read_bytes()


def test_images_without_labels(model: Path, data: list[str], tmp_path: Path) -> None:
    """Given no labels, when pruned, then accuracies are left out, and `accuracy` is refused."""
    bare = [item for k, item in enumerate(data) if k % 4 < 2]
    out = tmp_path / "out.npz"
    done = command("prune", model, "--keep", 3, *bare, "-o", out, "--criterion", "norm")
    assert (done.code, column(done, 1)["accuracy, floats %"]) == (0, "-")
    done = command("prune", model, "--keep", 3, *bare, "-o", out)
    assert done == refused("DATA_INVALID: criterion accuracy needs labels of the images")


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (
            ["--keep", "0"],
            "PARAMETER_INVALID: keep: 0 leaves 0 of 5 types; 1 to 5 can be kept",
        ),
        (
            ["--keep", "6"],
            "PARAMETER_INVALID: keep: 6 leaves 6 of 5 types; 1 to 5 can be kept",
        ),
        (
            ["--keep", "a"],
            "PARAMETER_INVALID: keep: expected a number of types or a share such as 25%, found 'a'",
        ),
        (["--types", "1,1"], "PARAMETER_INVALID: types: 1 is named twice"),
        (["--types", "5"], "PARAMETER_INVALID: types: 5 does not exist; there are 0 to 4"),
        (["--types", "1,b"], "--types: expected numbers such as 0,3,5, found '1,b'"),
        (
            ["--keep", "2", "--select", "mnist/test"],
            "--select mnist/test: nothing is chosen by the test images",
        ),
        (
            ["--keep", "2", "--select", "digits/calibration"],
            f"SHAPE_MISMATCH: {SHAPES}",
        ),
        (["--keep", "2", "--first", "0"], "PARAMETER_INVALID: --first must be 1 to 10, found 0"),
        (["--keep", "2", "--first", "11"], "PARAMETER_INVALID: --first must be 1 to 10, found 11"),
    ],
)
def test_refuses(
    options: list[str], line: str, model: Path, data: list[str], tmp_path: Path
) -> None:
    """Given wrong numbers, indices and images, when pruned, then one line, and no file."""
    before = contents(tmp_path)
    given = data if "--select" not in options else data[4:]
    done = command("prune", model, *given, *options, "-o", tmp_path / "out.npz")
    assert done == refused(line)
    assert contents(tmp_path) == before


def test_refuses_networks_and_places(data: list[str], model: Path, tmp_path: Path) -> None:
    """Given no primary capsules, or a directory to write to, when pruned, then one line each."""
    done = command("prune", model, "--keep", 2, *data, "-o", tmp_path)
    assert done == refused(f"FILE_UNWRITABLE: {tmp_path}: is a directory")
    place = tmp_path / "none" / "out.npz"
    done = command("prune", model, "--keep", 2, *data, "-o", place)
    assert done == refused(f"FILE_UNWRITABLE: {place}: its directory does not exist")
    whole = capsule_network(
        "flat",
        image=(8, 8, 1),
        channels=2,
        kernel=2,
        types=2,
        dim=3,
        stride=2,
        classes=3,
        dim_out=2,
    )
    steps = tuple(s for s in whole.steps if s.name not in ("votes", "digit", "length", "class"))
    expected = {k: s for k, s in whole.expected.items() if not k.startswith("digit")}
    made = fxcaps.Network("flat", whole.inputs, steps, ("primary",), expected)
    save_network(made.with_tensors(random_tensors(made)), tmp_path / "flat.npz")
    done = command("prune", tmp_path / "flat.npz", "--keep", 1, *data, "-o", tmp_path / "out.npz")
    assert done == refused(
        "NAME_UNKNOWN: flat has no primary capsule types: no step makes votes of capsules with "
        "matrices of their own"
    )


def test_the_library_in_one_call() -> None:
    """Given a number, a share or indices, when pruned by the library, then types go alike."""
    images, labels = small_images(9), np.arange(9) % 3
    whole = network()
    by_norm = fxcaps.prune_network(whole, 2, criterion="norm")
    ranking = rank_types(whole, Criterion.NORM, REAL)
    again = fxcaps.prune_network(whole, list(ranking.kept(2)))
    share = fxcaps.prune_network(whole, "40%", criterion="accuracy", images=images, labels=labels)
    assert [m.name for m in (by_norm, again, share)] == ["five-2of5"] * 3
    assert {k: a.tolist() for k, a in by_norm.tensors.items()} == {
        k: a.tolist() for k, a in again.tensors.items()
    }
    with pytest.raises(fxcaps.Rejection) as caught:
        fxcaps.prune_network(whole, 2, criterion="luck")
    assert str(caught.value) == (
        "NAME_UNKNOWN: no criterion 'luck'; known: norm, activity, routing, accuracy"
    )


def test_features_of_a_backbone(tmp_path: Path) -> None:
    """Given a head and features as .npy, when pruned, quantised and run, then no step refuses."""
    made = pruned_head(
        "head", features=(2, 3, 4), classes=3, types=7, normalised=Normalised.OUTPUTS
    )
    save_network(made.with_tensors(random_tensors(made)), tmp_path / "head.npz")
    words = np.random.default_rng(1).integers(0, 256, (6, 2, 3, 4), np.uint8)
    np.save(tmp_path / "features.npy", words)
    given = tmp_path / "features.npy"
    out, program = tmp_path / "out.npz", tmp_path / "program"
    images = ("--select", given, "--measure", given, "--criterion", "routing")
    done = command("prune", tmp_path / "head.npz", "--keep", "3", *images, "-o", out)
    assert (done.code, column(done, 1)["primary capsules"]) == (0, "3"), done.err
    assert command("quantize", out, "--calibrate", given, "-o", program).code == 0
    done = command("run", program, given)
    expected = fxcaps.run(fxcaps.load_program(program), words)
    assert done.value("digest of the output words") == expected.digest
    assert fxcaps.load_program(program).tensors["features"].format == fxcaps.Format(False, 8, 4)

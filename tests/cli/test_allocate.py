"""fxcaps allocate and fxcaps report: from a network to a certificate and its page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fxcaps.allocate import Certificate
from fxcaps.network import predict, save_network
from fxcaps.real import REAL
from tests.cli.command import command, refused
from tests.network.build import small_images, small_network


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A small network, images and labels on disk, as options."""
    place = tmp_path_factory.mktemp("given")
    network = small_network()
    save_network(network, place / "small.npz")
    images = small_images(40, seed=5)
    np.save(place / "calibrate.npy", small_images(12, seed=2))
    np.save(place / "validate.npy", images)
    np.save(place / "labels.npy", predict(network, images, REAL)["class"].astype(np.uint8))
    options = ["--calibrate", str(place / "calibrate.npy")]
    options += ["--validate", str(place / "validate.npy")]
    options += ["--validate-labels", str(place / "labels.npy"), "--tolerance", "20"]
    return {"place": place, "model": str(place / "small.npz"), "options": options}


@pytest.fixture(scope="module")
def out(given: dict[str, Any]) -> Path:
    """An allocation by the default method."""
    place: Path = given["place"] / "out"
    done = command("allocate", given["model"], *given["options"], "-o", place, "--explain")
    assert done.code == 0, done.err
    assert "optimal(widest=16): satisfied" in done.out
    assert "were refused" in done.out
    return place


def test_it_leaves_a_certificate_and_resumes(given: dict[str, Any], out: Path) -> None:
    """Given a finished search, when resumed, then nothing is run; the certificate is the same."""
    first = Certificate.load(out / "certificate")
    assert first.content["accuracy"]["words"]["correct"] >= first.content["needed"] == 32
    assert sum(map(sum, first.content["confusion"])) == 40
    before = (out / "search.jsonl").read_bytes()
    done = command("allocate", given["model"], *given["options"], "-o", out, "--resume")
    assert done.code == 0, done.err
    assert (out / "search.jsonl").read_bytes() == before
    assert Certificate.load(out / "certificate").widths == first.widths


def test_a_dry_run_leaves_nothing(given: dict[str, Any], tmp_path: Path) -> None:
    """Given a dry run, when done, then it says evaluations and time, and no file is there."""
    done = command(
        "allocate",
        given["model"],
        *given["options"],
        "-o",
        tmp_path / "out",
        "--dry-run",
        "--method",
        "uniform",
    )
    assert done.code == 0, done.err
    first, second, third = done.out.splitlines()
    assert first == "40 of 40 validation images are right in floats; 32 are needed"
    assert second.startswith("uniform(widest=16): about 5 evaluations at most")
    assert third.startswith("about ")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            ["--tolerance", "1"],
            (
                "DATA_INVALID: a tolerance of 1.0 points is less than one of 40 validation "
                "images; give at least 100 images, or allow 2.5 points"
            ),
        ),
        (
            ["--tolerance", "few"],
            "PARAMETER_INVALID: tolerance must be a number of points, found 'few'",
        ),
        (
            ["--margin", "0.5"],
            (
                "DATA_INVALID: 40 validation images do not tell an accuracy of 100.00 % to within "
                "0.5 points at a confidence of 0.95; 381 would"
            ),
        ),
        (
            ["--calibrate", "mnist/test"],
            "mnist/test: nothing is searched by test images; name another split",
        ),
        (["--workers", "0"], "--workers must be at least 1, found 0"),
        (
            ["--calibrate", "digits/calibration"],
            (
                "SHAPE_MISMATCH: small takes images of (8, 8, 1), digits/calibration has "
                "(28, 28, 1); name images of its data set with --calibrate and --validate"
            ),
        ),
    ],
)
def test_refuses_what_cannot_be(
    given: dict[str, Any], tmp_path: Path, options: list[str], message: str
) -> None:
    """Given what no search can do, when asked, then one line says what would work."""
    given_options = (*given["options"], *options, "-o", tmp_path / "o")
    assert command("allocate", given["model"], *given_options) == refused(message)
    assert list(tmp_path.iterdir()) == []


def test_refuses_places(given: dict[str, Any], out: Path, tmp_path: Path) -> None:
    """Given a search that stands there, another network's or something else, then it stays."""
    start = "allocate", given["model"], *given["options"], "-o"
    assert command(*start, out) == refused(
        f"FILE_UNWRITABLE: {out}: a search stands there; --resume goes on with it, or choose "
        "another place"
    )
    (tmp_path / "notes.txt").write_text("mine")
    assert command(*start, tmp_path) == refused(
        f"FILE_UNWRITABLE: {tmp_path}: holds something else; choose another place"
    )
    other = small_network(iterations=2)
    save_network(other, tmp_path / "other.npz")
    own = "allocate", tmp_path / "other.npz", *given["options"], "-o", out, "--resume"
    found = command(*own)
    assert found.code == 2
    assert found.err.endswith("; calibrate it anew\n")


def test_a_report_is_one_page(out: Path, given: dict[str, Any], tmp_path: Path) -> None:
    """Given two certificates, when reported, then one page with every figure and what changed."""
    other = given["place"] / "uniform"
    start = "allocate", given["model"], *given["options"]
    assert command(*start, "-o", other, "--method", "uniform").code == 0
    page = tmp_path / "page.html"
    done = command(
        "report",
        out / "certificate",
        "--against",
        other / "certificate",
        "-o",
        page,
        "--png",
        tmp_path / "figures",
    )
    assert done.code == 0, done.err
    text = page.read_text(encoding="utf-8")
    names = ["confusion", "quality", "ranges", "search", "sensitivity", "widths"]
    assert sorted(path.name for path in (tmp_path / "figures").iterdir()) == [
        f"{name}.png" for name in names
    ]
    assert text.count("<svg") == len(names)
    assert "What changed" in text
    assert "src=" not in text
    assert "<script" not in text
    for name in Certificate.load(out / "certificate").widths:
        assert f"<td>{name}</td>" in text


def test_a_report_against_another_network_is_refused(out: Path, tmp_path: Path) -> None:
    """Given a certificate of another network, when compared with, then rejected."""
    found = Certificate.load(out / "certificate")
    basis = found.content["basis"] | {"network": "0" * 64}
    Certificate({**found.content, "basis": basis}, found.program).save(tmp_path / "other")
    start = "report", out / "certificate", "--against", tmp_path / "other"
    own = found.content["basis"]["network"][:16]
    assert command(*start, "-o", tmp_path / "p.html") == refused(
        f"FILE_FOREIGN: {tmp_path / 'other'}: is of the network {'0' * 16}, "
        f"{out / 'certificate'} of {own}; compare certificates of one network"
    )

"""Calibration: ranges and histograms of every tensor, streamed, added, saved."""

from __future__ import annotations

from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fxcaps.network import forward
from fxcaps.network.files import read_archive, write_archive
from fxcaps.quantize import (
    Calibration,
    Histogram,
    Observation,
    Split,
    calibrate,
    lower,
    quantize_network,
)
from fxcaps.quantize.calibration import image_marks
from fxcaps.real import REAL
from fxcaps.types import Reason
from tests.network.build import small_architecture, small_images, small_network
from tests.support.outcomes import Rejected, rejection_of

NETWORK = small_network()
IMAGES = small_images(70)


def test_ranges_are_least_and_largest_values() -> None:
    """Given 70 images, when calibrated, then each range is that of all values at once, and 0."""
    (values,) = forward(NETWORK, IMAGES, REAL, batch=70)
    found = calibrate(NETWORK, IMAGES, REAL)
    assert list(found) == list(values)
    for name, array in values.items():
        low, high = min(array.min(), 0.0), max(array.max(), 0.0)
        np.testing.assert_allclose(
            [found[name].low, found[name].high], [low, high], rtol=0, atol=1e-13, err_msg=name
        )
    assert found["conv"].low == 0.0
    assert (found["digit.b0"].low, found["digit.b0"].high) == (0.0, 0.0)
    assert found["pixels"].high == float(IMAGES.max())


@pytest.mark.parametrize("size", [1, 7, 35])
def test_batches_change_nothing(size: int) -> None:
    """Given images in parts or in another order, when calibrated, then ranges and formats agree."""
    whole = calibrate(NETWORK, IMAGES, REAL)
    parts = [
        calibrate(NETWORK, IMAGES[::-1][first : first + size], REAL) for first in range(0, 70, size)
    ]
    joined = reduce(Calibration.union, parts)
    assert joined.marks.tolist() == whole.marks.tolist()
    for name, seen in whole.items():
        np.testing.assert_allclose(
            [joined[name].low, joined[name].high], [seen.low, seen.high], rtol=0, atol=1e-13
        )
        assert joined[name].histogram.total == seen.histogram.total
    digests = {lower(NETWORK, ranges, width=6).digest for ranges in (whole, joined)}
    assert len(digests) == 1


def test_tells_progress() -> None:
    """Given 70 images, when calibrated, then progress counts batches of 32."""
    told: list[tuple[int, int]] = []
    calibrate(NETWORK, IMAGES, REAL, progress=lambda done, total: told.append((done, total)))
    assert told == [(32, 70), (64, 70), (70, 70)]


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_rejects_what_is_not_finite(value: float) -> None:
    """Given a function that gives no number, when calibrated, then its tensor is named."""

    def squash(params: Any, inputs: Any) -> Any:
        made = REAL["squash"](params, inputs)
        made["out"][0, 0, 0] = value
        return made

    real = dict(REAL) | {"squash": squash}
    assert rejection_of(lambda: calibrate(NETWORK, IMAGES, real)) == Rejected(
        Reason.NOT_A_NUMBER, "step 'primary' makes 'primary', which is not finite"
    )


def test_rejects_images_and_architectures() -> None:
    """Given no images, floats, or no tensors, when calibrated, then each is rejected."""
    assert rejection_of(lambda: calibrate(NETWORK, IMAGES[:0], REAL)) == Rejected(
        Reason.DATA_INVALID, "images for 'pixels': there are none"
    )
    assert rejection_of(lambda: calibrate(NETWORK, IMAGES / 255, REAL)) == Rejected(
        Reason.DATA_INVALID,
        "images for 'pixels': expected integers of format u8f0, found float64",
    )
    assert rejection_of(lambda: calibrate(small_architecture(), IMAGES, REAL)) == Rejected(
        Reason.TENSOR_MISSING, "small: tensor 'conv.weight' (2, 3, 3, 1) is missing"
    )


def test_values_beyond_floats_are_rejected() -> None:
    """Given weights whose squares overflow, when calibrated, then the step is named, no more."""
    weights = {name: tensor * 1e200 for name, tensor in NETWORK.tensors.items()}
    assert rejection_of(lambda: calibrate(NETWORK.with_tensors(weights), IMAGES, REAL)) == Rejected(
        Reason.NOT_A_NUMBER, "step 'primary.conv' makes 'primary.maps', which is not finite"
    )


def test_a_stream_is_the_set() -> None:
    """Given batches from a generator, when calibrated, then as with all images at once."""
    whole = calibrate(NETWORK, IMAGES, REAL)
    told: list[tuple[int, int]] = []
    stream = (IMAGES[first : first + 32] for first in range(0, 70, 32))
    found = calibrate(
        NETWORK, stream, REAL, progress=lambda done, total: told.append((done, total))
    )
    assert found == whole
    assert found != calibrate(NETWORK, IMAGES[:64], REAL)
    assert told == [(32, 32), (64, 64), (70, 70)]
    assert rejection_of(lambda: calibrate(NETWORK, iter([]), REAL)) == Rejected(
        Reason.DATA_INVALID, "small: no images to calibrate with"
    )


def test_observations_are_those_of_all_values() -> None:
    """Given a network, when calibrated, then histograms are of all values, constants' too."""
    (values,) = forward(NETWORK, IMAGES, REAL, batch=70)
    found = calibrate(NETWORK, IMAGES, REAL)
    for name in ("image", "digit.b0", "class", "pixels"):
        assert found[name].histogram == Histogram.of(values[name])
    assert {name: seen.histogram.total for name, seen in found.items()} == {
        name: array.size for name, array in values.items()
    }
    assert found.constants == {
        name: Observation.of(tensor, name) for name, tensor in NETWORK.tensors.items()
    }


def test_files(tmp_path: Path) -> None:
    """Given a calibration, when saved and loaded, then it is the same, byte for byte."""
    splits = {"primary": Split(axis=0, count=2)}
    made = calibrate(NETWORK, IMAGES, REAL, splits=splits)
    made.save(tmp_path / "a.npz")
    found = Calibration.load(tmp_path / "a.npz")
    assert found == made
    assert found.constants == made.constants
    assert (found.network, found.images, found.splits) == ("small", 70, splits)
    found.save(tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_a_calibration_quantises_again() -> None:
    """Given a calibration, when a network is quantised with it, then as with its images."""
    made = calibrate(NETWORK, IMAGES, REAL)
    fresh = quantize_network(NETWORK, IMAGES, REAL, width=6)
    again = quantize_network(NETWORK, made, REAL, width=6)
    assert (again.digest, again.origin) == (fresh.digest, fresh.origin)


def test_another_network_is_refused() -> None:
    """Given a calibration of other weights, when used or added, then rejected with both digests."""
    other = small_network(bias=False)
    made, theirs = calibrate(NETWORK, IMAGES[:2], REAL), calibrate(other, IMAGES[:2], REAL)
    names = NETWORK.digest[:16], other.digest[:16]
    assert names[0] != names[1]
    assert rejection_of(lambda: lower(other, made, width=6)) == Rejected(
        Reason.FILE_FOREIGN,
        f"the calibration is of small {names[0]}, the network is small {names[1]}; "
        "calibrate it anew",
    )
    assert rejection_of(lambda: made.union(theirs)) == Rejected(
        Reason.FILE_FOREIGN,
        f"calibrations of small {names[0]} and small {names[1]} cannot be added: they need one "
        "network and the same splits",
    )


def test_the_digest_is_of_values() -> None:
    """Given the same weights in other types, or others, when digested, then values decide."""
    halves = {name: tensor.astype(np.float16) for name, tensor in NETWORK.tensors.items()}
    narrow = NETWORK.with_tensors(halves)
    wide = NETWORK.with_tensors({name: x.astype(np.float64) for name, x in halves.items()})
    assert narrow.digest == wide.digest != NETWORK.digest
    assert small_network(iterations=2).digest != NETWORK.digest


def test_shared_images_are_found() -> None:
    """Given images of which some were calibrated with, when asked, then those are counted."""
    made = calibrate(NETWORK, IMAGES[:20], REAL)
    assert made.shared(IMAGES[15:40]) == 5
    assert made.shared(IMAGES[:3].astype(np.int32)) == 3
    assert made.shared(small_images(9, seed=77)) == 0
    assert len(set(image_marks(IMAGES).tolist())) == 70


def test_groups_of_a_tensor() -> None:
    """Given two capsule types, when split, then each is observed beside the whole."""
    (values,) = forward(NETWORK, IMAGES, REAL, batch=70)
    found = calibrate(NETWORK, IMAGES, REAL, splits={"primary": Split(axis=0, count=2)})
    for group in (0, 1):
        own = values["primary"][:, group::2]
        assert found[f"primary[{group}]"].histogram.total == own.size
        assert found[f"primary[{group}]"].high == pytest.approx(max(own.max(), 0.0), abs=1e-13)
    joined = found["primary[0]"].union(found["primary[1]"])
    assert joined == found["primary"]
    for split, message in (
        (Split(axis=0, count=3), "tensor 'primary' (8, 3) has no 3 equal groups along axis 0"),
        (Split(axis=2, count=1), "tensor 'primary' (8, 3) has no 1 equal groups along axis 2"),
    ):
        assert rejection_of(
            lambda split=split: calibrate(NETWORK, IMAGES, REAL, splits={"primary": split})
        ) == Rejected(Reason.PARAMETER_INVALID, message)
    assert rejection_of(
        lambda: calibrate(NETWORK, IMAGES, REAL, splits={"conv.weight": Split(0, 2)})
    ) == Rejected(Reason.NAME_UNKNOWN, "small computes no tensor 'conv.weight'")


def _damaged(path: Path, change: Any) -> Rejected:
    made = calibrate(NETWORK, IMAGES[:2], REAL)
    made.save(path)
    description, arrays = read_archive(path)
    change(description, arrays)
    write_archive(path, description, arrays)
    return rejection_of(lambda: Calibration.load(path))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda d, a: d.update(kind="fxcaps-network"),
            "description.json: expected kind 'fxcaps-calibration', found 'fxcaps-network'",
        ),
        (
            lambda d, a: d.update(images=3),
            "description.json: 3 images, 2 marks",
        ),
        (
            lambda d, a: a.pop("conv.keys"),
            "array 'conv.keys' is missing or of another type",
        ),
        (
            lambda d, a: a.update({"conv.keys": a["conv.keys"][::-1]}),
            "the bins of 'conv' are not ascending with one count each",
        ),
        (
            lambda d, a: d["tensors"].update(conv=[1.0]),
            "entry 'conv' must be two numbers, found [1.0]",
        ),
    ],
)
def test_damaged_files_are_refused(tmp_path: Path, change: Any, message: str) -> None:
    """Given a file with one thing wrong, when loaded, then file and thing are named."""
    path = tmp_path / "calibration.npz"
    assert _damaged(path, change) == Rejected(Reason.FILE_FOREIGN, f"{path}: {message}")

"""The real data sets, where the machine has them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from fxcaps.datasets import State, digits, load, status

DATA = Path(
    os.environ.get("FXCAPS_TEST_DATA", Path(__file__).resolve().parents[3] / "shared" / "data")
)


def require(name: str) -> None:
    """Skip unless every file of a data set is at hand; fail where one is corrupt."""
    found = [entry for entry in status(DATA if DATA.is_dir() else None) if entry.dataset == name]
    assert [entry for entry in found if entry.state is State.CORRUPT] == []
    if any(entry.state is State.MISSING for entry in found):
        pytest.skip(f"{name} is neither in FXCAPS_TEST_DATA, {DATA} nor where fxcaps looks")


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
def test_loads_verified_images(name: str) -> None:
    """Given the official files; when loaded; then 60,000 and 10,000 images of ten classes."""
    require(name)
    directory = DATA if DATA.is_dir() else None
    for split, count in (("train", 60_000), ("test", 10_000)):
        images, labels = load(name, split, directory=directory)
        assert images.shape == (count, 28, 28, 1)
        assert labels.shape == (count,)
        assert np.unique(labels).tolist() == list(range(10))


def test_embedded_digits_are_the_first_training_images_of_each_class() -> None:
    """Given MNIST; then the embedded digits are its training images, and none a test image."""
    require("mnist")
    directory = DATA if DATA.is_dir() else None
    images, labels = load("mnist", "train", directory=directory)
    each = [images[labels == digit][:125] for digit in range(10)]
    expected = np.stack(each, axis=1)
    np.testing.assert_array_equal(
        digits("evaluation")[0], expected[:100].reshape(-1, 28, 28, 1), strict=True
    )
    np.testing.assert_array_equal(
        digits("calibration")[0], expected[100:].reshape(-1, 28, 28, 1), strict=True
    )
    unseen = {image.tobytes() for image in load("mnist", "test", directory=directory)[0]}
    assert [image for image in expected.reshape(-1, 784) if image.tobytes() in unseen] == []

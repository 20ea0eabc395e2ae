"""Doubled images: by hand, and byte for byte as Pillow makes them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from fxcaps.datasets import doubled
from tests.datasets.build import rejection


def test_by_hand() -> None:
    """Given two by two pixels; when doubled; then quarters are rounded half up, columns first."""
    image = np.array([[[[0], [10]], [[255], [1]]]], np.uint8)
    # columns: 0, 2.5 -> 3, 7.5 -> 8, 10 and 255, 191.5 -> 192, 64.5 -> 65, 1
    assert doubled(image)[0, :, :, 0].tolist() == [
        [0, 3, 8, 10],
        [64, 50, 22, 8],
        [191, 145, 51, 3],
        [255, 192, 65, 1],
    ]


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (2, 32, 32, 3), (3, 5, 8, 1), (1, 1, 7, 2)])
def test_shapes_and_extremes(shape: tuple[int, ...]) -> None:
    """Given images of one value; when doubled; then the value stays, at 0 and at 255 as well."""
    for value in (0, 1, 254, 255):
        found = doubled(np.full(shape, value, np.uint8))
        assert found.shape == (shape[0], 2 * shape[1], 2 * shape[2], shape[3])
        assert found.dtype == np.uint8
        assert np.unique(found).tolist() == [value]


@pytest.mark.parametrize("extents", [(32, 32), (1, 1), (3, 17), (28, 28)])
def test_equals_pillow(extents: tuple[int, int]) -> None:
    """Given random images; when doubled; then Pillow's bilinear resize gives the same bytes."""
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    images = np.random.default_rng(8).integers(0, 256, (20, *extents, 3), np.uint8)
    size = (2 * extents[1], 2 * extents[0])
    expected = [
        np.asarray(image.fromarray(one).resize(size, image.Resampling.BILINEAR)) for one in images
    ]
    np.testing.assert_array_equal(doubled(images), np.stack(expected))


def test_every_pair_of_bytes_as_pillow() -> None:
    """Given every byte beside every byte; when doubled; then Pillow gives the same bytes."""
    image = pytest.importorskip("PIL.Image", reason="Pillow is not installed")
    left, right = np.meshgrid(np.arange(256), np.arange(256))
    pairs = np.stack([left.ravel(), right.ravel()], axis=1).astype(np.uint8)
    wide = image.fromarray(pairs).resize((4, len(pairs)), image.Resampling.BILINEAR)
    found = doubled(pairs[:, None, :, None])[:, 0, :, 0]  # one row each: rows do not mix
    np.testing.assert_array_equal(found, np.asarray(wide))


@pytest.mark.parametrize(
    ("images", "found"),
    [
        (np.zeros((1, 2, 2, 1)), "float64 (1, 2, 2, 1)"),
        (np.zeros((2, 2, 1), np.uint8), "uint8 (2, 2, 1)"),
    ],
)
def test_rejects(images: Any, found: str) -> None:
    """Given floats or one image alone; when doubled; then it is rejected."""
    assert rejection(doubled, images) == (
        f"DATA_INVALID: images to double are unsigned bytes (N, H, W, C), found {found}"
    )

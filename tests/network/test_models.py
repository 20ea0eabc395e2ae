"""The trained networks that the project carries: cards, sums, and what they read as."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

import fxcaps
from fxcaps.network import parameters

MODELS = Path(__file__).parents[2] / "models"
CARDS = sorted(MODELS.glob("*/card.json"))


def test_there_are_models() -> None:
    """Given the folder of models, when listed, then its page names every one, below 45 MB."""
    page = (MODELS / "README.md").read_text(encoding="utf-8")
    assert CARDS
    assert all(card.parent.name in page for card in CARDS)
    assert sum(path.stat().st_size for path in MODELS.rglob("*") if path.is_file()) < 45_000_000


@pytest.mark.parametrize("card", CARDS, ids=lambda path: path.parent.name)
def test_a_card_describes_its_file(card: Path) -> None:
    """Given a card, when its file is read, then sum, architecture and parameters are its."""
    said = json.loads(card.read_text(encoding="utf-8"))
    file = card.parent / said["file"]
    assert hashlib.sha256(file.read_bytes()).hexdigest() == said["sha256"]
    network = fxcaps.load_network(str(file))
    network.require_tensors()
    assert sum(parameters(network).values()) == said["parameters"]
    assert said["licence"] == "CC0-1.0"


@pytest.mark.parametrize("card", CARDS, ids=lambda path: path.parent.name)
def test_a_model_tells_digits_apart(card: Path) -> None:
    """Given the embedded digits, when 50 are classified, then at most one is mistaken."""
    said = json.loads(card.read_text(encoding="utf-8"))
    if said["data"] != "mnist":
        pytest.skip(f"no images of {said['data']} are embedded")
    images, labels = fxcaps.digits("evaluation")
    model = fxcaps.load_network(str(card.parent / said["file"]))
    predicted = fxcaps.predict(model, images[:50])["class"]
    assert (predicted == labels[:50]).sum() >= 49

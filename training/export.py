"""The trained Network's file and its card."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np

import fxcaps
from fxcaps.cli.progress import progress
from fxcaps.network import Network, load_network, parameters, save_network
from fxcaps.network.files import to_json, write_text
from training.data import Samples, Split
from training.state import Training

CARD = "card.json"


def export(training: Training, split: Split, test: Samples | None, folder: Path) -> dict[str, Any]:
    """Write `<network>-<data>.npz` in float16 and its card; return the card.

    Args:
        training: finished.
        split: what it was trained and is validated on.
        test: the test images, or `None` to leave them unseen.
        folder: where to write.

    Accuracies are those of the written file under fxcaps' float forward.
    """
    recipe = training.recipe
    path = folder / f"{recipe.network}-{recipe.data}.npz"
    save_network(training.model.trained(), path, dtype=np.float16)
    network = load_network(path)
    card = {
        "kind": "fxcaps-card",
        "version": 1,
        "file": path.name,
        "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "architecture": recipe.network,
        "parameters": sum(parameters(network).values()),
        "stored_as": "float16",
        "data": recipe.data,
        "split": split.description,
        "seed": recipe.seed,
        "epochs": recipe.epochs,
        "recipe": {
            "batch": recipe.batch,
            "peak_rate": recipe.rate,
            "shift": recipe.shift,
            "bfloat16_convolutions": recipe.bfloat16,
        },
        "training_seconds": round(training.position.seconds),
        "float_accuracy": {
            "validation": accuracy(network, split.validation, "validation"),
            "test": None if test is None else accuracy(network, test, "test"),
        },
        "licence": "CC0-1.0",
    }
    write_text(folder / CARD, to_json(card))
    return card


def accuracy(network: Network, samples: Samples, what: str) -> dict[str, float | int]:
    """Images classified correctly by the float64 forward, and their share."""
    found = fxcaps.predict(network, samples.images, progress=progress(what))["class"]
    correct = int((found == samples.labels).sum())
    return {"images": len(samples), "correct": correct, "share": correct / len(samples)}

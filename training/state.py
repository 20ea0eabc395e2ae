"""The state of a training run, one step of it, and its checkpoint."""

from __future__ import annotations

import io
import pickle
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from fxcaps.network import ARCHITECTURES, architecture
from fxcaps.network.files import written_beside
from fxcaps.types import Reason, Rejection
from training.loss import RECONSTRUCTION, Decoder, margin_loss, reconstruction_loss
from training.model import CapsuleModel

_KIND, _VERSION = "fxcaps-checkpoint", 1

WIDE = frozenset(name for name in ARCHITECTURES if name.startswith(("shallowcaps", "deepcaps")))
"""Networks with convolutions of 100 and more channels.

They want half the small networks' rate, and bfloat16 saves a third of their step on a processor
that multiplies it; small networks gain nothing from it.
"""

WIDE_RATE, SMALL_RATE = 2e-3, 4e-3
"""Peaks of the one-cycle rate."""


@dataclass(frozen=True)
class Recipe:
    """All that decides a run's result besides the number of threads and the machine.

    Args:
        network: architecture by name.
        data: data set by name.
        epochs: that the one-cycle rate spans.
        images: trained on in an epoch.
        seed: of the weights, the order and the shifts.
        batch: images a step.
        rate: peak of the one-cycle rate.
        shift: pixels by which an image moves at most.
        bfloat16: convolutions in bfloat16.
    """

    network: str
    data: str
    epochs: int
    images: int
    seed: int = 1
    batch: int = 128
    rate: float = SMALL_RATE
    shift: int = 2
    bfloat16: bool = False

    @property
    def steps(self) -> int:
        """Steps an epoch; the last one may be smaller."""
        return -(-self.images // self.batch)


@dataclass
class Means:
    """Sums over images, and their means."""

    images: int = 0
    loss: float = 0.0
    margin: float = 0.0
    reconstruction: float = 0.0
    correct: int = 0

    def add(self, margin: float, reconstruction: float, correct: int, images: int) -> None:
        """Count a batch, given its means."""
        self.images += images
        self.loss += images * (margin + RECONSTRUCTION * reconstruction)
        self.margin += images * margin
        self.reconstruction += images * reconstruction
        self.correct += correct

    def report(self) -> dict[str, float]:
        """Means over the images counted."""
        count = max(self.images, 1)
        return {
            "loss": round(self.loss / count, 6),
            "margin": round(self.margin / count, 6),
            "reconstruction": round(self.reconstruction / count, 4),
            "accuracy": round(self.correct / count, 6),
        }


@dataclass
class Position:
    """Where a run stands.

    Args:
        epoch: epochs finished.
        step: steps of the current epoch that are done.
        seconds: of training so far, over all its processes.
        epoch_seconds: likewise, of the current epoch.
        recent: means since the last line of the log.
        whole: means of the current epoch.
    """

    epoch: int = 0
    step: int = 0
    seconds: float = 0.0
    epoch_seconds: float = 0.0
    recent: Means = field(default_factory=Means)
    whole: Means = field(default_factory=Means)


class Training:
    """Model, decoder, optimiser, rate and random state of a run.

    Args:
        recipe: of the run.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.recipe = recipe
        self.position = Position()
        self.generator = torch.Generator().manual_seed(recipe.seed)
        self.model = CapsuleModel(
            architecture(recipe.network), generator=self.generator, bfloat16=recipe.bfloat16
        )
        self.decoder = Decoder(self.model, generator=self.generator)
        self.optimiser = torch.optim.Adam(
            [*self.model.parameters(), *self.decoder.parameters()], lr=recipe.rate
        )
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimiser, max_lr=recipe.rate, total_steps=recipe.epochs * recipe.steps
        )
        self.epoch_start = self.generator.get_state()
        """The random state from which the current epoch's order and shifts are drawn."""

    @property
    def rate(self) -> float:
        """The learning rate of the next step."""
        return float(self.optimiser.param_groups[0]["lr"])

    @property
    def steps_done(self) -> int:
        """Steps since the start."""
        return self.position.epoch * self.recipe.steps + self.position.step

    def learn(self, images: Tensor, labels: Tensor) -> None:
        """One step on a batch of images `(N, H, W, C)`, uint8, and labels `(N)`, int64."""
        made = self.model.train()(images)
        lengths = made[self.model.lengths]
        margin = margin_loss(lengths, labels)
        rebuilt = self.decoder(made[self.model.capsules], labels)
        reconstruction = reconstruction_loss(rebuilt, images)
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(margin + RECONSTRUCTION * reconstruction)
        self.optimiser.step()
        self.schedule.step()
        self.position.step += 1
        correct = int((lengths.argmax(dim=1) == labels).sum())
        for means in (self.position.recent, self.position.whole):
            means.add(margin.item(), reconstruction.item(), correct, len(images))

    def finish_epoch(self) -> None:
        """Begin the next epoch."""
        seconds = self.position.seconds
        self.position = Position(epoch=self.position.epoch + 1, seconds=seconds)
        self.epoch_start = self.generator.get_state()

    def save(self, path: Path) -> None:
        """Write a checkpoint, whole or not at all."""
        state = {
            "kind": _KIND,
            "version": _VERSION,
            "recipe": asdict(self.recipe),
            "position": asdict(self.position),
            "epoch_start": self.epoch_start,
            "model": self.model.state_dict(),
            "decoder": self.decoder.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "schedule": self.schedule.state_dict(),
        }
        with written_beside(path) as partial:
            torch.save(state, partial)

    def restore(self, path: Path) -> None:
        """Continue from a checkpoint; rejects foreign ones and those of another recipe."""
        state = _read(path)
        _check_recipe(path, state["recipe"], asdict(self.recipe))
        self.model.load_state_dict(state["model"])
        self.decoder.load_state_dict(state["decoder"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.schedule.load_state_dict(state["schedule"])
        position = state["position"]
        recent, whole = Means(**position.pop("recent")), Means(**position.pop("whole"))
        self.position = Position(**position, recent=recent, whole=whole)
        self.epoch_start = state["epoch_start"]
        self.generator.set_state(self.epoch_start)


def _read(path: Path) -> dict[str, Any]:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise Rejection(Reason.FILE_UNREADABLE, f"{path}: {error.strerror or error}") from None
    try:
        state = torch.load(io.BytesIO(content), weights_only=True)
    except (OSError, RuntimeError, EOFError, ValueError, KeyError, pickle.UnpicklingError):
        raise Rejection(Reason.FILE_FOREIGN, f"{path}: not a complete checkpoint") from None
    if not isinstance(state, dict) or (state.get("kind"), state.get("version")) != (
        _KIND,
        _VERSION,
    ):
        raise Rejection(
            Reason.FILE_FOREIGN, f"{path}: expected {_KIND} version {_VERSION}, found another file"
        )
    return state


def _check_recipe(path: Path, found: dict[str, Any], asked: dict[str, Any]) -> None:
    """Every field decides the result, so every field must agree."""
    for name, value in asked.items():
        if found.get(name) != value:
            raise Rejection(
                Reason.PARAMETER_INVALID,
                f"{path}: a checkpoint of another run: {name} is {found.get(name)!r} in it, "
                f"{value!r} here",
            )

"""Epochs, validation, the log, and stopping without losing anything."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import torch

from fxcaps.cli.progress import note
from training.data import Epoch, Samples, Split, plan_epoch, shifted
from training.state import Means, Training

CHECKPOINT = "checkpoint.pt"
LOG = "log.jsonl"

LOG_EVERY = 20
"""Steps between lines of the log."""

SAVE_EVERY = 180.0
"""Seconds between checkpoints: what a killed run loses at most."""

_VALIDATION_BATCH = 128
"""Images at a time: the tensors of ShallowCaps stay below 1 GB."""


@dataclass
class Stop:
    """Whether someone asked to stop; looked at between steps, when the state is whole."""

    asked: bool = False

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Turn SIGINT and SIGTERM into the question; a second one ends the process."""

        def ask(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signature
            self.asked = True
            for name, handler in before.items():
                signal.signal(name, handler)

        before = {name: signal.signal(name, ask) for name in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)


class Log:
    """A file of JSON lines, appended to.

    Args:
        path: of the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def write(self, event: str, **values: Any) -> None:
        """Append one line and show it."""
        line = json.dumps({"event": event} | values)
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(line + "\n")
        note(line)


def run_epochs(training: Training, split: Split, folder: Path, log: Log, stop: Stop) -> bool:
    """Train to the end of the recipe, or until asked to stop; say whether the end is reached.

    A checkpoint lies in `folder` after every epoch, every few minutes, and on stopping.
    """
    with stop.listening():
        while training.position.epoch < training.recipe.epochs:
            plan = plan_epoch(
                len(split.training), shift=training.recipe.shift, generator=training.generator
            )
            if not _run_epoch(training, split.training, plan, folder, log, stop):
                training.save(folder / CHECKPOINT)
                log.write("stopped", epoch=training.position.epoch, step=training.steps_done)
                return False
            _close_epoch(training, split.validation, log)
            training.save(folder / CHECKPOINT)
    return True


def _run_epoch(
    training: Training, samples: Samples, plan: Epoch, folder: Path, log: Log, stop: Stop
) -> bool:
    saved = time.monotonic()
    position, recipe = training.position, training.recipe
    while position.step < recipe.steps:
        if stop.asked:
            return False
        started = time.monotonic()
        training.learn(*_batch(samples, plan, position.step, recipe.batch))
        seconds = time.monotonic() - started
        position.seconds += seconds
        position.epoch_seconds += seconds
        if training.steps_done % LOG_EVERY == 0 or position.step == recipe.steps:
            _log_step(training, log)
        if time.monotonic() - saved >= SAVE_EVERY:
            training.save(folder / CHECKPOINT)
            saved = time.monotonic()
    return True


def _batch(
    samples: Samples, plan: Epoch, number: int, size: int
) -> tuple[torch.Tensor, torch.Tensor]:
    part = slice(number * size, (number + 1) * size)
    chosen = plan.order[part]
    images = shifted(samples.images[chosen], plan.shifts[part])
    return torch.from_numpy(images), torch.from_numpy(samples.labels[chosen].astype("int64"))


def _log_step(training: Training, log: Log) -> None:
    position = training.position
    log.write(
        "step",
        step=training.steps_done,
        epoch=position.epoch,
        rate=training.rate,
        seconds=round(position.seconds, 1),
        **position.recent.report(),
    )
    position.recent = Means()


def _close_epoch(training: Training, validation: Samples, log: Log) -> None:
    position, step = training.position, training.steps_done
    accuracy = measure(training, validation)
    training.finish_epoch()
    log.write(
        "epoch",
        epoch=training.position.epoch,
        step=step,
        seconds=round(position.epoch_seconds, 1),
        validation=accuracy,
        **position.whole.report(),
    )


@torch.no_grad()
def measure(training: Training, samples: Samples) -> float:
    """Accuracy of the model as it is trained; the card's figures come from fxcaps instead."""
    correct = 0
    training.model.eval()
    for first in range(0, len(samples), _VALIDATION_BATCH):
        part = samples.chosen(slice(first, first + _VALIDATION_BATCH))
        lengths = training.model(torch.from_numpy(part.images))[training.model.lengths]
        correct += int((lengths.argmax(dim=1).numpy() == part.labels).sum())
    return round(correct / len(samples), 6)

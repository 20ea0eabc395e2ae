"""Train a reference network: `python -m training.train --network shallowcaps --output DIR`."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import torch

from fxcaps import datasets
from fxcaps.cli.progress import note
from fxcaps.network import ARCHITECTURES, architecture
from fxcaps.network.files import make_directory
from fxcaps.types import Reason, Rejection
from training.data import DATA, Samples, Split, load_split
from training.export import CARD, export
from training.loop import CHECKPOINT, LOG, Log, Stop, run_epochs
from training.state import SMALL_RATE, WIDE, WIDE_RATE, Recipe, Training

OK, REFUSED, INTERRUPTED = 0, 1, 130
"""Exit codes, those of `fxcaps`."""


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    top = argparse.ArgumentParser(prog="python -m training.train", description=__doc__)
    top.add_argument("--network", choices=ARCHITECTURES, required=True, help="what to train")
    top.add_argument("--data", choices=DATA, default="mnist", help="what to train it on")
    top.add_argument("--data-dir", metavar="DIR", help="searched before FXCAPS_DATA")
    top.add_argument("--output", type=Path, required=True, metavar="DIR", help="of all files")
    top.add_argument("--epochs", type=_positive, default=6, help="that the rate's cycle spans")
    top.add_argument("--seed", type=int, default=1, help="of weights, order and shifts")
    top.add_argument("--batch", type=_positive, default=128, help="images a step")
    top.add_argument("--rate", type=_rate, help="peak; 0.002 for wide networks, 0.004 for others")
    top.add_argument(
        "--shift", type=int, choices=range(8), default=2, help="pixels an image moves at most"
    )
    top.add_argument(
        "--precision",
        choices=("bfloat16", "float32"),
        help="of the convolutions; bfloat16 for wide networks, float32 for others",
    )
    top.add_argument("--threads", type=_positive, default=1, help="of PyTorch")
    top.add_argument("--limit", type=_positive, help="images of each part, for quick runs")
    top.add_argument("--resume", action="store_true", help="continue from the checkpoint in DIR")
    top.add_argument("--test", action="store_true", help="measure on the test images at the end")
    return top


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1, found {number}")
    return number


def _rate(text: str) -> float:
    number = float(text)
    if not 0 < number < 1:
        raise argparse.ArgumentTypeError(f"must lie between 0 and 1, found {number}")
    return number


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, or continue, and return the exit code."""
    arguments = sys.argv[1:] if arguments is None else list(arguments)
    options = parser().parse_args(arguments)
    torch.set_num_threads(options.threads)
    try:
        finished = _train(options)
    except Rejection as rejection:
        note(f"training: {rejection}")
        return REFUSED
    except KeyboardInterrupt:
        finished = False
    if finished:
        return OK
    again = [argument for argument in arguments if argument != "--resume"]
    if (options.output / CHECKPOINT).exists():
        again.append("--resume")
    note(f"training: interrupted; continue with: python -m training.train {shlex.join(again)}")
    return INTERRUPTED


def _train(options: argparse.Namespace) -> bool:
    folder: Path = options.output
    checkpoint = folder / CHECKPOINT
    _check_checkpoint(checkpoint, resume=options.resume)
    split = load_split(options.data, directory=options.data_dir, limit=options.limit)
    test = _test_images(options) if options.test else None
    _check_shape(options, split)
    training = Training(_recipe(options, split))
    if options.resume:
        training.restore(checkpoint)
    make_directory(folder)
    log = Log(folder / LOG)
    _log_start(log, training, options, split)
    if not run_epochs(training, split, folder, log, Stop()):
        return False
    card = export(training, split, test, folder)
    log.write("card", file=CARD, sha256=card["sha256"], **card["float_accuracy"])
    return True


def _check_checkpoint(path: Path, *, resume: bool) -> None:
    if resume and not path.exists():
        raise Rejection(Reason.FILE_UNREADABLE, f"{path}: no checkpoint to resume")
    if path.exists() and not resume:
        raise Rejection(
            Reason.FILE_UNWRITABLE,
            f"{path} exists: continue with --resume, or choose another --output",
        )


def _recipe(options: argparse.Namespace, split: Split) -> Recipe:
    wide = options.network in WIDE
    precision = options.precision or ("bfloat16" if wide else "float32")
    return Recipe(
        network=options.network,
        data=options.data,
        epochs=options.epochs,
        images=len(split.training),
        seed=options.seed,
        batch=options.batch,
        rate=options.rate or (WIDE_RATE if wide else SMALL_RATE),
        shift=options.shift,
        bfloat16=precision == "bfloat16",
    )


def _test_images(options: argparse.Namespace) -> Samples:
    images, labels = datasets.load(options.data, "test", directory=options.data_dir)
    return Samples(images, labels).chosen(slice(options.limit))


def _check_shape(options: argparse.Namespace, split: Split) -> None:
    wanted = next(iter(architecture(options.network).inputs.values())).shape
    found = split.training.images.shape[1:]
    if found != wanted:
        raise Rejection(
            Reason.SHAPE_MISMATCH,
            f"{options.network} takes images of shape {wanted}, {options.data} has {found}",
        )


def _log_start(log: Log, training: Training, options: argparse.Namespace, split: Split) -> None:
    log.write(
        "resume" if options.resume else "start",
        step=training.steps_done,
        steps=training.recipe.epochs * training.recipe.steps,
        recipe=asdict(training.recipe),
        split=split.description,
        threads=options.threads,
        torch=torch.__version__,
    )


if __name__ == "__main__":
    sys.exit(main())

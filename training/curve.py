"""Draw a run's log: `python -m training.curve DIR/log.jsonl DIR/curve.svg`."""

from __future__ import annotations

import argparse
import importlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fxcaps.cli.progress import note
from fxcaps.network.files import written_beside
from fxcaps.types import Reason, Rejection

OK, REFUSED = 0, 1


@dataclass(frozen=True)
class Curve:
    """What a log tells, by steps since the start.

    Args:
        steps: of the points of `loss`.
        loss: mean training loss since the point before.
        ends: steps at which epochs ended.
        errors: validation errors there, percent.
    """

    steps: tuple[int, ...]
    loss: tuple[float, ...]
    ends: tuple[int, ...]
    errors: tuple[float, ...]


def parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    top = argparse.ArgumentParser(prog="python -m training.curve", description=__doc__)
    top.add_argument("log", type=Path, help="log.jsonl of a run")
    top.add_argument("picture", type=Path, help="to write; the ending chooses the kind")
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Draw, and return the exit code."""
    options = parser().parse_args(arguments)
    try:
        draw(read_curve(options.log), options.log.resolve().parent.name, options.picture)
    except Rejection as rejection:
        note(f"training: {rejection}")
        return REFUSED
    return OK


def read_curve(path: Path) -> Curve:
    """Read a log; of steps that a killed and resumed run took twice, the last line counts.

    Rejects what is no log (`FILE_FOREIGN`) or has no steps yet (`DATA_INVALID`).
    """
    try:
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        steps = _by_step(lines, "step", "loss")
        ends = _by_step(lines, "epoch", "validation")
    except OSError as error:
        raise Rejection(Reason.FILE_UNREADABLE, f"{path}: {error.strerror or error}") from None
    except (ValueError, TypeError, KeyError):
        raise Rejection(Reason.FILE_FOREIGN, f"{path}: not a training log") from None
    if not steps:
        raise Rejection(Reason.DATA_INVALID, f"{path}: no step is logged yet")
    errors = tuple(100 * (1 - share) for share in ends.values())
    return Curve(tuple(steps), tuple(steps.values()), tuple(ends), errors)


def _by_step(lines: list[dict[str, Any]], event: str, value: str) -> dict[int, float]:
    found = {int(line["step"]): float(line[value]) for line in lines if line["event"] == event}
    return dict(sorted(found.items()))


def draw(curve: Curve, title: str, path: Path) -> None:
    """Write a picture: loss and validation error over the steps, both logarithmic."""
    try:
        figures = importlib.import_module("matplotlib.figure")
    except ImportError:
        raise Rejection(
            Reason.FILE_UNWRITABLE, "drawing needs matplotlib: pip install matplotlib"
        ) from None
    figure = figures.Figure(figsize=(7, 4), layout="constrained")
    left = figure.subplots()
    left.plot(curve.steps, curve.loss, color="tab:blue", linewidth=1)
    left.set(title=title, xlabel="step", yscale="log")
    left.set_ylabel("training loss", color="tab:blue")
    right = left.twinx()
    right.plot(curve.ends, curve.errors, color="tab:red", marker="o")
    right.set_ylabel("validation error, %", color="tab:red")
    if any(curve.errors):
        right.set_yscale("log")
    with written_beside(path) as partial:
        figure.savefig(partial, format=path.suffix.removeprefix(".") or "svg")


if __name__ == "__main__":
    sys.exit(main())

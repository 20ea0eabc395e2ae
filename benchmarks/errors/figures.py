"""One figure a function: worst errors by width, mean errors by input at 8 bits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter

Row = dict[str, Any]

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#8a6d00", "#56b4e9", "#222222", "#9a9a9a")
"""Okabe and Ito's, which colour-blind readers tell apart, the yellow darkened."""

NO_ERROR = 0.5
"""Where an error of no word stands on the logarithmic axis."""

SMALL = 2.0**-8
"""Mean errors below it stand at the bottom."""


def draw(operation: str, rows: Sequence[Row], axis: str, path: Path) -> None:
    """Write the figure of a function.

    Args:
        operation: its name.
        rows: its results.
        axis: what its errors are shown against.
        path: a PNG.
    """
    shown = [row for row in rows if row["label"] != "exact"]
    dim = min(row["dim"] for row in shown)
    chosen = [row for row in shown if row["dim"] == dim]
    labels = list(dict.fromkeys(row["label"] for row in chosen))
    colours = {label: COLOURS[k % len(COLOURS)] for k, label in enumerate(labels)}
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(9.0, 3.9), layout="constrained")
        left, right = figure.subplots(1, 2)
        words = {1: "all words", 2: "all vectors of 2 words"}[dim]
        words = "all pairs of words" if operation == "divide" else words
        figure.suptitle(f"{operation}: errors in output words, {words}", fontsize=10)
        _widths(left, chosen, colours)
        _inputs(right, [row for row in chosen if "profile" in row], axis, colours)
        figure.savefig(path, format="png", dpi=140, metadata={"Software": None})


def _widths(axes: Axes, rows: Sequence[Row], colours: Mapping[str, str]) -> None:
    ends = []
    widths = sorted({row["width"] for row in rows})
    for label, colour in colours.items():
        found = sorted((row["width"], row["worst"]) for row in rows if row["label"] == label)
        at, worst = zip(*found, strict=True)
        heights = np.maximum(worst, NO_ERROR)
        axes.plot(at, heights, "o-", color=colour, markersize=3.5, linewidth=1.4)
        ends.append((label, float(heights[-1]), colour))
    _logarithmic(axes, NO_ERROR, max(row["worst"] for row in rows))
    axes.set_xticks(widths)
    axes.set_xlabel("bits of a word")
    axes.set_ylabel("worst error")
    _name(axes, ends, widths[-1])


def _name(axes: Axes, ends: Sequence[tuple[str, float, str]], at: float) -> None:
    """Write each label at the end of its curve; labels keep a distance of a line."""
    low, high = np.log(axes.get_ylim())
    line, place = (high - low) / 15, -np.inf
    for label, height, colour in sorted(ends, key=lambda end: end[1]):
        place = max(place + line, float(np.log(height)))
        axes.annotate(
            label,
            (at, height),
            (8, 0),
            textcoords="offset points",
            color=colour,
            va="center",
            annotation_clip=False,
        ).set_position((8, _points(axes, height, float(np.exp(place)))))


def _points(axes: Axes, height: float, place: float) -> float:
    """The distance between two heights in points, on the axes as they are laid out."""
    axes.figure.draw_without_rendering()  # type: ignore[union-attr]
    ends = axes.transData.transform([(0.0, height), (0.0, place)])
    return float(ends[1][1] - ends[0][1]) * 72 / axes.figure.dpi


def _inputs(axes: Axes, rows: Sequence[Row], axis: str, colours: Mapping[str, str]) -> None:
    for row in rows:
        at, _, mean = zip(*row["profile"], strict=True)
        axes.plot(at, np.maximum(mean, SMALL), color=colours[row["label"]], linewidth=1.4)
    _logarithmic(axes, SMALL, max(point[2] for row in rows for point in row["profile"]))
    axes.set_xlabel(f"{axis}, at 8 bits")
    axes.set_ylabel("mean error")


def _logarithmic(axes: Axes, bottom: float, largest: float) -> None:
    """Powers of two or four up to the largest error, and a bottom that stands for none."""
    top = max(2.0, largest)
    step = 2 if top / bottom <= 2**8 else 4
    ticks = [bottom]
    at = 1.0
    while at > 2 * bottom:
        at /= step
    while at <= top * 1.2:
        ticks += [at] if at > bottom else []
        at *= step
    axes.set_yscale("log", base=2)
    axes.set_ylim(bottom * 0.85, top * 1.4)
    axes.yaxis.set_major_locator(FixedLocator(ticks))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value, bottom)))
    axes.grid(axis="y", color="#e4e4e4", linewidth=0.6)
    axes.set_axisbelow(True)


def _tick(value: float, bottom: float) -> str:
    """`0` or `< 1/256` at the bottom, whole numbers and fractions above it."""
    if value <= bottom:
        return "0" if bottom == NO_ERROR else f"< 1/{1 / bottom:.0f}"
    return f"{value:,.0f}" if value >= 1 else f"1/{1 / value:.0f}"

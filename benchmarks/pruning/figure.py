"""The figure: accuracy by criterion, and what is left of each cost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.pruning.page import MAIN, TYPES

Row = dict[str, Any]

COLOURS = {"norm": "#cc79a7", "activity": "#d55e00", "routing": "#009e73", MAIN: "#0072b2"}
"""Okabe and Ito's, which colour-blind readers tell apart."""

MARKS = {"norm": "s", "activity": "^", "routing": "D", MAIN: "o"}


def draw(results: dict[str, Any], path: Path) -> None:
    """Write the figure.

    Args:
        results: of the benchmark.
        path: a PNG.
    """
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(9.0, 3.9), layout="constrained")
        left, right = figure.subplots(1, 2)
        figure.suptitle("ShallowCaps on MNIST without some of its 32 capsule types", fontsize=10)
        _accuracies(left, results["rows"])
        _costs(right, results["rows"], results["times"])
        figure.savefig(path, format="png", dpi=140, metadata={"Software": None})


def _accuracies(axes: Axes, rows: list[Row]) -> None:
    whole = next(row for row in rows if row["keep"] == TYPES)
    for name, colour in COLOURS.items():
        own = [whole, *(r for r in rows if r["criterion"] == name and r["keep"] < TYPES)]
        _line(axes, own, name, lambda row: _share(row, "words"), colour, MARKS[name], "-")
        _line(axes, own, None, lambda row: _share(row, "floats"), colour, "", ":")
    images = min(row["compared"]["images"] for row in rows)
    axes.set_ylabel(f"right of {images:,} test images, %")
    axes.plot([], [], ":", color="#222222", label="in floats")
    _frame(axes, "lower right")


def _share(row: Row, kind: str) -> float:
    return 100 * float(row["compared"][kind]) / float(row["compared"]["images"])


def _costs(axes: Axes, rows: list[Row], times: list[Row]) -> None:
    main = [row for row in rows if row["criterion"] == MAIN]
    whole = next(row for row in main if row["keep"] == TYPES)
    costs = (("macs", "multiply-accumulates", "#222222", "o"),)
    costs += (("weight_bits", "weights", "#0072b2", "s"),)
    costs += (("activation_bits", "activations", "#009e73", "^"),)
    for key, label, colour, mark in costs:
        _line(axes, main, label, lambda r, k=key: 100 * r[k] / whole[k], colour, mark, "-")
    for kind, label, colour in (
        ("words", "time, 8 bits", "#d55e00"),
        ("floats", "time, floats", "#cc79a7"),
    ):
        _line(axes, times, label, lambda r, k=kind: 100 * r[k]["ratio"], colour, "D", "--")
    axes.set_ylabel("of the whole network, %")
    _frame(axes, "upper left")


def _line(
    axes: Axes,
    rows: list[Row],
    label: str | None,
    height: Callable[[Row], float],
    colour: str,
    mark: str,
    style: str,
) -> None:
    points = sorted((row["keep"], height(row)) for row in rows)
    at, heights = zip(*points, strict=True)
    axes.plot(at, heights, f"{mark}{style}", color=colour, markersize=4, linewidth=1.4, label=label)


def _frame(axes: Axes, place: str) -> None:
    axes.set_xlabel("capsule types kept")
    axes.set_xticks([4, 8, 16, 24, 32])
    axes.set_ylim(0, 103)
    axes.grid(axis="y", color="#e4e4e4", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.legend(frameon=False, loc=place, fontsize=8)

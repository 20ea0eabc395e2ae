"""The figure: cost of an image over batch, width and size of the network."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

Point = dict[str, Any]

COLOUR = "#0072b2"

AXES = {
    "batch": "images a batch (mnist-small, 8 bits)",
    "width": "bits of all words (mnist-small)",
    "macs": "million multiply-accumulates an image (8 bits)",
}


def draw(points: Sequence[Point], path: Path) -> None:
    """Write the figure of the growth of cost as a PNG."""
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(10.0, 3.4), layout="constrained")
        for axes, series in zip(figure.subplots(1, 3), AXES, strict=True):
            _series(axes, series, [point for point in points if point["series"] == series])
        figure.suptitle("processor milliseconds an image, one thread", fontsize=10)
        figure.savefig(path, format="png", dpi=140, metadata={"Software": None})


def _series(axes: Axes, series: str, points: Sequence[Point]) -> None:
    scale = 1e6 if series == "macs" else 1
    at = [point["at"] / scale for point in points]
    cost = [point["ms"] for point in points]
    axes.plot(at, cost, "o-", color=COLOUR, markersize=4, linewidth=1.4)
    axes.set_xlabel(AXES[series])
    axes.grid(axis="y", color="#e4e4e4", linewidth=0.6)
    axes.set_axisbelow(True)
    if series == "macs":
        axes.set_yscale("log", base=2)
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        _logarithmic(axes, at)
    else:
        axes.set_ylim(0, 1.15 * max(cost, default=1))
        if series == "batch":
            _logarithmic(axes, at)
        else:
            axes.set_xticks(at)


def _logarithmic(axes: Axes, at: Sequence[float]) -> None:
    """A logarithmic axis with a tick at every point."""
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_locator(FixedLocator(list(at)))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.3g}"))

"""The figure: what each method needs, by tolerance, and what its search executes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

Row = dict[str, Any]

COLOURS = {
    "optimal": "#0072b2",
    "qcapsnets": "#d55e00",
    "uniform": "#555555",
    "progressive-layer": "#009e73",
    "progressive-block": "#f0e442",
    "progressive-routing": "#cc79a7",
}
"""Okabe and Ito's, which colour-blind readers tell apart."""

MARKS = dict(zip(COLOURS, "osD^vP", strict=True))


def draw(results: dict[str, Any], path: Path) -> None:
    """Write the figure.

    Args:
        results: of the benchmark.
        path: a PNG.
    """
    rows = [row for row in results["rows"] if not row["budget"]]
    networks = list(dict.fromkeys(row["network"] for row in rows))
    with mpl.rc_context({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(9.0, 3.7 * len(networks)), layout="constrained")
        grid = figure.subplots(len(networks), 2, squeeze=False)
        for (left, right), network in zip(grid, networks, strict=True):
            own = [row for row in rows if row["network"] == network]
            _front(left, own)
            _work(right, own)
            left.set_title(network, loc="left", fontsize=10)
        figure.savefig(path, format="png", dpi=140, metadata={"Software": None})


def _of(rows: list[Row], method: str) -> list[Row]:
    return sorted((r for r in rows if r["method"] == method), key=lambda r: float(r["tolerance"]))


def _front(axes: Axes, rows: list[Row]) -> None:
    """Weights against activations; a line goes through the tolerances of a method."""
    for method, colour in COLOURS.items():
        own = _of(rows, method)
        axes.plot(
            [row["weight_bits"] / 8000 for row in own],
            [row["activation_bits"] / 8000 for row in own],
            f"{MARKS[method]}-",
            color=colour,
            markersize=5,
            linewidth=1,
            label=method if own else None,
        )
        for row in own:
            axes.annotate(
                row["tolerance"],
                (row["weight_bits"] / 8000, row["activation_bits"] / 8000),
                xytext=(4, 4),
                textcoords="offset points",
                size=7,
                color=colour,
            )
    axes.set_xlabel("weights, kB (figures: tolerance in points)")
    axes.set_ylabel("activations of an image, kB")
    axes.grid(color="#e4e4e4", linewidth=0.6)
    axes.legend(frameon=False, fontsize=8)


def _work(axes: Axes, rows: list[Row]) -> None:
    """Executed multiply-accumulates by tolerance."""
    for method, colour in COLOURS.items():
        own = _of(rows, method)
        axes.plot(
            [float(row["tolerance"]) for row in own],
            [row["macs"] / 1e9 for row in own],
            f"{MARKS[method]}-",
            color=colour,
            markersize=5,
            linewidth=1,
        )
    axes.set_xlabel("tolerance, points")
    axes.set_ylabel("executed in the search, 10^9 multiply-accumulates")
    axes.set_ylim(0)
    axes.grid(color="#e4e4e4", linewidth=0.6)

"""The figure of ranges against formats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from fxcaps.network import Entry, Program
from fxcaps.plots.style import BLUE, INK, ORANGE, PALE, save
from fxcaps.types import Reason, Rejection


def ranges_figure(program: Program, path: Path) -> None:
    """Draw what each format can hold against what calibration saw.

    One row a tensor, from the first step down: the bar spans one step of the format to its
    largest word, the mark is the largest magnitude seen. A mark beyond the bar is clipped;
    bar left of the mark is precision, bar right of it is headroom that is not used.

    The ending of the path says what kind of file it is; without one it is a PNG.
    Rejects a Program without recorded ranges with `TENSOR_MISSING`, other endings with
    `NAME_UNKNOWN`.
    """
    ranges: Mapping[str, Sequence[float]] = program.origin.get("ranges", {})
    rows = [
        (name, program.tensors[name], max(abs(float(low)), abs(float(high))))
        for name, (low, high) in ranges.items()
        if name in program.tensors and (low or high)
    ]
    if not rows:
        raise Rejection(Reason.TENSOR_MISSING, f"{program.name}: no calibration ranges recorded")
    save(lambda: _draw(program.name, rows), path)


def _draw(name: str, rows: list[tuple[str, Entry, float]]) -> Figure:
    figure = Figure(figsize=(8.0, 1.4 + 0.27 * len(rows)), layout="constrained")
    axes = figure.add_subplot()
    for y, (_, entry, largest) in enumerate(rows):
        step, top = float(entry.format.step), float(entry.format.value(entry.format.max))
        axes.barh(y, top - step, left=step, height=0.62, color=PALE, edgecolor=BLUE, linewidth=0.6)
        clipped = largest > top
        axes.plot(
            largest, y, "D" if clipped else "o", color=ORANGE if clipped else BLUE, markersize=5
        )
        axes.annotate(
            str(entry.format),
            (1.01, y),
            xycoords=("axes fraction", "data"),
            va="center",
            color=INK,
            family="monospace",
        )
    axes.set_xscale("log", base=2)
    steps = [float(entry.format.step) for _, entry, _ in rows]
    tops = [float(entry.format.value(entry.format.max)) for _, entry, _ in rows]
    axes.set_xlim(min(steps) / 2, 2 * max(tops + [largest for _, _, largest in rows]))
    axes.set_yticks(range(len(rows)), [row[0] for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.set_xlabel(
        "magnitude: one step to largest word (bar), largest value in calibration (mark)"
    )
    axes.set_title(f"{name}: calibrated ranges against formats", loc="left")
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    axes.plot([], [], "o", color=BLUE, label="held")
    axes.plot([], [], "D", color=ORANGE, label="clipped")
    axes.legend(loc="lower right", frameon=True, framealpha=0.9)
    return figure

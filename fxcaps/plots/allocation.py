"""Figures of a certificate: widths, ranges, errors, sensitivity, search path, confusion.

All of them are made of what `certificate.json` says, which is passed as it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fxcaps.plots.style import BLUE, GREY, INK, ORANGE, PALE, save
from fxcaps.types import Format

Content = Mapping[str, Any]

_CONSTANT = "#edae49"
"""Weights, beside the blue of what is computed."""

_ROW = 0.25
"""Inches a tensor."""

_WORST = 60.0
"""dB at which the axis of SQNR ends."""


def allocation_figures(content: Content, other: Content | None = None) -> dict[str, Figure]:
    """The figures by name, in the order of the page; those without data are left out.

    Args:
        content: of a certificate.
        other: of another one of the same network, to be compared with.
    """
    makers: dict[str, Callable[[], Figure | None]] = {
        "widths": lambda: _widths(content, other),
        "ranges": lambda: _ranges(content),
        "quality": lambda: _quality(content),
        "sensitivity": lambda: _sensitivity(content),
        "search": lambda: _search(content, other),
        "confusion": lambda: _confusion(content),
    }
    with mpl.rc_context({"font.size": 9}):
        made = {name: make() for name, make in makers.items()}
    return {name: figure for name, figure in made.items() if figure is not None}


def to_svg(figure: Figure) -> str:
    """A figure as an SVG element, its letters as text."""
    stream = StringIO()
    with mpl.rc_context({"svg.hashsalt": "fxcaps", "svg.fonttype": "none"}):
        figure.savefig(stream, format="svg", metadata={"Date": None})
    text = stream.getvalue()
    return text[text.index("<svg") :]


def save_figures(figures: Mapping[str, Figure], directory: Path) -> None:
    """Write each as a PNG."""
    for name, figure in figures.items():
        save(lambda drawn=figure: drawn, directory / f"{name}.png")  # type: ignore[misc]


def _rows(content: Content) -> list[tuple[str, Mapping[str, Any]]]:
    return [(n, row) for n, row in content["tensors"].items() if n in content["widths"]]


def _figure(rows: int, width: float = 8.0) -> Figure:
    return Figure(figsize=(width, 1.2 + _ROW * rows), layout="constrained")


def _plain(axes: Axes, names: Sequence[str] | None = None) -> None:
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(axis="y", length=0)
    if names is not None:
        axes.set_yticks(range(len(names)), names)
        axes.set_ylim(len(names) - 0.4, -0.6)


def _widths(content: Content, other: Content | None) -> Figure:
    rows = _rows(content)
    figure = _figure(len(rows))
    axes = figure.add_subplot()
    for y, (name, row) in enumerate(rows):
        bits = content["widths"][name]
        colour = _CONSTANT if row["kind"] == "constant" else BLUE
        axes.barh(y, bits, height=0.62, color=GREY if row["kind"] == "input" else colour)
        axes.annotate(str(bits), (bits - 0.12, y), ha="right", va="center", color="white", size=8)
        before = other["widths"].get(name) if other else None
        if before is not None and before != bits:
            axes.plot([before, before], [y - 0.4, y + 0.4], color=ORANGE, linewidth=2.2)
    axes.bar(0, 0, color=_CONSTANT, label="weights")
    axes.bar(0, 0, color=BLUE, label="activations")
    if other:
        axes.plot([], [], color=ORANGE, linewidth=2.2, label="the other certificate, if different")
    _plain(axes, [name for name, _ in rows])
    axes.set_xlabel("bits of a word")
    figure.legend(loc="outside upper right", ncols=3, frameon=False)
    return figure


def _ranges(content: Content) -> Figure | None:
    rows = []
    for name, row in _rows(content):
        low, high = row.get("range", (0.0, 0.0))
        if low or high:
            rows.append((name, Format.parse(content["formats"][name]), max(abs(low), abs(high))))
    if not rows:
        return None
    figure = _figure(len(rows))
    axes = figure.add_subplot()
    for y, (_, format, largest) in enumerate(rows):
        step, top = float(format.step), float(format.value(format.max))
        axes.barh(y, top - step, left=step, height=0.62, color=PALE, edgecolor=BLUE, linewidth=0.6)
        clipped = largest > top
        mark, colour = ("D", ORANGE) if clipped else ("o", BLUE)
        axes.plot(largest, y, mark, color=colour, markersize=5)
        axes.annotate(
            str(format),
            (1.01, y),
            xycoords=("axes fraction", "data"),
            va="center",
            family="monospace",
            size=8,
        )
    axes.set_xscale("log", base=2)
    _plain(axes, [name for name, _, _ in rows])
    axes.set_xlabel("one step to largest word (bar), largest magnitude in calibration (mark)")
    return figure


def _quality(content: Content) -> Figure:
    """SQNR with and without clipping, the share that is clipped, events a thousand words."""
    rows = [(name, row) for name, row in _rows(content) if row["kind"] != "input"]
    figure = _figure(len(rows), 9.0)
    noise, share, events = figure.subplots(1, 3, sharey=True, width_ratios=(1.4, 1, 1))
    images = content["accuracy"]["images"]
    for y, (_, row) in enumerate(rows):
        found = row.get("sqnr")
        if found is not None:
            noise.barh(y, min(found, _WORST), height=0.62, color=BLUE if found > 0 else ORANGE)
            without = row.get("sqnr_unclipped")
            if without is not None and without - found > 0.1:
                noise.plot(min(without, _WORST), y, "|", color=ORANGE, markersize=10)
        share.barh(y, 100 * row.get("clipped", 0.0), height=0.62, color=ORANGE)
        words = math.prod(row["shape"]) * images
        lost = sum(count for event, count in row["events"].items() if event != "inexact")
        events.barh(y, 1000 * lost / words, height=0.62, color=ORANGE)
    for axes, text in (
        (noise, "SQNR, dB (mark: without clipping)"),
        (share, "values clipped, %"),
        (events, "words that did not fit, per 1,000"),
    ):
        _plain(axes, [name for name, _ in rows] if axes is noise else None)
        axes.set_xlabel(text)
    return figure


def _sensitivity(content: Content) -> Figure | None:
    """A heat map of errors, the chosen widths framed."""
    errors: Mapping[str, Mapping[str, float]] = content["details"].get("sensitivity", {})
    if not errors:
        return None
    widths = sorted({int(width) for row in errors.values() for width in row})
    table = np.array(
        [[row.get(str(width), math.nan) for width in widths] for row in errors.values()]
    )
    with np.errstate(divide="ignore"):
        shown = np.log10(np.where(np.isfinite(table) & (table > 0), table, np.nan))
    figure = _figure(len(errors))
    axes = figure.add_subplot()
    image = axes.imshow(shown, aspect="auto", cmap="viridis")
    for y, name in enumerate(errors):
        chosen = content["widths"][name]
        if chosen in widths:
            x = widths.index(chosen)
            frame = mpl.patches.Rectangle(
                (x - 0.5, y - 0.5), 1, 1, fill=False, edgecolor=ORANGE, linewidth=2
            )
            axes.add_patch(frame)
    axes.set_xticks(range(len(widths)), [str(width) for width in widths])
    axes.set_yticks(range(len(errors)), list(errors))
    axes.set_xlabel("bits of this tensor alone (framed: chosen)")
    figure.colorbar(image, label="log10 of the squared error of class scores")
    return figure


def _weight_bits(content: Content, widths: Mapping[str, int]) -> int:
    return sum(
        math.prod(row["shape"]) * widths[name]
        for name, row in _rows(content)
        if row["kind"] == "constant"
    )


def _search(content: Content, other: Content | None) -> Figure:
    """Every evaluation of whole widths: bits of weights against images that were right."""
    figure = Figure(figsize=(8.0, 3.8), layout="constrained")
    axes = figure.add_subplot()
    total = content["accuracy"]["images"]
    for found, colour, label in ((other, GREY, "the other search"), (content, BLUE, "this search")):
        if found is None:
            continue
        points = [
            (_weight_bits(found, r["widths"]) / 8000, 100 * r["correct"] / r["images"])
            for r in found["path"]
            if r["reference"] is None and r["images"] == found["accuracy"]["images"]
        ]
        axes.plot(
            [p[0] for p in points],
            [p[1] for p in points],
            "o",
            color=colour,
            alpha=0.55,
            markersize=5,
            label=f"{label}, whole evaluations",
        )
        front = _front(points)
        axes.step([p[0] for p in front], [p[1] for p in front], where="post", color=colour)
        words = found["accuracy"]["words"]["correct"]
        axes.plot(
            _weight_bits(found, found["widths"]) / 8000,
            100 * words / found["accuracy"]["images"],
            "*",
            color=ORANGE if found is content else GREY,
            markersize=14,
            label="answer" if found is content else None,
        )
    axes.axhline(100 * content["needed"] / total, color=INK, linestyle=":", label="needed")
    axes.set_xlabel("weights, kB of 1,000 bytes")
    axes.set_ylabel("validation images right, %")
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#dddddd", linewidth=0.6)
    axes.legend(loc="lower right", framealpha=0.9)
    return figure


def _front(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Points that no other beats in both, from small to large."""
    front: list[tuple[float, float]] = []
    for point in sorted(points, key=lambda p: (p[0], -p[1])):
        if not front or point[1] > front[-1][1]:
            front.append(point)
    return front


def _confusion(content: Content) -> Figure:
    table = np.array(content["confusion"])
    figure = Figure(figsize=(4.8, 4.4), layout="constrained")
    axes = figure.add_subplot()
    off = table - np.diag(np.diag(table))
    axes.imshow(off, cmap="OrRd", vmin=0, vmax=max(1, off.max()))
    for y, row in enumerate(table):
        for x, count in enumerate(row):
            if count:
                strong = x != y and count > off.max() / 2
                axes.annotate(
                    str(count),
                    (x, y),
                    ha="center",
                    va="center",
                    size=7,
                    color="white" if strong else INK if x != y else GREY,
                )
    axes.set_xlabel("class by words")
    axes.set_ylabel("class by floats")
    axes.set_xticks(range(len(table)))
    axes.set_yticks(range(len(table)))
    return figure

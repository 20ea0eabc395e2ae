"""The figure of a diagnosis: verdict, tensors, couplings, logits."""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from fxcaps.inside import (
    CouplingMeasure,
    Diagnosis,
    Severity,
    Survey,
    TensorMeasure,
    UpdateMeasure,
    percent,
)
from fxcaps.plots.style import BLUE, GREY, INK, ORANGE, PALE, save
from fxcaps.types import Event

_LINES = 8
"""Findings that the head of the figure names."""

_LEAST_RATE = 1e-7
"""Left end of the rates: less than one word in the longest runs."""

_MARKS = {
    Event.SATURATED: ("D", ORANGE, "saturated"),
    Event.WRAPPED: ("X", INK, "wrapped"),
    Event.ACCUMULATOR_OVERFLOW: ("^", "#edae49", "register overflow"),
}

_COLOURS = {
    Severity.CRITICAL: ORANGE,
    Severity.WARNING: "#b07d1a",
    Severity.NOTICE: GREY,
    Severity.GOOD: BLUE,
}


def diagnosis_figure(found: Diagnosis, path: Path) -> None:
    """Draw a diagnosis.

    Above the findings; on the left a row a tensor with the bits it used, the words that are
    zero and how many did not fit; on the right, where the Program routes, how the coefficients
    of every iteration lie around the uniform one, and how many logits each update changed.

    The ending of the path says what kind of file it is; without one it is a PNG. Rejects other
    endings with `NAME_UNKNOWN`.
    """
    save(lambda: _draw(found), path)


class _Canvas:
    """A figure on which axes are placed in inches from the left and from the top."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.figure = Figure(figsize=(width, height))

    def axes(self, left: float, top: float, width: float, height: float, **more: Any) -> Axes:
        """Axes of that place and size."""
        bottom = self.height - top - height
        rectangle = (left / self.width, bottom / self.height)
        size = (width / self.width, height / self.height)
        return self.figure.add_axes((*rectangle, *size), **more)

    def text(self, left: float, top: float, text: str, **more: Any) -> None:
        """A line of text, centred on its height, without markup."""
        place = (left / self.width, 1 - top / self.height)
        self.figure.text(*place, text, va="center", parse_math=False, **more)


def _draw(found: Diagnosis) -> Figure:
    survey = found.survey
    rows = [item for item in survey.tensors.values() if item.words]
    names = 0.35 + 0.068 * max(len(item.name) for item in rows)
    top = 1.25 + 0.2 * min(len(found.findings), _LINES + 1)
    body = max(3.6, 0.22 * len(rows))
    routed = names + 6.6  # where the tensors' panels end
    canvas = _Canvas(routed + (names + 4.2 if survey.couplings else 0.2), top + body + 0.75)
    _verdict(canvas, found)
    _tensors(canvas, rows, (names, top), body)
    if survey.couplings:
        _routing(canvas, survey, (routed + names, top), body)
    return canvas.figure


def _verdict(canvas: _Canvas, found: Diagnosis) -> None:
    survey = found.survey
    title = f"{survey.program.name}: inside, over {survey.images:,} images"
    canvas.text(0.2, 0.28, title, size=13, weight="bold", color=INK)
    columns = int((canvas.width - 1.2) / 0.073)
    shown = found.findings[:_LINES]
    for k, item in enumerate(shown):
        colour, top = _COLOURS[item.severity], 0.6 + 0.2 * k
        canvas.text(0.2, top, item.severity.name.lower(), color=colour, weight="bold")
        text = textwrap.shorten(f"{item.where}: {item.text}", columns, placeholder=" ...")
        canvas.text(1.0, top, text, color=INK)
    rest = len(found.findings) - len(shown)
    if rest:
        canvas.text(1.0, 0.6 + 0.2 * len(shown), f"and {rest} more", color=GREY)


def _tensors(
    canvas: _Canvas, rows: list[TensorMeasure], corner: tuple[float, float], body: float
) -> None:
    left, top = corner
    bits = canvas.axes(left, top, 1.6, body)
    zeros = canvas.axes(left + 2.35, top, 1.2, body, sharey=bits)
    rates = canvas.axes(left + 3.8, top, 2.5, body, sharey=bits)
    y = np.arange(len(rows))
    _bits(bits, rows)
    shares = [item.zeros / item.words for item in rows]
    zeros.barh(y, [100 * share for share in shares], height=0.62, color=_shades(rows, shares))
    zeros.set_xlim(0, 100)
    zeros.set_title("zero words, %", loc="left", size=10)
    _rates(rates, rows)
    for axes in (bits, zeros, rates):
        _plain(axes)
        axes.tick_params(axis="y", length=0, labelleft=axes is bits)
    bits.set_yticks(y, [item.name for item in rows])
    bits.set_ylim(len(rows) - 0.4, -0.6)


def _shades(rows: list[TensorMeasure], shares: list[float]) -> list[str]:
    """Orange where a tensor that could vary is nothing but zeros."""
    pairs = zip(rows, shares, strict=True)
    return [ORANGE if item.varies and share == 1 else PALE for item, share in pairs]


def _bits(axes: Axes, rows: list[TensorMeasure]) -> None:
    for y, item in enumerate(rows):
        used = item.format.width - item.unused_bits
        colour = BLUE if item.zeros < item.words else PALE
        axes.barh(y, used, height=0.62, color=colour)
        if item.unused_bits:
            axes.barh(
                y,
                item.unused_bits,
                left=used,
                height=0.62,
                color="white",
                edgecolor=ORANGE,
                hatch="////",
                linewidth=0.6,
            )
        axes.annotate(
            str(item.format),
            (1.02, y),
            xycoords=("axes fraction", "data"),
            va="center",
            color=INK,
            family="monospace",
            size=8,
        )
    axes.set_xlim(0, max(item.format.width for item in rows))
    axes.set_title("bits (hatched: unused)", loc="left", size=10)


def _rates(axes: Axes, rows: list[TensorMeasure]) -> None:
    for event, (marker, colour, label) in _MARKS.items():
        found = [(item.rate(event), y) for y, item in enumerate(rows) if item.events.get(event)]
        axes.plot(
            [rate for rate, _ in found],
            [y for _, y in found],
            marker,
            color=colour,
            markersize=6,
            label=label,
            clip_on=False,
            linestyle="none",
        )
    axes.set_xscale("log")
    axes.set_xlim(_LEAST_RATE, 1)
    axes.axvspan(0.01, 1, color=ORANGE, alpha=0.07, linewidth=0)
    axes.set_title("share of words that did not fit", loc="left", size=10)
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(-0.05, -0.05),
        ncols=3,
        frameon=False,
        fontsize=8,
        handletextpad=0.1,
        columnspacing=0.9,
    )


def _routing(canvas: _Canvas, survey: Survey, corner: tuple[float, float], body: float) -> None:
    left, top = corner
    couplings, updates = list(survey.couplings.values()), list(survey.updates.values())
    if not updates:
        _couplings(canvas.axes(left, top, 4.0, body), couplings)
        return
    room = body - 0.85  # between the two panels
    part = room * 1.4 * len(couplings) / (1.4 * len(couplings) + 0.7 * len(updates))
    _couplings(canvas.axes(left, top, 4.0, part), couplings)
    _updates(canvas.axes(left, top + part + 0.85, 4.0, room - part), updates)


def _couplings(axes: Axes, couplings: list[CouplingMeasure]) -> None:
    """A ridge a coupling: how often each coefficient is seen, in units of the uniform one."""
    for y, item in enumerate(couplings):
        values, heights = _ridge(item)
        base = np.full(len(values), float(y))
        dead = item.varies and item.uniform == item.rows
        colour = ORANGE if dead else BLUE if item.varies else GREY
        axes.fill_between(
            values,
            base,
            y - 0.78 * heights,
            step="mid",
            color=colour,
            alpha=0.85,
            linewidth=0.8,
            edgecolor=colour,
        )
        axes.axhline(y, color=GREY, linewidth=0.6)
        start = ", the start" if not item.varies else ""
        lines = [
            f"{percent(item.uniform / item.rows)} of rows uniform{start}",
            f"mean largest of a row: {item.sharpness:.2f}",
        ]
        if item.zeros:
            lines.append(f"{percent(item.zeros / (item.rows * item.outputs))} of words zero")
        axes.annotate(
            "\n".join(lines),
            (0.01, y - 0.72),
            xycoords=("axes fraction", "data"),
            va="top",
            size=8,
            color=INK,
        )
    axes.axvline(1, color=INK, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
    axes.set_xscale("log", base=2)
    most = max(item.outputs for item in couplings)
    axes.set_xlim(2.0**-6, 2 * most)
    axes.set_yticks(range(len(couplings)), [item.name for item in couplings])
    axes.set_ylim(len(couplings) - 0.9, -0.95)
    axes.set_title("coupling in units of the uniform one, log counts", loc="left", size=10)
    _plain(axes)
    axes.tick_params(axis="y", length=0)


def _ridge(item: CouplingMeasure) -> tuple[Any, Any]:
    """Bins of a twelfth of an octave: value in units of the uniform one, height up to 1.

    Heights are logarithms of counts, so that a thousandth of the coefficients can be seen.
    """
    words = (np.arange(item.histogram.size) << item.shared) + item.format.min
    seen = (item.histogram > 0) & (words > 0)
    octave = np.log2(words[seen] * float(item.format.step) * item.outputs)
    edges = np.arange(-8.0, np.log2(item.outputs) + 2, 1 / 12)
    counts, _ = np.histogram(octave, bins=edges, weights=item.histogram[seen])
    heights = np.log10(1 + counts)
    return 2.0 ** ((edges[:-1] + edges[1:]) / 2), heights / max(heights.max(), 1)


def _updates(axes: Axes, updates: list[UpdateMeasure]) -> None:
    for y, item in enumerate(updates):
        share = 100 * item.changed / item.logits
        axes.barh(y, 100, height=0.5, color="#eef2f5")
        axes.barh(y, share, height=0.5, color=BLUE)
        words = f"{item.changed:,} of {item.logits:,} ({percent(item.changed / item.logits)})"
        colour = INK if item.changed else ORANGE
        axes.annotate(words, (99, y), ha="right", va="center", size=8, color=colour)
    axes.set_xlim(0, 100)
    axes.set_yticks(range(len(updates)), [item.after for item in updates])
    axes.set_ylim(len(updates) - 0.4, -0.6)
    axes.set_title("logits that the update changed, %", loc="left", size=10)
    _plain(axes)
    axes.tick_params(axis="y", length=0)


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="x", color="#dddddd", linewidth=0.6)
    axes.set_axisbelow(True)

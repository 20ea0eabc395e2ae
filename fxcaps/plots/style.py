"""What the figures share: colours and how they are written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
from matplotlib.figure import Figure

from fxcaps.network.files import written_beside
from fxcaps.types import Reason, Rejection

BLUE, ORANGE, INK, PALE, GREY = "#2a6f97", "#d1495b", "#222222", "#c9dbe6", "#8a8f94"
"""Distinct to colour-blind readers and in grey."""


def save(draw: Callable[[], Figure], path: Path) -> None:
    """Draw with the project's settings and write a file whole or not at all.

    The ending of the path says what kind of file it is; without one it is a PNG. Rejects other
    endings with `NAME_UNKNOWN`.
    """
    with mpl.rc_context({"font.size": 9, "svg.hashsalt": "fxcaps"}):
        figure = draw()
    kind = path.suffix.lstrip(".") or "png"
    known = figure.canvas.get_supported_filetypes()
    if kind not in known:
        raise Rejection(
            Reason.NAME_UNKNOWN, f"{path}: no figures of kind {kind!r}; known: {', '.join(known)}"
        )
    with written_beside(path) as partial:
        figure.savefig(partial, format=kind, dpi=150)

"""The figure of ranges against formats; it needs matplotlib, an extra."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fxcaps.network import Program, expand
from fxcaps.types import Reason
from tests.network.build import one_step_program, small_program
from tests.support.outcomes import Rejected, rejection_of

pytest.importorskip("matplotlib", reason="figures need matplotlib, which is not installed")

RANGES = {"given": [0.0, 200.0], "made": [-3.0, 2.0], "unknown": [0.0, 1.0]}


def drawn(program: Program, path: Path) -> None:
    """Draw the figure; matplotlib is imported by the test that has it."""
    from fxcaps import plots  # noqa: PLC0415 - after importorskip

    plots.ranges_figure(program, path)


def marks(program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The mark and its place for every row that is drawn."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - after importorskip

    kept: list[Figure] = []
    save = Figure.savefig

    def keep(figure: Figure, *arguments: Any, **options: Any) -> None:
        kept.append(figure)
        save(figure, *arguments, **options)

    monkeypatch.setattr(Figure, "savefig", keep)
    drawn(program, tmp_path / "figure.png")
    (axes,) = kept[0].axes
    labels = [label.get_text() for label in axes.get_yticklabels()]
    rows = [(line.get_marker(), np.asarray(line.get_xdata()).tolist()) for line in axes.lines]
    places = [(marker, place[0]) for marker, place in rows if place]
    return dict(zip(labels, places, strict=True))


def test_marks_what_is_clipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given one range beyond its format and one within, when drawn, then the marks differ."""
    program = replace(one_step_program(), origin={"ranges": RANGES})
    assert marks(program, tmp_path, monkeypatch) == {"given": ("D", 200.0), "made": ("o", 3.0)}


def test_has_a_row_for_every_tensor_that_is_not_zero(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a quantised Program, when drawn, then only the zero logits have no row."""
    program = small_program()
    rows = marks(program, tmp_path, monkeypatch)
    assert list(rows) == [name for name in program.traced if name != "digit.b0"]


@pytest.mark.parametrize("name", ["figure.png", "figure", "figure.svg"])
def test_the_ending_says_the_kind(name: str, tmp_path: Path) -> None:
    """Given an ending, when drawn, then the file is of that kind, PNG without one."""
    start = {"figure.svg": b"<?xml"}.get(name, b"\x89PNG")
    drawn(small_program(), tmp_path / name)
    assert (tmp_path / name).read_bytes().startswith(start)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_drawn_twice_it_is_the_same(tmp_path: Path) -> None:
    """Given one Program and its expanded form, when drawn, then the bytes are equal."""
    drawn(small_program(), tmp_path / "first.png")
    drawn(expand(small_program()), tmp_path / "second.png")
    assert (tmp_path / "first.png").read_bytes() == (tmp_path / "second.png").read_bytes()


def test_refuses(tmp_path: Path) -> None:
    """Given no ranges, a strange ending or a directory, when drawn, then one line says so."""
    path = tmp_path / "figure.png"
    assert rejection_of(lambda: drawn(one_step_program(), path)) == Rejected(
        Reason.TENSOR_MISSING, "one-step: no calibration ranges recorded"
    )
    strange = rejection_of(lambda: drawn(small_program(), tmp_path / "figure.exe"))
    assert strange.reason is Reason.NAME_UNKNOWN
    start = f"{tmp_path / 'figure.exe'}: no figures of kind 'exe'; known: "
    assert strange.message.startswith(start)
    path.mkdir()
    assert rejection_of(lambda: drawn(small_program(), path)) == Rejected(
        Reason.FILE_UNWRITABLE, f"{path}: Is a directory"
    )
    assert list(tmp_path.iterdir()) == [path]

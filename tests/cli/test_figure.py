"""The figures; they need matplotlib, an extra."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fxcaps import api
from fxcaps.network import Program, expand
from fxcaps.types import Reason
from tests.inside.build import dead_program
from tests.network.build import one_step_program, small_images, small_network, small_program
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


def diagnosis_axes(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Any, dict[str, Any]]:
    """The figure of a diagnosis of five images, and its panels by title."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - after importorskip

    from fxcaps import plots  # noqa: PLC0415 - after importorskip

    kept: list[Figure] = []
    save = Figure.savefig

    def keep(figure: Figure, *arguments: Any, **options: Any) -> None:
        kept.append(figure)
        save(figure, *arguments, **options)

    monkeypatch.setattr(Figure, "savefig", keep)
    plots.diagnosis_figure(api.diagnose(program, small_images()), tmp_path / "figure.png")
    return kept[0], {axes.get_title(loc="left"): axes for axes in kept[0].axes}


BITS, ZEROS, FIT = "bits (hatched: unused)", "zero words, %", "share of words that did not fit"
COUPLING = "coupling in units of the uniform one, log counts"
LOGITS = "logits that the update changed, %"


def test_a_diagnosis_has_its_panels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a Program that routes, when drawn, then each panel has its rows and numbers."""
    program = small_program()
    figure, panels = diagnosis_axes(program, tmp_path, monkeypatch)
    found = api.diagnose(program, small_images())
    assert list(panels) == [BITS, ZEROS, FIT, COUPLING, LOGITS]
    names = [label.get_text() for label in panels[BITS].get_yticklabels()]
    assert names == [*program.constants, *program.traced]
    widths = [bar.get_width() for bar in panels[ZEROS].patches]
    tensors = found.survey.tensors.values()
    assert widths == pytest.approx([100 * item.zeros / item.words for item in tensors])
    texts = [text.get_text() for text in panels[LOGITS].texts]
    assert texts[0].startswith(f"{found.survey.updates['digit.b1'].changed} of 120 (")
    lines = [text.get_text() for text in figure.texts]
    assert lines[0] == "small: inside, over 5 images"
    assert lines[1:3] == [
        found.findings[0].severity.name.lower(),
        f"{found.findings[0].where}: {found.findings[0].text}",
    ]


def test_a_program_without_routing_has_fewer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given no routing, or no updates, when drawn, then those panels are absent."""
    program = small_program(small_network(iterations=1))
    _, panels = diagnosis_axes(program, tmp_path, monkeypatch)
    assert list(panels) == [BITS, ZEROS, FIT, COUPLING]
    step = replace(program.steps[0], outputs={"out": "image"})
    alone = Program(
        "alone",
        (step,),
        {name: program.tensors[name] for name in ("pixels", "image")},
        {},
        ("image",),
    )
    _, panels = diagnosis_axes(alone, tmp_path, monkeypatch)
    assert list(panels) == [BITS, ZEROS, FIT]


def test_dead_routing_stands_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given dead routing, when drawn, then agreements, couplings and counts are in orange."""
    from fxcaps.plots.style import ORANGE  # noqa: PLC0415 - after importorskip

    figure, panels = diagnosis_axes(dead_program(), tmp_path, monkeypatch)
    assert [text.get_color() for text in panels[LOGITS].texts] == [ORANGE, ORANGE]
    assert figure.texts[1].get_color() == ORANGE
    bars = dict(
        zip(
            [label.get_text() for label in panels[BITS].get_yticklabels()],
            panels[ZEROS].patches,
            strict=True,
        )
    )
    from matplotlib.colors import to_hex  # noqa: PLC0415 - after importorskip

    orange = {name for name, bar in bars.items() if to_hex(bar.get_facecolor()) == ORANGE}
    assert {"digit.a0", "digit.b1", "digit.a1", "digit.b2"} <= orange
    assert "digit.b0" not in orange


def test_many_findings_are_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given more findings than lines, when drawn, then the rest is counted."""
    program = small_program(width=3)
    found = api.diagnose(program, small_images())
    assert len(found.findings) > 8
    figure, _ = diagnosis_axes(program, tmp_path, monkeypatch)
    assert figure.texts[-1].get_text() == f"and {len(found.findings) - 8} more"

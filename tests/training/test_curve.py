"""Reading and drawing logs; PyTorch is not needed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from training.curve import OK, REFUSED, Curve, main, read_curve


def _write(path: Path, *lines: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def _step(step: int, loss: float) -> dict[str, Any]:
    return {"event": "step", "step": step, "loss": loss}


def _epoch(step: int, validation: float) -> dict[str, Any]:
    return {"event": "epoch", "step": step, "validation": validation}


def test_the_last_line_of_a_step_counts(tmp_path: Path) -> None:
    """Given a run that was killed and resumed, when read, then repeated steps appear once."""
    log = _write(
        tmp_path / "log.jsonl",
        {"event": "start"},
        _step(20, 0.5),
        _epoch(20, 0.75),
        _step(40, 0.4),
        {"event": "resume", "step": 20},
        _step(40, 0.3),
        _epoch(40, 0.5),
    )
    assert read_curve(log) == Curve((20, 40), (0.5, 0.3), (20, 40), (25.0, 50.0))


@pytest.mark.parametrize("ending", ["svg", "png"])
@pytest.mark.parametrize("validation", [0.75, 1.0])
def test_a_picture_is_drawn(tmp_path: Path, ending: str, validation: float) -> None:
    """Given a log, faultless or not, when drawn, then the picture is of the kind asked for."""
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    log = _write(tmp_path / "log.jsonl", _step(20, 0.5), _epoch(20, validation))
    picture = tmp_path / f"curve.{ending}"
    assert main([str(log), str(picture)]) == OK
    start = {"svg": b"<?xml", "png": b"\x89PNG"}[ending]
    assert picture.read_bytes().startswith(start)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "DATA_INVALID: {log}: no step is logged yet"),
        ("{", "FILE_FOREIGN: {log}: not a training log"),
        ("3\n", "FILE_FOREIGN: {log}: not a training log"),
        ('{"step": 1}\n', "FILE_FOREIGN: {log}: not a training log"),
        (None, "FILE_UNREADABLE: {log}: No such file or directory"),
    ],
)
def test_other_files_are_refused(
    tmp_path: Path, text: str | None, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given no log, when drawn, then one line says so and no picture is left."""
    log = tmp_path / "log.jsonl"
    if text is not None:
        log.write_text(text, encoding="utf-8")
    assert main([str(log), str(tmp_path / "curve.svg")]) == REFUSED
    assert capsys.readouterr().err == f"training: {told.format(log=log)}\n"
    assert not (tmp_path / "curve.svg").exists()

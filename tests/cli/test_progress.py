"""Progress: one line that moves on a terminal, sparse lines elsewhere."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Iterator

import pytest

from fxcaps.cli.progress import note, progress


class Stream(io.StringIO):
    """An error stream that is a terminal or is not."""

    def __init__(self, *, terminal: bool) -> None:
        super().__init__()
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


def written(monkeypatch: pytest.MonkeyPatch, times: list[float], *, terminal: bool) -> str:
    """What is written when a tenth is done at each of these times."""
    clock: Iterator[float] = iter([0.0, *times])
    stream = Stream(terminal=terminal)
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(sys, "stderr", stream)
    show = progress("running")
    for done in range(1, len(times) + 1):
        show(done, len(times))
    note("done")
    return stream.getvalue()


def test_a_terminal_has_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a terminal, when three parts are done, then their lines replace each other."""
    assert written(monkeypatch, [0.1, 0.26, 7.0], terminal=True) == (
        "\r\033[Krunning 1/3, 0.1 s\r\033[Krunning 2/3, 0.3 s\r\033[Krunning 3/3, 7.0 s\ndone\n"
    )


def test_files_have_few_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a file, when parts are done, then a line comes every five seconds and at the end."""
    assert written(monkeypatch, [1.0, 5.0, 9.9, 10.0, 10.5], terminal=False) == (
        "running 2/5, 5.0 s\nrunning 4/5, 10.0 s\nrunning 5/5, 10.5 s\ndone\n"
    )

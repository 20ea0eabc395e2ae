"""Processes: fed and read at once, and never left behind."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from fxcaps.conform.device import DeviceError
from fxcaps.conform.process import Child, lines_of
from fxcaps.types import Rejection


def test_more_than_pipes_hold() -> None:
    """Given a device that answers while it is asked, when both are large, then nobody waits."""
    line = "0123456789abcdef" * 1024
    child = Child(["cat"], 20)
    child.send(f"{line}\n" * 64, last=True)
    found = [child.line() for _ in range(65)]
    child.stop()
    assert found == [line] * 64 + [None]


def test_a_device_that_reads_nothing() -> None:
    """Given a device that never reads, when it is asked much and ends, then its end is told."""
    child = Child(["false"], 20)
    child.send("x" * (1 << 20), last=True)
    assert (child.line(), child.ending()) == (None, "exit code 1")
    child.stop()


def test_nothing_is_left_behind() -> None:
    """Given a device with children of its own, when stopped, then they are gone, too."""
    child = Child(["sh", "-c", "sleep 60 & echo $!; wait"], 20)
    other = int(child.line() or "0")
    child.stop()
    for _ in range(200):
        try:
            os.kill(other, 0)
            state = Path(f"/proc/{other}/stat").read_text("ascii").split()[2]
        except (ProcessLookupError, FileNotFoundError):
            break
        if state == "Z":  # killed, and not yet collected by its new parent
            break
        time.sleep(0.01)
    else:
        pytest.fail("it still runs")


def test_time_begins_anew() -> None:
    """Given a device with a time for each reply, when one is late, then it is told."""
    child = Child(["sh", "-c", "echo a; sleep 60"], 0.5)
    assert child.line() == "a"
    with pytest.raises(DeviceError) as caught:
        child.line()
    child.stop()
    assert str(caught.value) == "no reply within 0.5 s"


def test_a_line_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a device whose line does not end, when it is too long to be one, then it is told."""
    monkeypatch.setattr("fxcaps.conform.process._LONGEST", 1 << 17)
    child = Child(["sh", "-c", "yes | tr -d '\\n'"], 20)
    with pytest.raises(DeviceError) as caught:
        child.line()
    child.stop()
    assert str(caught.value) == "a line of more than 131072 bytes"


def test_no_such_device() -> None:
    """Given a command that is none, when started, then it is rejected."""
    with pytest.raises(Rejection) as caught:
        Child([os.devnull], 1)
    assert str(caught.value) == (
        f"NAME_UNKNOWN: device {os.devnull!r} cannot be started: Permission denied"
    )


def test_lines_of_a_pipe() -> None:
    """Given a pipe, when it gives odd bytes, no last end of line, or falls silent, then so read."""
    read, write = os.pipe()
    os.write(write, b"one\r\n\xff two\nthree")
    lines = lines_of(read, 0.1)
    assert [next(lines), next(lines)] == ["one", "\ufffd two"]
    with pytest.raises(DeviceError) as caught:
        next(lines)
    assert str(caught.value) == "no reply within 0.1 s"
    os.write(write, b"four")
    os.close(write)
    assert list(lines_of(read, 20)) == ["four"]
    os.close(read)


def test_lines_of_a_file(tmp_path: Path) -> None:
    """Given a file on a disk, when read, then its lines."""
    (tmp_path / "replies").write_text("a\nb\n", "ascii")
    with (tmp_path / "replies").open("rb") as replies:
        assert list(lines_of(replies.fileno(), 20)) == ["a", "b"]

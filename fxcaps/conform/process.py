"""A device that is a process of its own: fed and read without waiting for ever."""

from __future__ import annotations

import contextlib
import os
import select
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from typing import IO

from fxcaps.conform.device import DeviceError
from fxcaps.types import Reason, Rejection

_CHUNK = 1 << 16

_LONGEST = 1 << 26
"""Bytes of a line; a device that writes more without an end of line is given up."""

_PATIENCE = 0.2
"""Seconds that a process has to end by itself once it has closed its output."""


class Child:
    """A started process; text in, lines out.

    Args:
        command: and its arguments.
        seconds: that it has for each reply.

    Rejects a command that cannot be started with `NAME_UNKNOWN`.
    """

    def __init__(self, command: Sequence[str], seconds: float) -> None:
        self.command = tuple(command)
        self.seconds = seconds
        self.errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed in `stop`
        try:
            self.process = subprocess.Popen(  # noqa: S603 - running the device is the point
                self.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.errors,
                start_new_session=True,
                bufsize=0,
            )
        except (OSError, ValueError) as error:
            self.errors.close()
            text = error.strerror if isinstance(error, OSError) else error
            raise Rejection(
                Reason.NAME_UNKNOWN, f"device {self.command[0]!r} cannot be started: {text}"
            ) from None
        assert self.process.stdin is not None  # noqa: S101 - both are pipes
        assert self.process.stdout is not None  # noqa: S101
        self.input, self.output = self.process.stdin, self.process.stdout
        os.set_blocking(self.input.fileno(), False)
        self.pending = b""
        self.closing = False
        self.held = bytearray()
        self.due()

    def due(self) -> None:
        """Now begins the time for the next reply."""
        self.deadline = time.monotonic() + self.seconds

    def send(self, text: str, *, last: bool = False) -> None:
        """Queue text, which goes out while lines are read; `last` closes the input after it."""
        self.pending += text.encode()
        self.closing = last

    def line(self) -> str | None:
        """The next line without its end, `None` at the end of the output.

        Raises `DeviceError` when the time for the reply is over.
        """
        seen = 0
        while (end := self.held.find(b"\n", seen)) < 0:
            seen = len(self.held)
            chunk = self._chunk()
            if not chunk:
                rest, self.held = _text(self.held), bytearray()
                return rest or None
            self.held += chunk
            if len(self.held) > _LONGEST:
                raise DeviceError(f"a line of more than {_LONGEST} bytes")
        line = _text(self.held[:end])
        del self.held[: end + 1]
        return line

    def _chunk(self) -> bytes:
        """What the process writes next, while it is fed; nothing at the end of its output."""
        with selectors.DefaultSelector() as ready:
            ready.register(self.output, selectors.EVENT_READ)
            self._feed()
            if self.pending:
                ready.register(self.input, selectors.EVENT_WRITE)
            while True:
                left = self.deadline - time.monotonic()
                found = ready.select(left) if left > 0 else []
                if not found:
                    raise DeviceError(f"no reply within {self.seconds:g} s")
                for key, _ in found:
                    if key.fileobj is self.output:
                        return os.read(self.output.fileno(), _CHUNK)
                    ready.unregister(self.input)
                    self._feed()
                    if self.pending:
                        ready.register(self.input, selectors.EVENT_WRITE)

    def _feed(self) -> None:
        """Write what the process takes now."""
        if self.input.closed:
            return
        try:
            while self.pending:
                self.pending = self.pending[os.write(self.input.fileno(), self.pending) :]
        except BlockingIOError:
            return
        except OSError:
            self.pending = b""  # it reads no more; its output tells what became of it
        if self.closing:
            with contextlib.suppress(OSError):
                self.input.close()

    def ending(self) -> str:
        """How the process ended, with the last line of its error stream; empty for success."""
        try:
            code = self.process.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            return ""
        known = {-number: number.name for number in signal.Signals}
        how = f"exit code {code}" if code >= 0 else f"signal {known.get(code, -code)}"
        return f"{how}{self._complaint()}" if code else ""

    def _complaint(self) -> str:
        self.errors.seek(0)
        lines = self.errors.read()[-_CHUNK:].decode("utf-8", "replace").split("\n")
        last = [line.strip() for line in lines if line.strip()][-1:]
        return f" ({last[0]:.120})" if last else ""

    def stop(self) -> None:
        """End the process and its children, and free everything."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for stream in (self.input, self.output, self.errors):
            with contextlib.suppress(OSError):
                stream.close()


def lines_of(place: int, seconds: float) -> Iterator[str]:
    """The lines of an open file, pipe or serial line.

    Args:
        place: its descriptor.
        seconds: that may pass between two of its lines.

    Raises `DeviceError` when they are over.
    """
    held, seen = bytearray(), 0
    while True:
        while (end := held.find(b"\n", seen)) >= 0:
            yield _text(held[:end])
            del held[: end + 1]
            seen = 0
        seen = len(held)
        chunk = _within(place, seconds)
        if not chunk:
            break
        held += chunk
        if len(held) > _LONGEST:
            raise DeviceError(f"a line of more than {_LONGEST} bytes")
    if held:
        yield _text(held)


def _text(line: bytearray) -> str:
    """A line whose device may write anything."""
    return line.decode("utf-8", "replace").rstrip("\r")


def _within(place: int, seconds: float) -> bytes:
    """What can be read next; nothing at the end."""
    ready, _, _ = select.select([place], [], [], seconds)  # which takes files on disks, too
    if not ready:
        raise DeviceError(f"no reply within {seconds:g} s")
    return os.read(place, _CHUNK)

"""The text pipe: requests on the input of a program, replies on its output."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence

from fxcaps.conform.device import Device, DeviceError, Question, Reply
from fxcaps.conform.process import Child
from fxcaps.conform.wire import Wire, replies
from fxcaps.vectors.emit import request


class Pipe(Device):
    """A program with one setup, started anew for each block.

    Args:
        command: and its arguments.
        rejects: whether it has a channel for rejections.
        seconds: for each reply.
    """

    adapter = "pipe"

    def __init__(
        self, command: Sequence[str], *, rejects: bool = True, seconds: float = 60.0
    ) -> None:
        self.command = tuple(command)
        self.name = shlex.join(command)
        self.rejects = rejects
        self.seconds = seconds
        self.child: Child | None = None

    def ask(self, questions: Sequence[Question]) -> Iterator[Reply]:
        """Write all requests while replies are read."""
        formats = self.block.inputs
        lines = [request(question.seq, formats, question.words) for question in questions]
        self.child = Child(self.command, self.seconds)
        self.child.send("\n".join([*lines, f"end {len(questions)}", ""]), last=True)
        wire = Wire(self.block)
        while (line := self.child.line()) is not None:
            reply = wire.read(line)
            if reply is not None:
                yield reply
                self.child.due()
        ending = self.child.ending()
        if ending or not wire.ended:
            what = "" if wire.ended else f" after {wire.count} replies, without 'end'"
            raise DeviceError(f"the device ended{what}{ending and f': {ending}'}")

    def end(self) -> None:
        self.close()

    def close(self) -> None:
        if self.child is not None:
            self.child.stop()
            self.child = None


class Replies(Device):
    """Replies that someone else fetched: lines of a file, or of another program's output.

    Args:
        lines: of one block, whose requests `fxcaps vectors emit` gave.
        rejects: whether the device has a channel for rejections.
    """

    adapter = "pipe"
    asked = True
    name = "the input"

    def __init__(self, lines: Iterable[str], *, rejects: bool = True) -> None:
        self.lines = lines
        self.rejects = rejects

    def ask(self, questions: Sequence[Question]) -> Iterator[Reply]:  # noqa: ARG002
        """Read what is there."""
        yield from replies(self.block, self.lines)

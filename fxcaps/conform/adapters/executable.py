"""A program that speaks JSON lines: hello, runs one after the other, bye."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from fxcaps.conform import lines
from fxcaps.conform.adapters.restarting import Restarting
from fxcaps.conform.device import (
    PROTOCOL,
    Block,
    DeviceError,
    Question,
    Reply,
)
from fxcaps.conform.process import Child

FAREWELL = 5.0
"""Seconds after bye, at most: nobody waits for an answer."""

_HELLO = {"protocol": int, "name": str, "rejects": bool, "profile_id": str, "setup_id": str}
"""What a device may say of itself; the first is needed."""


class Executable(Restarting):
    """A program that is asked one question at a time, and started again when it fails.

    Args:
        command: and its arguments.
        rejects: whether it has a channel for rejections; its hello may say that it has none.
        seconds: for each reply.
    """

    adapter = "executable"
    images = True

    def __init__(
        self, command: Sequence[str], *, rejects: bool = True, seconds: float = 60.0
    ) -> None:
        self.command = tuple(command)
        self.name = shlex.join(command)
        self.rejects = self.declared = rejects
        self.seconds = seconds
        self.constants: dict[str, str] = {}

    def begin(self, block: Block) -> None:
        """Start the program, unless it runs, and compare the identifiers that it states."""
        super().begin(block)
        self._started()
        for name, stated in self.constants.items():
            known = block.identifiers.get(name.upper())
            if known != stated:
                raise DeviceError(f"the device has {name} {stated!r:.20}, the vectors {known!r}")

    def _reply(self, question: Question) -> Reply:
        child = self._started()
        child.send(f"{lines.run(self.block, question)}\n")
        reply = lines.reply(self.block, self._line(child))
        if reply.seq != question.seq:
            raise DeviceError(f"expected reply {question.seq}, found {reply.seq}")
        return reply

    def _started(self) -> Child:
        """The running program, which has said hello."""
        if self.child is None:
            self.child = Child(self.command, self.seconds)
            try:
                self.child.send(f"{lines.hello()}\n")
                self._greeted(lines.parse(self._line(self.child)))
            except DeviceError:
                self._stopped()
                raise
        return self.child

    def _greeted(self, data: lines.Json) -> None:
        for name, value in data.items():
            if name not in _HELLO or type(value) is not _HELLO[name]:
                raise DeviceError(f"no hello: {name} {value!r:.40}")
        if data.get("protocol") != PROTOCOL:
            raise DeviceError(f"expected protocol {PROTOCOL}, found {data.get('protocol')!r}")
        self.rejects = self.declared and data.get("rejects", True)
        self.name = data.get("name", self.name)
        self.constants = {name: data[name] for name in ("profile_id", "setup_id") if name in data}

    def _line(self, child: Child) -> str:
        child.due()
        line = child.line()
        if line is None:
            ending = child.ending()
            raise DeviceError(f"the device ended{ending and f': {ending}'}")
        return line

    def close(self) -> None:
        """Say bye, and take what else is written for a failure."""
        child = self.child
        if child is None:
            return
        try:
            child.send(f"{lines.bye()}\n", last=True)
            child.seconds = min(child.seconds, FAREWELL)
            child.due()
            line = child.line()
            ending = child.ending()
            if line is not None:
                raise DeviceError(f"after bye: {line!r:.60}")
            if ending:
                raise DeviceError(f"after bye: {ending}")
        finally:
            self._stopped()

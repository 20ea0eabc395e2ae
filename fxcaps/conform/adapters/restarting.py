"""What devices share that are asked one question at a time and started again when they fail."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence

from fxcaps.conform.device import Block, Device, DeviceError, Question, Reply, Status
from fxcaps.conform.process import Child

LOST = 3
"""Questions in a row without a reply after which no more are asked of a setup."""


class Restarting(Device):
    """A device in a process of its own."""

    again = True
    asks = "questions"
    """What it is asked, in messages."""

    child: Child | None = None

    def begin(self, block: Block) -> None:
        """A new setup forgets what was lost."""
        super().begin(block)
        self.lost = 0

    def ask(self, questions: Sequence[Question]) -> Iterator[Reply]:
        """One question, one reply, and a fresh start after a crash or silence."""
        for question in questions:
            try:
                reply = self._reply(question)
            except DeviceError as error:
                self._stopped()
                self.lost += 1
                if self.lost == LOST:
                    raise DeviceError(f"{error}; {LOST} {self.asks} in a row were lost") from None
                reply = Reply(question.seq, Status.FAILED, reason=str(error))
            else:
                self.lost = 0
            yield reply

    @abstractmethod
    def _reply(self, question: Question) -> Reply:
        """Ask the process, which is started where it does not run."""

    def _stopped(self) -> None:
        """End the process, if there is one."""
        if self.child is not None:
            self.child.stop()
            self.child = None

"""What an adapter is: a device that is begun with a setup, asked, and ended.

Nothing in these classes holds an expected word, a case's name or its verdict.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import ClassVar

from fxcaps.types import Format
from fxcaps.vectors.call import Setup
from fxcaps.vectors.pick import formats_of, sizes_of

Words = Mapping[str, Sequence[int]]

PROTOCOL = 1
"""Version of the questions and replies of every adapter."""


class DeviceError(Exception):
    """A device crashed, fell silent, or answered what is no reply; the message is one line."""


class Skip(Exception):  # noqa: N818 - it is no error: a device may decline with a reason
    """A device declines a setup or a case; the message is its reason."""


class Status(StrEnum):
    """What a reply is."""

    WORDS = "ok"
    REJECT = "reject"
    SKIP = "skip"
    FAILED = "failed"
    """Given by adapters, never by devices: this one question was not answered."""


@dataclass(frozen=True)
class Block:
    """What a device has fixed while it is asked.

    Args:
        operation: its name.
        revision: of the operation.
        profile: the bundle's name.
        identifiers: `SETUP_ID` and of a profile `PROFILE_ID`, eight hexadecimal digits each.
        setup: parameters, formats and shapes, as JSON.
    """

    operation: str
    revision: int
    profile: str
    identifiers: Mapping[str, str]
    setup: Setup

    @property
    def inputs(self) -> dict[str, Format]:
        """Formats of the inputs by port."""
        return formats_of(self.setup.inputs)

    @property
    def outputs(self) -> dict[str, Format]:
        """Formats of the outputs by port."""
        return formats_of(self.setup.outputs)

    @property
    def sizes(self) -> dict[str, int] | None:
        """Words of the outputs by port; `None` of a setup that is rejected as such."""
        return sizes_of(self.setup.outputs)


@dataclass(frozen=True)
class Question:
    """One call.

    Args:
        seq: counted from 0 in a block.
        words: of every input by port, flat, in C order.
        image: index of the sample, which stochastic rounding depends on.
    """

    seq: int
    words: Words
    image: int = 0


@dataclass(frozen=True)
class Reply:
    """What a device gave.

    Args:
        seq: of the question.
        status: what it is.
        words: of every output by port, flat, in C order.
        reason: of a rejection its name in the specification's list; of a skip or failure a line.
        taps: intermediates that the device tells, by the names of the operation's page.
    """

    seq: int
    status: Status
    words: Words = field(default_factory=dict)
    reason: str = ""
    taps: Words = field(default_factory=dict)


class Device(ABC):
    """A device as the runner sees it; one subclass an adapter.

    `begin`, `ask` and `end` come in turn for each block, `close` comes last and always. All may
    raise `DeviceError`: what has no reply by then has failed. `begin` may raise `Skip`. The fields
    below are read after `begin`.
    """

    adapter: ClassVar[str]
    """Name in reports."""

    rejects: bool = True
    """Whether there is a channel for rejections; without one their cases do not apply."""

    images: bool = False
    """Whether a question's `image` reaches the device."""

    again: bool = False
    """Whether `ask` may be called several times in a block, as chains need."""

    asked: bool = False
    """Whether all questions of a block were asked before, whatever the device declares."""

    name: str = ""
    """What the device calls itself, or how it was started."""

    def begin(self, block: Block) -> None:
        """Fix operation, parameters, formats and shapes."""
        self.block = block

    @abstractmethod
    def ask(self, questions: Sequence[Question]) -> Iterator[Reply]:
        """Replies in the order of the questions."""

    def end(self) -> None:  # noqa: B027 - many have nothing to do
        """No more questions of this block."""

    def close(self) -> None:  # noqa: B027 - likewise
        """Free everything."""

"""Replies as text, one a line: what pipes, serial lines and simulators give.

    seq ok word word ...        all outputs in the order of the setup, hexadecimal
    seq reject REASON           a name of the specification's list
    seq skip why ...            a case that the device declines, with its reason
    tap seq NAME value ...      before the reply, signed decimals; optional
    end count                   the last line
    # ...                       a comment

`seq` and `count` are decimal. A word has as many digits as its format needs, two's complement
in the width of the format, bits above it zero.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from fxcaps.conform.device import Block, DeviceError, Reply, Status
from fxcaps.vectors.numbers import digits, word_of_bits

_DECIMAL = re.compile(r"[0-9]{1,9}")
_SIGNED = re.compile(r"-?[0-9]{1,99}")

_SHOWN = 60
"""Characters of a line in a message."""


class Wire:
    """Reads the lines of one block.

    Args:
        block: which words a reply has.
    """

    def __init__(self, block: Block) -> None:
        self.outputs = block.outputs
        self.sizes = block.sizes
        self.count = 0
        self.ended = False
        self.taps: dict[str, list[int]] = {}

    def read(self, line: str) -> Reply | None:
        """The reply of a line, if it is one; `ended` tells the last.

        Raises `DeviceError` for what is none of the above, and for anything after the last.
        """
        fields = line.split()
        if not fields or fields[0].startswith("#"):
            return None
        if self.ended:
            raise DeviceError(f"after the end: {_shown(line)}")
        if fields[0] == "tap":
            self._tap(fields[1:], line)
            return None
        if fields[0] == "end":
            self._end(fields[1:], line)
            return None
        if len(fields) < 2 or not _DECIMAL.fullmatch(fields[0]):
            raise DeviceError(f"no reply: {_shown(line)}")
        seq, status, rest = int(fields[0]), fields[1], fields[2:]
        taps, self.taps = self.taps, {}
        self.count += 1
        if status == Status.WORDS:
            return Reply(seq, Status.WORDS, self._words(rest, seq), taps=taps)
        if status == Status.REJECT and len(rest) == 1:
            return Reply(seq, Status.REJECT, reason=rest[0], taps=taps)
        if status == Status.SKIP and rest:
            return Reply(seq, Status.SKIP, reason=" ".join(rest))
        raise DeviceError(f"no reply: {_shown(line)}")

    def _tap(self, fields: list[str], line: str) -> None:
        due = fields[:1] == [str(self.count)]
        if not due or len(fields) < 3 or not all(map(_SIGNED.fullmatch, fields[2:])):
            raise DeviceError(f"no tap of reply {self.count}: {_shown(line)}")
        self.taps.setdefault(fields[1], []).extend(map(int, fields[2:]))

    def _end(self, fields: list[str], line: str) -> None:
        if fields != [str(self.count)] or self.taps:
            raise DeviceError(f"expected 'end {self.count}', found {_shown(line)}")
        self.ended = True

    def _words(self, texts: list[str], seq: int) -> dict[str, list[int]]:
        """Words by port; of a setup that is to be rejected nobody knows how many."""
        if self.sizes is None:
            return {}
        if len(texts) != sum(self.sizes.values()):
            raise DeviceError(
                f"reply {seq}: expected {sum(self.sizes.values())} words, found {len(texts)}"
            )
        found: dict[str, list[int]] = {}
        begin = 0
        for port, format in self.outputs.items():
            own = texts[begin : begin + self.sizes[port]]
            begin += self.sizes[port]
            pattern = re.compile(f"[0-9a-f]{{{digits(format)}}}")
            for text in own:
                if not pattern.fullmatch(text) or int(text, 16) >> format.width:
                    raise DeviceError(
                        f"reply {seq}: expected a word of {format} in {digits(format)} "
                        f"hexadecimal digits, found {_shown(text)}"
                    )
            found[port] = [word_of_bits(int(text, 16), format) for text in own]
        return found


def _shown(line: str) -> str:
    return repr(line if len(line) <= _SHOWN else f"{line[:_SHOWN]}...")


def replies(block: Block, lines: Iterable[str]) -> Iterator[Reply]:
    """The replies of all lines; raises `DeviceError` where the last line is not the end."""
    wire = Wire(block)
    for line in lines:
        reply = wire.read(line)
        if reply is not None:
            yield reply
    if not wire.ended:
        raise DeviceError(f"the output ended after {wire.count} replies, without 'end'")

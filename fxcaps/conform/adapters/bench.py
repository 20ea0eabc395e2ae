"""A simulated device: all questions of a setup as one pack, its outputs dumped by the bench.

The bench gets no expected word. It plays the questions as often as it has modes of handshaking;
the device has to give the same words in every one.
"""

from __future__ import annotations

import re
import shlex
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from fxcaps.conform.device import Block, Device, DeviceError, Question, Reply, Skip, Status
from fxcaps.conform.process import Child
from fxcaps.types import Format, Rejection
from fxcaps.vectors.column import Column, Layout
from fxcaps.vectors.export import TAP, question_files
from fxcaps.vectors.numbers import digits, word_of_bits

DUMP = "dump.txt"
"""What the bench writes with `+dump=dump.txt`."""

_RESULT = re.compile(r"FXCAPS (FAIL|PROFILE|DUMP|SKIP) ?(.*)")
_HEX = re.compile(r"[0-9a-f]+")


@dataclass
class _Mode:
    """What came out in one mode: beats in order, and taps in order by name."""

    beats: list[str] = field(default_factory=list)
    taps: dict[str, list[list[str]]] = field(default_factory=dict)


class Bench(Device):
    """A simulation, started once for each setup in a folder of its own with the pack.

    Args:
        command: compiles device and bench and runs them with `+dump=dump.txt`.
        lanes: words of a beat by port, as `fxcaps vectors export` has them.
        seconds: for the simulation.
    """

    adapter = "bench"
    rejects = False

    def __init__(
        self,
        command: Sequence[str],
        *,
        lanes: Mapping[str, int] | None = None,
        seconds: float = 600.0,
    ) -> None:
        self.command = tuple(command)
        self.name = shlex.join(command)
        self.layout = Layout(lanes or {})
        self.seconds = seconds

    def begin(self, block: Block) -> None:
        """Check that the setup can be packed."""
        super().begin(block)
        if len(block.outputs) != 1:
            raise Skip("the bench has one output")
        try:
            question_files(block.setup, block.identifiers, [], self.layout)
        except Rejection as rejection:
            raise Skip(f"the setup cannot be packed: {rejection}") from None

    def ask(self, questions: Sequence[Question]) -> Iterator[Reply]:
        """Simulate, and read what came out."""
        block = self.block
        words = [question.words for question in questions]
        files = question_files(block.setup, block.identifiers, words, self.layout)
        with tempfile.TemporaryDirectory(prefix="fxcaps-bench-") as place:
            for name, content in files.items():
                (Path(place) / name).write_bytes(content)
            self._simulate(place)
            try:
                lines = (Path(place) / DUMP).read_text("ascii").splitlines()
            except (OSError, ValueError) as error:
                raise DeviceError(f"no {DUMP}: {error}") from None
        modes = _modes(lines, len(questions))
        for index, question in enumerate(questions):
            yield self._reply(question, index, len(questions), modes)

    def _simulate(self, place: str) -> None:
        child = Child(("sh", "-c", 'cd "$0" && exec "$@"', place, *self.command), self.seconds)
        result, why, rest = "", "the simulation ended without a line FXCAPS DUMP", ""
        try:
            while (line := child.line()) is not None:
                found = _RESULT.search(line)
                if found and result in ("", "DUMP"):
                    result, why, rest = found[1], found[0], found[2]
            ending = child.ending()
        finally:
            child.stop()
        if result == "SKIP":
            raise Skip(rest or "the bench declines the setup")
        if result != "DUMP":
            raise DeviceError(f"{why}{ending and f' ({ending})'}")

    def _reply(self, question: Question, index: int, count: int, modes: Sequence[_Mode]) -> Reply:
        made: list[list[int]] = []
        for number, mode in enumerate(modes):
            found = self._words(mode, index, count)
            if isinstance(found, str):
                return Reply(question.seq, Status.FAILED, reason=f"mode {number}: {found}")
            made.append(found)
            if found != made[0]:
                why = f"words in mode {number} are not those of mode 0"
                return Reply(question.seq, Status.FAILED, reason=why)
        (port,) = self.block.outputs
        taps = _taps(modes[0], index, count)
        return Reply(question.seq, Status.WORDS, {port: made[0]}, taps=taps)

    def _words(self, mode: _Mode, index: int, count: int) -> list[int] | str:
        """The words of a question, or why there are none."""
        ((port, format),) = self.block.outputs.items()
        shape = self.block.setup.outputs[port]["shape"]
        empty = np.zeros((1, *shape), np.int64)
        column = Column(f"out_{port}", format, empty, self.layout, port)
        if len(mode.beats) != column.beats * count:
            return f"{len(mode.beats)} beats came out, expected {column.beats * count}"
        words: list[int] = []
        for text in mode.beats[index * column.beats : (index + 1) * column.beats]:
            wanted = digits(Format(False, column.lanes * format.width, 0))
            if not _HEX.fullmatch(text) or len(text) != wanted:
                return f"beat {text:.40} is not {wanted} hexadecimal digits"
            beat = int(text, 16)
            words += [word_of_bits(beat >> k * format.width, format) for k in range(column.lanes)]
        return words[: column.size]


def _modes(lines: Iterable[str], count: int) -> list[_Mode]:
    """The dump, mode by mode; raises `DeviceError` for what is none or not whole."""
    modes: list[_Mode] = []
    ended = False
    for line in lines:
        name, *rest = line.split() or [""]
        if ended or (name != "mode" and not modes):
            raise DeviceError(f"{DUMP}: {line!r:.60} is out of place")
        if name == "mode":
            modes.append(_Mode())
        elif name == "out" and rest[:1] == [str(len(modes[-1].beats))] and len(rest) == 2:
            modes[-1].beats.append(rest[1])
        elif name == "tap" and len(rest) > 2:
            modes[-1].taps.setdefault(rest[0], []).append(rest[2:])
        elif name == "end" and rest == [str(count)]:
            ended = True
        else:
            raise DeviceError(f"{DUMP}: expected no {line!r:.60}")
    if not ended:
        raise DeviceError(f"{DUMP} ends early")
    return modes


def _taps(mode: _Mode, index: int, count: int) -> dict[str, list[int]]:
    """Taps of a question; those with X or of another number of beats are not told."""
    told = {}
    for name, beats in mode.taps.items():
        per, rest = divmod(len(beats), count)
        texts = [text for beat in beats[index * per : (index + 1) * per] for text in beat]
        if not rest and all(map(_HEX.fullmatch, texts)):
            told[name] = [word_of_bits(int(text, 16), TAP) for text in texts]
    return told

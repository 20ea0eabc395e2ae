"""Files: a folder of questions without answers, whose `response` a team fills."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from fxcaps.conform import lines
from fxcaps.conform.device import PROTOCOL, Device, DeviceError, Question, Reply
from fxcaps.conform.select import Selection, Shard, choose
from fxcaps.network.files import field, read_json, written_beside
from fxcaps.types import Reason, Rejection
from fxcaps.vectors.files import VectorSet
from fxcaps.vectors.text import file_of

KIND, VERSION = "fxcaps-prompt", 1

PROMPT, RESPONSE = "PROMPT.json", "response"

WANTED = ("kind", "tier", "setup")
"""Choices of a selection that may be left out."""

_TEXT = """\
Each file NNN.jsonl here holds questions of one setup, one JSON object a line.
Write the replies to response/NNN.jsonl, one object a line, in the same order:
  {"seq": 0, "out": {"PORT": [WORD, ...]}}   or
  {"seq": 0, "reject": "REASON"}             or
  {"seq": 0, "skip": "why"}
Then: fxcaps conform grade DIR
"""


def write_prompt(path: Path, selection: Selection, wanted: dict[str, str | None]) -> int:
    """Write the questions of a selection into a new folder; returns how many there are.

    Args:
        path: of the folder.
        selection: what is asked.
        wanted: kind, tier and setup that were chosen, which grading needs again.
    """
    if path.exists():
        raise Rejection(Reason.FILE_UNWRITABLE, f"{path}: exists; choose another place")
    count = 0
    with written_beside(path) as partial:
        (partial / RESPONSE).mkdir(parents=True)
        (partial / "README.txt").write_text(_TEXT, "ascii")
        for number, chosen in enumerate(selection.chosen):
            questions = [
                Question(seq, case.words, case.image) for seq, case in enumerate(chosen.pick.cases)
            ]
            count += len(questions)
            if questions:
                text = "".join(f"{lines.run(chosen.block, question)}\n" for question in questions)
                (partial / _name(number)).write_text(text, "ascii")
        head = {
            "kind": KIND,
            "version": VERSION,
            "protocol": PROTOCOL,
            "set_digest": selection.set.digest,
            "op": selection.operation,
            "profile": selection.profile,
            "shard": [selection.shard.number, selection.shard.parts],
            "wanted": {name: wanted[name] for name in WANTED if wanted[name]},
        }
        (partial / PROMPT).write_text(file_of(head), "ascii")
    return count


def _name(number: int) -> str:
    return f"{number:03}.jsonl"


def prompted(path: Path, found: VectorSet) -> Selection:
    """What the questions of a folder were selected from.

    Rejects a folder that has none with `DATA_INVALID`, and one of another set of vectors with
    `FILE_CORRUPT`.
    """
    where = path / PROMPT
    try:
        data = read_json(where, KIND, VERSION)
        digest, op, profile = (
            field(data, name, str, str(where)) for name in ("set_digest", "op", "profile")
        )
        wanted: dict[str, Any] = field(data, "wanted", dict, str(where))
        shard: list[Any] = field(data, "shard", list, str(where))
    except Rejection as rejection:
        raise Rejection(Reason.DATA_INVALID, rejection.message) from None
    if digest != found.digest:
        raise Rejection(
            Reason.FILE_CORRUPT,
            f"{where}: asked from the set {digest:.16}..., {found.root} is {found.digest:.16}...",
        )
    return choose(
        found,
        op=op,
        profile=profile,
        shard=Shard.parse("/".join(map(str, shard))),
        kind=wanted.get("kind"),
        tier=wanted.get("tier"),
        setup=wanted.get("setup"),
    )


class Folder(Device):
    """The responses in a folder, block after block.

    Args:
        path: that `write_prompt` wrote.
        rejects: whether the device has a channel for rejections.
    """

    adapter = "files"
    images = True
    asked = True

    def __init__(self, path: Path, selection: Selection, *, rejects: bool = True) -> None:
        self.path = path
        self.name = str(path)
        self.rejects = rejects
        self.numbers = {
            chosen.pick.setup.key: number for number, chosen in enumerate(selection.chosen)
        }

    def ask(self, questions: Sequence[Question]) -> Iterator[Reply]:  # noqa: ARG002
        """Read what the team wrote."""
        path = self.path / RESPONSE / _name(self.numbers[self.block.setup.key])
        for line in _lines(path):
            if line.strip():
                yield self._reply(line, path)

    def _reply(self, line: str, path: Path) -> Reply:
        try:
            return lines.reply(self.block, line)
        except DeviceError as error:
            raise DeviceError(f"{path.name}: {error}") from None


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text("utf-8", "replace").splitlines()
    except OSError as error:
        raise DeviceError(f"{path.parent.name}/{path.name}: {error.strerror or error}") from None

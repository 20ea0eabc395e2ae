"""Questions and replies as JSON, one object a line: what executables and files speak.

The forms are published as JSON schemas in `fxcaps/conform/schema`.
"""

from __future__ import annotations

import json
from typing import Any

from fxcaps.conform.device import PROTOCOL, Block, DeviceError, Question, Reply, Status
from fxcaps.types import Format, Rejection
from fxcaps.vectors.numbers import read_integers, read_words, write_integers, write_words
from fxcaps.vectors.text import line_of

Json = dict[str, Any]

_SHOWN = 60
"""Characters of a line in a message."""

_FORMS = {
    frozenset({"seq", "out"}): Status.WORDS,
    frozenset({"seq", "out", "taps"}): Status.WORDS,
    frozenset({"seq", "reject"}): Status.REJECT,
    frozenset({"seq", "reject", "taps"}): Status.REJECT,
    frozenset({"seq", "skip"}): Status.SKIP,
}
"""Fields of a reply and what it is."""


def hello() -> str:
    """The first line to an executable."""
    return line_of({"cmd": "hello", "protocol": PROTOCOL})


def bye() -> str:
    """The last line to an executable."""
    return line_of({"cmd": "bye"})


def run(block: Block, question: Question) -> str:
    """A question, whole: nothing has to be remembered between two of them.

    Shapes of outputs are left out: of a call that is rejected nobody could say them.
    """
    ids = {name.lower(): value for name, value in block.identifiers.items()}
    formats = block.inputs
    return line_of(
        {
            "cmd": "run",
            "seq": question.seq,
            "op": block.operation,
            "revision": block.revision,
            "profile": block.profile,
            "params": write_integers(block.setup.params),
            "inputs": block.setup.inputs,
            "outputs": {port: str(format) for port, format in block.outputs.items()},
            "in": {port: write_words(question.words[port], formats[port]) for port in formats},
            "image": question.image,
        }
        | ids
    )


def parse(line: str) -> Json:
    """A JSON object; raises `DeviceError` for anything else."""
    try:
        data = json.loads(line)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise DeviceError(f"no JSON object: {_shown(line)}")
    return data


def reply(block: Block, line: str) -> Reply:
    """Read a reply; raises `DeviceError` for what is none."""
    data = parse(line)
    status = _FORMS.get(frozenset(data))
    seq = data.get("seq")
    if status is None or not isinstance(seq, int) or isinstance(seq, bool):
        raise DeviceError(f"no reply: {_shown(line)}")
    taps = _taps(data.get("taps", {}), line)
    if status is Status.WORDS:
        return Reply(seq, status, _words(block, data["out"], line), taps=taps)
    reason = data[status.value]
    if not isinstance(reason, str):
        raise DeviceError(f"no reply: {_shown(line)}")
    return Reply(seq, status, reason=reason, taps=taps)


def _words(block: Block, data: Any, line: str) -> dict[str, list[int]]:
    formats = block.outputs
    if not isinstance(data, dict) or not set(data) <= set(formats):
        raise DeviceError(f"outputs are {', '.join(formats)}, found {_shown(line)}")
    return {port: _read(data[port], formats[port], port) for port in data}


def _read(data: Any, format: Format, port: str) -> list[int]:
    try:
        return read_words(data, format, port)
    except Rejection as rejection:
        raise DeviceError(rejection.message) from None


def _taps(data: Any, line: str) -> dict[str, list[int]]:
    found = read_integers(data)
    if not isinstance(found, dict) or not all(map(_is_tap, found.values())):
        raise DeviceError(f"taps are lists of integers by name, found {_shown(line)}")
    return found


def _is_tap(data: Any) -> bool:
    return isinstance(data, list) and {type(item) for item in data} <= {int}


def _shown(line: str) -> str:
    return repr(line if len(line) <= _SHOWN else f"{line[:_SHOWN]}...")

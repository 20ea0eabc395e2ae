"""The zoo: devices that are wrong in every way, each told, none of them conformant."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fxcaps.conform import (
    Call,
    Code,
    Executable,
    Folder,
    Function,
    Implementation,
    Pipe,
    Replies,
    Result,
    Skip,
    conduct,
    write_prompt,
)
from fxcaps.types import Reason, Rejection
from fxcaps.vectors.emit import requests
from fxcaps.vectors.files import VectorSet
from tests.conform.build import SETUP, command, edge
from tests.duts.requantize import hex_reply, json_reply

SOON = 0.2
"""Seconds that a device has for a reply, where it shall be too late."""

TIME = 20.0
"""Likewise, where a slow machine shall not be taken for a slow device."""

TOO_LATE = ("hang", "late", "chatters", "endless")

WRONG = "13 of 16 words differ, first out[0]: expected 1, found 0"

ANY = {
    "right": (Code.CONFORMANT, ""),
    "off by one": (Code.MISMATCH, "14 of 16 words differ, first out[0]: expected 1, found 2"),
    "truncates": (Code.MISMATCH, WRONG),
    "rejects all": (Code.MISMATCH, "expected words, found rejection OUTPUT_OUT_OF_RANGE"),
    "invents a reason": (Code.NO_VERDICT, "rejected with 'SORRY', which is no reason"),
    "skips all": (Code.NO_VERDICT, "not built yet"),
    "skips one": (Code.SKIPPED, "not built yet"),
}
"""Ways that every adapter meets: exit code, and the line on the first case that is not equal."""

PIPE = ANY | {
    "crash": (
        Code.NO_VERDICT,
        (
            "the device ended after 1 replies, without 'end': exit code 3 "
            "(segment of an imaginary memory)"
        ),
    ),
    "signal": (
        Code.NO_VERDICT,
        "the device ended after 1 replies, without 'end': signal SIGABRT",
    ),
    "hang": (Code.NO_VERDICT, "no reply within 0.2 s"),
    "late": (Code.NO_VERDICT, "no reply within 0.2 s"),
    "chatters": (Code.NO_VERDICT, "no reply within 0.2 s"),
    "endless": (Code.NO_VERDICT, "no reply within 0.2 s"),
    "garbage": (
        Code.NO_VERDICT,
        "no reply: '\\x1b[31mWarning: 0xdeadbeef at line \\x00 1'",
    ),
    "silent": (Code.NO_VERDICT, "the device ended after 0 replies, without 'end'"),
    "short": (Code.NO_VERDICT, "reply 1: expected 16 words, found 15"),
    "long": (Code.NO_VERDICT, "reply 1: expected 16 words, found 17"),
    "out of order": (Code.NO_VERDICT, "expected reply 0, found 1"),
    "numbers from one": (Code.NO_VERDICT, "expected reply 0, found 1"),
    "twice": (
        Code.NO_VERDICT,
        "no tap of reply 1: 'tap 0 rounded 1 2 3 4 0 -1 -2 -3 2048 2047 -2047 1 2 3 4 0'",
    ),
    "more": (Code.NO_VERDICT, "after the end: '0 ok 00'"),
    "no end": (Code.NO_VERDICT, "the device ended after 4 replies, without 'end'"),
    "miscounts": (Code.NO_VERDICT, "expected 'end 4', found 'end 5'"),
    "wide words": (
        Code.NO_VERDICT,
        "reply 0: expected a word of s8f4 in 2 hexadecimal digits, found '0001'",
    ),
    "tap of another": (
        Code.NO_VERDICT,
        "no tap of reply 0: 'tap 77 rounded 1 2 3 4 0 -1 -2 -3 2048 2047 -2047 1 2 3 4 0'",
    ),
    "skips without a reason": (Code.NO_VERDICT, "no reply: '0 skip'"),
}

LINES = ANY | {
    "crash": (
        Code.NO_VERDICT,
        "the device ended: exit code 3 (segment of an imaginary memory)",
    ),
    "signal": (Code.NO_VERDICT, "the device ended: signal SIGABRT"),
    "hang": (Code.NO_VERDICT, "no reply within 0.2 s"),
    "late": (Code.NO_VERDICT, "no reply within 0.2 s"),
    "endless": (Code.NO_VERDICT, "no reply within 0.2 s"),
    "chatters": (Code.NO_VERDICT, "no JSON object: '# still there'"),
    "garbage": (
        Code.NO_VERDICT,
        "no JSON object: '\\x1b[31mWarning: 0xdeadbeef at line \\x00 1'",
    ),
    "silent": (Code.NO_VERDICT, "no JSON object: ''"),
    "short": (Code.NO_VERDICT, "out: expected 16 words, found 15"),
    "long": (Code.NO_VERDICT, "out: expected 16 words, found 17"),
    "out of order": (Code.NO_VERDICT, "expected reply 0, found 1"),
    "twice": (Code.NO_VERDICT, "expected reply 1, found 0"),
    "skips without a reason": (Code.NO_VERDICT, "skipped without a reason"),
    "half a reply": (Code.NO_VERDICT, 'no JSON object: \'{"seq": 0, "out":\''),
    "two verdicts": (
        Code.NO_VERDICT,
        'no reply: \'{"seq": 0, "out": {"out": [0]}, "reject": "NEGATIVE_ROOT"}\'',
    ),
    "floats": (Code.NO_VERDICT, "out[0]: expected a word, found 0.5"),
    "another port": (
        Code.NO_VERDICT,
        'outputs are out, found \'{"seq": 0, "out": {"y": [0]}}\'',
    ),
    "fails at bye": (Code.NO_VERDICT, "after bye: exit code 5"),
    "speaks protocol 2": (Code.NO_VERDICT, "expected protocol 1, found 2"),
    "is another": (
        Code.NO_VERDICT,
        "the device has setup_id '00000000', the vectors '04e851e3'",
    ),
    "greets oddly": (Code.NO_VERDICT, "no hello: hello 'yourself'"),
}


def told(result: Result) -> tuple[Code, str]:
    """The exit code, and why the first case that is not equal is not, or what the run ails."""
    whys = [finding.why for finding in result.findings if finding.why]
    return result.code, (whys or [fault.partition(": ")[2] for fault in result.faults] or [""])[0]


def seconds(way: str) -> float:
    return SOON if way in TOO_LATE else TIME


@pytest.mark.parametrize("way", PIPE)
def test_through_the_pipe(way: str, vectors: VectorSet) -> None:
    """Given a way of being wrong, when asked through a pipe, then its exit code and its line."""
    result = conduct(Pipe(command(way, "pipe"), seconds=seconds(way)), edge(vectors))
    assert told(result) == PIPE[way]


@pytest.mark.parametrize("way", LINES)
def test_as_an_executable(way: str, vectors: VectorSet) -> None:
    """Given a way of being wrong, when asked in JSON, then its exit code and its line."""
    device = Executable(command(way, "lines"), seconds=TIME if way == "chatters" else seconds(way))
    result = conduct(device, edge(vectors, single=False))
    code, line = told(result)
    if way == "fails at bye":
        line = result.faults[0]
    assert (code, line) == LINES[way]


def test_an_executable_is_started_again(vectors: VectorSet) -> None:
    """Given a device that crashes at one question, when asked, then the others have replies."""
    result = conduct(Executable(command("crash", "lines")), edge(vectors, single=False))
    assert [finding.verdict.value for finding in result.findings] == [
        *("pass", "failed", "pass", "pass")
    ]
    assert result.faults == ()


def test_a_lost_executable_is_given_up(vectors: VectorSet) -> None:
    """Given a device that never gives a reply, when asked, then three losses end it."""
    device = Executable(command("half a reply", "lines"), seconds=TIME)
    result = conduct(device, edge(vectors, single=False))
    line = 'no JSON object: \'{"seq": 0, "out":\'; 3 questions in a row were lost'
    assert result.faults == (f"{SETUP}: {line}",)
    assert [finding.why for finding in result.findings][2:] == [line, line]


@pytest.mark.parametrize("way", [*ANY, "short", "out of order", "garbage", "no end", "more"])
def test_replies_that_were_fetched(way: str, vectors: VectorSet) -> None:
    """Given lines of replies, when checked, then the same as through the pipe."""
    selection = edge(vectors)
    asked = list(requests(selection.chosen[0].pick))[:-1]
    lines = []
    for seq, line in enumerate(asked):
        words = [int(text, 16) for text in line.split()[2:]]
        lines += hex_reply(way, seq, words).splitlines()
    if way == "garbage":
        lines[2] = "\x1b[31mWarning: 0xdeadbeef at line \x00 1"
    lines += [] if way == "no end" else ["end 4"]
    lines += ["0 ok 00"] if way == "more" else []
    code, line = told(conduct(Replies(lines), selection))
    expected = PIPE[way]
    if way == "no end":
        expected = (Code.NO_VERDICT, "the output ended after 4 replies, without 'end'")
    assert (code, line) == expected


FILES = ANY | {
    "short": (Code.NO_VERDICT, "out: expected 16 words, found 15"),
    "out of order": (Code.NO_VERDICT, "expected reply 0, found 1"),
    "half a reply": (Code.NO_VERDICT, '000.jsonl: no JSON object: \'{"seq": 0, "out":\''),
    "leaves one out": (Code.NO_VERDICT, "3 replies to 4 questions"),
    "adds one": (Code.NO_VERDICT, "reply 4 after the last, 3"),
    "writes nothing": (Code.NO_VERDICT, "response/000.jsonl: No such file or directory"),
}


@pytest.mark.parametrize("way", FILES)
def test_as_files(way: str, vectors: VectorSet, tmp_path: Path) -> None:
    """Given a folder of questions, when responses are graded, then exit code and line."""
    selection = edge(vectors, single=False)
    place = tmp_path / "prompt"
    assert write_prompt(place, selection, {"kind": "edge", "tier": None, "setup": SETUP}) == 4
    asked = (place / "000.jsonl").read_text("ascii").splitlines()
    replies = [json_reply(way, json.loads(line)) for line in asked]
    replies = replies[:3] if way == "leaves one out" else replies
    replies += ['{"seq": 4, "skip": "more"}'] if way == "adds one" else []
    if way != "writes nothing":
        (place / "response" / "000.jsonl").write_text("\n".join(replies) + "\n", "ascii")
    assert told(conduct(Folder(place, selection), selection)) == FILES[way]


def raises(_: Call) -> object:
    raise ZeroDivisionError("a quotient\nby nothing")


def skips(_: Call) -> object:
    raise Skip("not built yet")


def rejects(_: Call) -> object:
    raise Rejection(Reason.NEGATIVE_ROOT, "no root")


def right(call: Call) -> Any:
    return np.clip((call["x"] + 8) >> 4, -128, 127)


FUNCTIONS: dict[str, tuple[Implementation, Code, str]] = {
    "right": (right, Code.CONFORMANT, ""),
    "right as lists": (lambda call: right(call).tolist(), Code.CONFORMANT, ""),
    "right by port": (lambda call: {"out": right(call)}, Code.CONFORMANT, ""),
    "truncates": (lambda call: np.clip(call["x"] >> 4, -128, 127), Code.MISMATCH, WRONG),
    "does not clip": (
        lambda call: (call["x"] + 8) >> 4,
        Code.MISMATCH,
        "3 of 16 words differ, first out[8]: expected 127, found 2048",
    ),
    "rejects": (rejects, Code.MISMATCH, "expected words, found rejection NEGATIVE_ROOT"),
    "skips": (skips, Code.NO_VERDICT, "not built yet"),
    "raises": (raises, Code.NO_VERDICT, "raised ZeroDivisionError: a quotient"),
    "silent": (lambda call: None, Code.NO_VERDICT, "out: expected shape (16,), found ()"),
    "short": (
        lambda call: right(call)[:-1],
        Code.NO_VERDICT,
        "out: expected shape (16,), found (15,)",
    ),
    "ragged": (
        lambda call: [[1], [1, 2]],
        Code.NO_VERDICT,
        "out: no array of integers",
    ),
    "floats": (
        lambda call: right(call) * 1.0,
        Code.NO_VERDICT,
        "out: expected integers, found float64",
    ),
    "garbage": (lambda call: "words", Code.NO_VERDICT, "out: expected shape (16,), found ()"),
    "another port": (
        lambda call: {"y": right(call)},
        Code.NO_VERDICT,
        "expected outputs out, found y",
    ),
}


@pytest.mark.parametrize("way", FUNCTIONS)
def test_as_a_function(way: str, vectors: VectorSet) -> None:
    """Given a function, when asked, then its exit code and its line."""
    function, *expected = FUNCTIONS[way]
    result = conduct(Function(function), edge(vectors, single=False))
    assert told(result) == tuple(expected)


def test_a_function_that_changes_what_it_is_given(vectors: VectorSet) -> None:
    """Given a function that writes to its inputs, when asked, then nothing else is changed."""

    def function(call: Call) -> Any:
        made = right(call)
        call["x"][:] = 77
        return made

    assert conduct(Function(function), edge(vectors, single=False)).code is Code.CONFORMANT

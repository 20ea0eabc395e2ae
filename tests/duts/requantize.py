"""Requantize as a device: right, or wrong in the way that is named.

Started as `python -S -E requantize.py WAY pipe|lines`, without the package. The pipe is built for
the setup s16f8-s8f4; lines of JSON say formats and overflow themselves.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Sequence

LATE = 5.0
"""Seconds; the tests wait for a fraction of one."""


class RangeError(Exception):
    """A word that the output has not."""


def requantize(word: int, drop: int, low: int, high: int, way: str) -> tuple[int, int]:
    """The rounded integer and the word."""
    half = 1 << drop >> 1 if drop > 0 else 0
    if way == "truncates":
        half = 0
    rounded = word << -drop if drop <= 0 else (word + half) >> drop
    made = max(low, min(high, rounded))
    if way == "off by one" and made < high:
        made += 1
    return rounded, made


def spoiled(way: str, seq: int, made: list[int]) -> list[int]:
    """The words that a way of being wrong gives in their place."""
    if way == "short" and seq == 1:
        return made[:-1]
    return [*made, 0] if way == "long" and seq == 1 else made


def misbehave(way: str, seq: int) -> str | None:
    """What is done before a reply, or printed in its place."""
    if way == "crash" and seq == 1:
        print("segment of an imaginary memory", file=sys.stderr, flush=True)
        os._exit(3)
    if way == "signal" and seq == 1:
        os.abort()
    if (way == "hang" and seq == 1) or (way == "late" and seq >= 0):
        time.sleep(LATE)
    if way == "garbage" and seq == 1:
        return "\x1b[31mWarning: 0xdeadbeef at line \x00 1"
    if way == "endless" and seq == 1:
        while True:
            print("no line ever ends ", end="", flush=True)
            time.sleep(0.001)
    if way == "chatters" and seq == 1:
        while True:
            print("# still there")
    if way == "silent":
        return ""
    return None


def numbered(way: str, seq: int) -> int:
    """The number that a reply carries."""
    return {"out of order": seq ^ 1, "numbers from one": seq + 1}.get(way, seq)


def pipe(way: str) -> None:
    count = 0
    for line in sys.stdin:
        fields = line.split()
        if fields[0] == "end":
            break
        seq, words = int(fields[0]), [int(text, 16) for text in fields[2:]]
        count += 1
        text = misbehave(way, seq)
        if text is None:
            text = hex_reply(way, seq, words)
        if text:
            print(text, flush=True)
        if way == "twice":
            print(text)
    if way not in ("silent", "no end"):
        print("end", count + (way == "miscounts"))
    if way == "more":
        print("0 ok 00")


def hex_reply(way: str, seq: int, words: Sequence[int]) -> str:
    number = numbered(way, seq)
    if way == "rejects all":
        return f"{number} reject OUTPUT_OUT_OF_RANGE"
    if way == "invents a reason":
        return f"{number} reject SORRY"
    if way == "skips all":
        return f"{number} skip not built yet"
    if way == "skips one" and seq == 1:
        return f"{number} skip not built yet"
    if way == "skips without a reason":
        return f"{number} skip"
    pairs = [requantize(w - ((w >> 15) << 16), 4, -128, 127, way) for w in words]
    made = [f"{word & 255:02x}" for word in spoiled(way, seq, [pair[1] for pair in pairs])]
    if way == "wide words":
        made = [f"{word & 65535:04x}" for _, word in pairs]
    taps = f"tap {seq} rounded {' '.join(str(pair[0]) for pair in pairs)}\n"
    if way == "tap of another":
        taps = taps.replace(f"tap {seq}", "tap 77")
    return f"{taps}{number} ok {' '.join(made)}"


def lines(way: str) -> None:
    for line in sys.stdin:
        data = json.loads(line)
        if data["cmd"] == "hello":
            print(json.dumps(greeting(way)), flush=True)
        elif data["cmd"] == "run":
            text = misbehave(way, data["seq"])
            text = json_reply(way, data) if text is None else text
            print("\n".join([text] * (1 + (way == "twice"))), flush=True)
        elif way == "fails at bye":
            sys.exit(5)


def greeting(way: str) -> dict[str, object]:
    said: dict[str, object] = {"protocol": 1, "name": way}
    if way == "has no rejections":
        said["rejects"] = False
    if way == "speaks protocol 2":
        said["protocol"] = 2
    if way == "is another":
        said["setup_id"] = "00000000"
    if way == "greets oddly":
        said = {"hello": "yourself"}
    return said


def json_reply(way: str, data: dict[str, object]) -> str:
    seq = data["seq"]
    assert isinstance(seq, int)
    reply: dict[str, object] = {"seq": numbered(way, seq)}
    if way == "rejects all":
        reply["reject"] = "OUTPUT_OUT_OF_RANGE"
    elif way == "invents a reason":
        reply["reject"] = "SORRY"
    elif way == "skips all" or (way == "skips one" and seq == 1):
        reply["skip"] = "not built yet"
    elif way == "skips without a reason":
        reply["skip"] = " "
    elif way == "half a reply":
        return '{"seq": 0, "out":'
    elif way == "two verdicts":
        reply |= {"out": {"out": [0]}, "reject": "NEGATIVE_ROOT"}
    elif way == "floats":
        reply["out"] = {"out": [0.5] * 16}
    elif way == "another port":
        reply["out"] = {"y": [0]}
    else:
        reply |= computed(way, seq, data)
    return json.dumps(reply)


def computed(way: str, seq: int, data: dict[str, object]) -> dict[str, object]:
    (x,), (out,) = (side.values() for side in (data["inputs"], data["outputs"]))  # type: ignore[attr-defined]
    signed, width, frac = _format(out)
    low, high = (-(1 << width - 1), (1 << width - 1) - 1) if signed else (0, (1 << width) - 1)
    drop = _format(x["format"])[2] - frac
    words = [_word(w, *_format(x["format"])[:2]) for w in data["in"]["x"]]  # type: ignore[index]
    pairs = [requantize(w, drop, low, high, way) for w in words]
    if data["params"]["overflow"] == "reject" and any(r != w for r, w in pairs):  # type: ignore[index]
        return {"reject": "OUTPUT_OUT_OF_RANGE"}
    made: list[object] = [*spoiled(way, seq, [pair[1] for pair in pairs])]
    if width > 32:
        digits = -(-width // 4)
        made = [f"{word & ((1 << width) - 1):0{digits}x}" for _, word in pairs]
    taps = [r if abs(r) < 1 << 31 else hex(r) for r, _ in pairs]
    return {"out": {"out": made}, "taps": {"rounded": taps}}


def _format(text: str) -> tuple[bool, int, int]:
    found = re.fullmatch("([su])([0-9]+)f(-?[0-9]+)", text)
    assert found
    return found[1] == "s", int(found[2]), int(found[3])


def _word(word: int | str, signed: bool, width: int) -> int:
    if isinstance(word, int):
        return word
    bits = int(word, 16)
    return bits - (bits >> (width - 1) << width) if signed else bits


if __name__ == "__main__":
    (lines if sys.argv[2] == "lines" else pipe)(sys.argv[1])

"""The process in which a C library is asked: JSON lines in, JSON lines out, no package imported.

    python -I library_host.py LIBRARY

First `{"configure": TEXT}`, then `{"seq", "inputs": [{"bytes", "words"}], "outputs": [{"bytes",
"capacity"}]}` for each call. A call is made twice, with outputs poisoned in two ways, so that a
word that is not written is found; canaries stand on both sides of every tensor.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
from typing import Any

VERSION = 1
"""FXCAPS_DUT_VERSION."""

CANARY = bytes(range(0xC0, 0x100))
"""What stands before and behind the words of a tensor."""

NO_COUNT = (1 << 8 * ctypes.sizeof(ctypes.c_size_t)) - 1
"""The count of an output before a call: a device that leaves it has counted nothing."""

POISONS = (0x5A, 0xA5)
"""What every byte of an output holds before a call; no word is both."""

Json = dict[str, Any]


class Words(ctypes.Structure):
    """fxcaps_tensor."""

    _fields_ = [
        ("words", ctypes.c_void_p),
        ("bytes", ctypes.c_size_t),
        ("capacity", ctypes.c_size_t),
        ("count", ctypes.c_size_t),
    ]


TAP = ctypes.CFUNCTYPE(
    None, ctypes.c_void_p, ctypes.c_char_p, ctypes.POINTER(ctypes.c_int64), ctypes.c_size_t
)


class Room:
    """A tensor in memory of its own, between two canaries."""

    def __init__(self, size: int, capacity: int, fill: bytes) -> None:
        self.size, self.capacity, self.fill = size, capacity, fill
        self.memory = ctypes.create_string_buffer(len(fill) + 2 * len(CANARY) + 16)
        start = ctypes.addressof(self.memory)
        self.begin = -start % 16  # as aligned as what malloc gives
        whole = CANARY + fill + CANARY
        ctypes.memmove(start + self.begin, whole, len(whole))
        self.tensor = Words(start + self.begin + len(CANARY), size, capacity, capacity)

    def content(self) -> bytes:
        """The bytes of the words."""
        first = self.begin + len(CANARY)
        return self.memory.raw[first : first + len(self.fill)]

    def trouble(self) -> str:
        """What was written where it should not be."""
        whole = self.memory.raw[self.begin :]
        end = len(CANARY) + len(self.fill)
        if whole[: len(CANARY)] != CANARY:
            return "wrote before the words"
        if whole[end : end + len(CANARY)] != CANARY:
            return f"wrote behind the {self.capacity} words that there is room for"
        return ""

    def words(self) -> list[int]:
        """The words that the device counts."""
        raw, size = self.content(), self.size
        return [
            int.from_bytes(raw[k * size : (k + 1) * size], sys.byteorder, signed=True)
            for k in range(self.tensor.count)
        ]


def _given(tensor: Json) -> Room:
    size, words = tensor["bytes"], tensor["words"]
    fill = b"".join(word.to_bytes(size, sys.byteorder, signed=True) for word in words)
    return Room(size, len(words), fill)


def _array(rooms: list[Room]) -> Any:
    return (Words * max(len(rooms), 1))(*[room.tensor for room in rooms])


class Library:
    """A loaded device."""

    def __init__(self, path: str) -> None:
        self.library = ctypes.CDLL(os.path.abspath(path))  # noqa: PTH100 - no imports to spare
        self.run = self.library.fxcaps_dut_run
        self.run.restype = ctypes.c_int32
        tensors = ctypes.POINTER(Words)
        self.run.argtypes = [tensors, ctypes.c_size_t, tensors, ctypes.c_size_t]
        self.taps: dict[str, list[int]] = {}
        self.tap = TAP(self._told)
        if hasattr(self.library, "fxcaps_dut_taps"):
            self.library.fxcaps_dut_taps(self.tap, None)

    def _told(self, _: Any, name: bytes, values: Any, count: int) -> None:
        self.taps.setdefault(name.decode(), []).extend(values[:count])

    def hello(self, setup: str) -> Json:
        """Version, profile, and what the device says to the setup."""
        said: Json = {"profile_id": 0, "status": 0}
        version = self.library.fxcaps_dut_version
        version.restype = ctypes.c_uint32
        said["version"] = version()
        if hasattr(self.library, "fxcaps_dut_profile_id"):
            self.library.fxcaps_dut_profile_id.restype = ctypes.c_uint32
            said["profile_id"] = self.library.fxcaps_dut_profile_id()
        if hasattr(self.library, "fxcaps_dut_configure"):
            self.library.fxcaps_dut_configure.restype = ctypes.c_int32
            said["status"] = self.library.fxcaps_dut_configure(setup.encode())
        return said

    def call(self, asked: Json, poison: int) -> Json:
        """One call in fresh memory."""
        inputs = [_given(tensor) for tensor in asked["inputs"]]
        outputs = [
            Room(o["bytes"], o["capacity"], bytes([poison]) * (o["bytes"] * o["capacity"]))
            for o in asked["outputs"]
        ]
        given, made = _array(inputs), _array(outputs)
        for tensor in made:
            tensor.count = NO_COUNT
        self.taps = {}
        status = self.run(given, len(inputs), made, len(outputs))
        for room, tensor in zip(outputs, made, strict=False):
            room.tensor.count = tensor.count if status == 0 else 0
        said = {"seq": asked["seq"], "status": status, "failed": _trouble(inputs, outputs)}
        if not said["failed"]:
            said["outputs"] = [room.words() for room in outputs]
        return said | {"taps": self.taps}


def _trouble(inputs: list[Room], outputs: list[Room]) -> str:
    for side, rooms in (("input", inputs), ("output", outputs)):
        for k, room in enumerate(rooms):
            found = room.trouble()
            if found:
                return f"{found} of {side} {k}"
            if side == "input" and room.content() != room.fill:
                return f"changed input {k}"
            if room.tensor.count > room.capacity:
                found = "no" if room.tensor.count == NO_COUNT else str(room.tensor.count)
                return f"counts {found} words in {side} {k}, of {room.capacity}"
    return ""


def _compared(first: Json, second: Json) -> Json:
    """The first call, unless the second, with other poison, tells of trouble."""
    if first["failed"] or second["failed"]:
        return first if first["failed"] else second
    if first["status"] != second["status"]:
        why = f"status {first['status']}, then {second['status']} for the same call"
        return first | {"failed": why}
    for k, (one, other) in enumerate(zip(first["outputs"], second["outputs"], strict=True)):
        for index, pair in enumerate(zip(one, other, strict=False)):
            if pair[0] != pair[1]:
                why = f"word {index} of output {k} was not written, or depends on what was there"
                return first | {"failed": why}
        if len(one) != len(other):
            return first | {"failed": f"counts of output {k} differ for the same call"}
    return first


def main(path: str) -> None:
    """Answer every line; what the library prints goes to the error stream."""
    replies = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    library = Library(path)
    for line in sys.stdin:
        asked = json.loads(line)
        if "configure" in asked:
            said = library.hello(asked["configure"])
        else:
            said = _compared(*(library.call(asked, poison) for poison in POISONS))
        replies.write(json.dumps(said) + "\n")
        replies.flush()


if __name__ == "__main__":
    main(sys.argv[1])

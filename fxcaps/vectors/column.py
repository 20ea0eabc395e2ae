"""Tensors as they lie in memory, and the files and lines that hold them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from fxcaps.network.digest import words_digest
from fxcaps.types import Format, Reason, Rejection, Shape
from fxcaps.vectors.arrange import Arrangement
from fxcaps.vectors.constants import identifier
from fxcaps.vectors.packing import Words, beats, c_lines, keep_masks, packed, row_bytes

ROW = 0
"""Lanes of a whole row, the last axis as it lies."""


@dataclass(frozen=True)
class Layout:
    """How tensors lie in memory.

    Args:
        lanes: words of a beat, by tensor, `""` for those that are not named, which have 1
            otherwise; `ROW` for as many as the last axis has.
        patterns: arrangements by tensor; canonical order where a tensor is not named.
        bits: of a word in packed files; the width of its format for none.
    """

    lanes: Mapping[str, int] = field(default_factory=dict)
    patterns: Mapping[str, Arrangement] = field(default_factory=dict)
    bits: int | None = None

    def lanes_of(self, name: str) -> int:
        """Words of a beat of a tensor."""
        return self.lanes.get(name, self.lanes.get("", 1))

    def check(self, known: Sequence[str], what: str) -> None:
        """Reject names that there are not with `NAME_UNKNOWN`."""
        for name in (*self.lanes, *self.patterns):
            if name and name not in known:
                raise Rejection(
                    Reason.NAME_UNKNOWN, f"{what} has no {name!r}; known: {', '.join(known)}"
                )


@dataclass(frozen=True)
class Column:
    """A tensor in a memory: the words of every case, or of one constant.

    Args:
        name: of its files.
        format: of its words.
        words: `(cases, *shape)`, canonical.
        layout: of all.
        key: its name in the layout.
    """

    name: str
    format: Format
    words: Words
    layout: Layout
    key: str

    @property
    def shape(self) -> Shape:
        """Of one case, canonical."""
        return self.words.shape[1:]

    @cached_property
    def arranged(self) -> Words:
        """The words as they lie, `(cases, *arranged shape)`."""
        pattern = self.layout.patterns.get(self.key)
        if pattern is None:
            return self.words
        return np.stack([pattern.apply(case) for case in self.words])

    @property
    def lanes(self) -> int:
        """Words of a beat."""
        lanes = self.layout.lanes_of(self.key)
        return lanes or (self.arranged.shape[-1] if len(self.arranged.shape) > 1 else 1) or 1

    @property
    def size(self) -> int:
        """Words of a case as they lie, zeros of tiles included."""
        return int(np.prod(self.arranged.shape[1:], dtype=int))

    @property
    def beats(self) -> int:
        """Memory words of a case; every case begins with a new one."""
        return -(-self.size // self.lanes)

    def lines(self) -> list[str]:
        """Memory words of all cases."""
        cases = self.arranged.reshape(len(self.words), self.size).tolist()
        return [line for case in cases for line in beats(case, self.format, self.lanes)]

    def masks(self) -> list[str]:
        """Keep-masks of all cases."""
        return keep_masks(self.size, self.lanes) * len(self.words)

    def describe(self) -> dict[str, Any]:
        """What a reader of the files has to know; the digest is of the canonical order."""
        pattern = self.layout.patterns.get(self.key)
        return {
            "format": str(self.format),
            "shape": list(self.shape),
            "order": pattern.text if pattern else "canonical",
            "stored_shape": list(self.arranged.shape[1:]),
            "sha256": words_digest(self.words, self.format),
        }


def remark(column: Column) -> str:
    """The order of a tensor, for a comment."""
    stored = "x".join(map(str, column.arranged.shape[1:])) or "scalar"
    shape = "x".join(map(str, column.shape)) or "scalar"
    about = column.describe()
    order = "canonical" if about["order"] == "canonical" else f"{about['order']}, {stored}"
    return f"{column.name}: {column.format} {shape}, order {order}, sha256 {about['sha256']}"


def memory_files(columns: Sequence[Column]) -> tuple[dict[str, bytes], list[str]]:
    """Files of memory words and keep-masks, and the lines of a header that describe them."""
    files, lines = {}, []
    for column in columns:
        upper = identifier(column.name).upper()
        files[f"{column.name}.hex"] = text_of(column.lines())
        if column.lanes > 1:
            files[f"{column.name}.keep.hex"] = text_of(column.masks())
        sizes = {
            "WIDTH": column.format.width,
            "FRAC": column.format.frac,
            "SIGNED": int(column.format.signed),
            "WORDS": column.size,
            "LANES": column.lanes,
            "BEATS": column.beats,
            "DEPTH": column.beats * len(column.words),
        }
        lines += [f"// {remark(column)}"]
        lines += [f"localparam integer {upper}_{key} = {size};" for key, size in sizes.items()]
    return files, lines


def c_array(column: Column) -> list[str]:
    """The lines of an array `[cases][words]` and its sizes; a constant's is `[1][words]`."""
    ident, bits = identifier(column.name), 8 * column.format.container_bytes
    lines = [
        f"/* {remark(column)} */",
        f"#define {ident.upper()}_WIDTH {column.format.width}",
        f"#define {ident.upper()}_FRAC ({column.format.frac})",
        f"#define {ident.upper()}_WORDS {column.size}",
    ]
    count = len(column.words)
    lines += [f"static const int{bits}_t fxcaps_{ident}[{count}][{max(column.size, 1)}] = {{"]
    for case in column.arranged.reshape(count, column.size).tolist():
        lines += [" {", *c_lines(case or [0], bits), " },"]
    return [*lines, "};"]


def packed_files(columns: Sequence[Column]) -> tuple[dict[str, bytes], list[str]]:
    """Files of packed bits, and a line about each."""
    files, lines = {}, []
    for column in columns:
        bits = column.layout.bits or column.format.width
        try:
            files[f"{column.name}.bin"] = packed(column.arranged, column.format, bits)
        except Rejection as rejection:
            raise rejection.within(column.name) from None
        row = f"rows of {row_bytes(column.arranged, bits)} bytes, their last bits zero"
        lines += [f"{remark(column)}: {bits} bits a word, least significant first, {row}"]
    return files, lines


def text_of(lines: Sequence[str]) -> bytes:
    """Lines as a file."""
    return "".join(f"{line}\n" for line in lines).encode()

"""How integers are written in files of vectors (specification page `vectors.md`)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from fxcaps.types import Format, Reason, Rejection

WIDEST = 32
"""Bits of a word that is written as a JSON number; many readers keep no more than 53."""

_LIMIT = 1 << 31
_SIGNED_HEX = re.compile(r"-?0x[0-9a-f]+")


def digits(format: Format) -> int:
    """Hexadecimal digits of a word."""
    return -(-format.width // 4)


def hex_word(word: int, format: Format) -> str:
    """Two's complement, masked to the width, lower case, padded with zeros to `digits`."""
    return f"{word & ((1 << format.width) - 1):0{digits(format)}x}"


def word_of_bits(bits: int, format: Format) -> int:
    """The word that stands in the lowest `width` bits."""
    bits &= (1 << format.width) - 1
    return bits - (1 << format.width) if format.signed and bits > format.max else bits


def write_words(words: Sequence[int], format: Format) -> list[int | str]:
    """Words as JSON: numbers up to 32 bits, hexadecimal texts of the width beyond.

    A word outside its format, which a case of a rejection may hold, is written as any integer.
    """
    if format.width <= WIDEST:
        return [write_integer(word) for word in words]
    return [
        hex_word(word, format) if format.contains(word) else write_integer(word) for word in words
    ]


def read_words(data: Any, format: Format, where: str) -> list[int]:
    """The words that `write_words` wrote; rejects what is none with `FILE_FOREIGN`."""
    if not isinstance(data, list):
        raise Rejection(Reason.FILE_FOREIGN, f"{where}: expected a list of words, found {data!r}")
    return [_read_word(item, format, f"{where}[{k}]") for k, item in enumerate(data)]


def _read_word(item: Any, format: Format, where: str) -> int:
    if isinstance(item, str) and re.fullmatch(f"[0-9a-f]{{{digits(format)}}}", item):
        return word_of_bits(int(item, 16), format)
    found = read_integers(item)
    if not isinstance(found, int) or isinstance(found, bool):
        raise Rejection(Reason.FILE_FOREIGN, f"{where}: expected a word, found {item!r:.60}")
    return found


def write_integer(value: int) -> int | str:
    """An integer without a width: a number within 32 signed bits, `-0x1f` and such beyond."""
    return value if -_LIMIT <= value < _LIMIT else hex(value)


def write_integers(data: Any) -> Any:
    """The same JSON value with every integer written as above."""
    if isinstance(data, dict):
        return {key: write_integers(item) for key, item in data.items()}
    if isinstance(data, list | tuple):
        return [write_integers(item) for item in data]
    return write_integer(data) if isinstance(data, int) and not isinstance(data, bool) else data


def read_integers(data: Any) -> Any:
    """The JSON value that `write_integers` wrote; no other text looks like its integers."""
    if isinstance(data, dict):
        return {key: read_integers(item) for key, item in data.items()}
    if isinstance(data, list):
        return [read_integers(item) for item in data]
    if isinstance(data, str) and _SIGNED_HEX.fullmatch(data):
        return int(data, 16)
    return data

"""The text pipe: requests that `scanf` reads, one a line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from fxcaps.types import Format
from fxcaps.vectors.numbers import hex_word
from fxcaps.vectors.pick import Pick


def requests(picked: Pick) -> Iterator[str]:
    """`seq lengths words` for every case, then `end count`.

    `seq` counts from 0 and, like the lengths, is decimal. There is a length for each input in
    the order of the setup, then the words of all inputs in that order, each in lower-case
    hexadecimal of its format's width.
    """
    formats = picked.inputs()
    for number, case in enumerate(picked.cases):
        yield request(number, formats, case.words)
    yield f"end {len(picked.cases)}"


def request(number: int, formats: Mapping[str, Format], words: Mapping[str, Sequence[int]]) -> str:
    """One line of the above."""
    lengths = [str(len(words[port])) for port in formats]
    hexes = [hex_word(word, format) for port, format in formats.items() for word in words[port]]
    return " ".join([str(number), *lengths, *hexes])

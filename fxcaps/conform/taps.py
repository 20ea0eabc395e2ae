"""Where a device went wrong first: its intermediates beside the specification's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from fxcaps.conform.judge import Difference
from fxcaps.types import Format
from fxcaps.vectors.call import Setup
from fxcaps.vectors.evaluate import Outcome, evaluate
from fxcaps.vectors.pick import Asked


class Row(NamedTuple):
    """A tap as the specification has it.

    Args:
        name: as the operation's page has it, or that of an output port.
        integers: in the order in which they are made; words of ports in C order.
        frac: fraction bits, where the integers stand for values.
        width: bits, of a port.
    """

    name: str
    integers: Sequence[int]
    frac: int | None
    width: int | None


def expected(setup: Setup, case: Asked) -> tuple[Outcome, list[Row]]:
    """What the specification makes of a case, taps and outputs in the order of their making."""
    made = evaluate(setup, case.words, image=case.image, taps=True)
    rows = [Row(name, found, made.fracs.get(name), None) for name, found in made.taps.items()]
    for port, words in made.words.items():
        format = Format.parse(setup.outputs[port]["format"])
        rows.append(Row(port, words, format.frac, format.width))
    return made, rows


def wrong(rows: Sequence[Row], found: Mapping[str, Sequence[int]]) -> list[Difference]:
    """The first integer that differs of every tap that a device told, in order.

    A blank in a name may be told as `_`: lines of text part names at blanks.
    """
    differences = []
    for row in rows:
        told = found.get(row.name, found.get(row.name.replace(" ", "_")))
        if told is not None:
            place = _first(row.integers, told)
            if place is not None:
                differences.append(Difference(row.name, *place))
    return differences


def _first(
    wanted: Sequence[int], found: Sequence[int]
) -> tuple[int, int | None, int | None] | None:
    for index in range(max(len(wanted), len(found))):
        one, other = (words[index] if index < len(words) else None for words in (wanted, found))
        if one != other:
            return index, one, other
    return None

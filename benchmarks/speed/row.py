"""A row of the table: what is measured, against what, and what came of it."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.speed.timing import Times, ratio

Json = dict[str, Any]


class Gap(Exception):  # noqa: N818 - a row that says why it has no numbers is no error
    """Why a row cannot be measured here."""


class Unequal(Exception):  # noqa: N818 - it says what is wrong: the two sides compute other things
    """Both sides should give the same, and do not."""


class Kind(StrEnum):
    """What the target of a row is about."""

    FASTER = "times faster"
    SECONDS = "seconds"
    MEGABYTES = "MB"


@dataclass(frozen=True)
class Setting:
    """How to measure.

    Args:
        threads: of both sides.
        rounds: timings of each side, in turn.
        quick: small work: checks that a row runs, and says nothing about speed.
        data: directory of data sets, for the published files.
    """

    threads: int = 1
    rounds: int = 7
    quick: bool = False
    data: Path | None = None

    def size(self, full: int, quick: int) -> int:
        """A size of the work."""
        return quick if self.quick else full


@dataclass(frozen=True)
class Pair:
    """Timings of both sides.

    Args:
        ours: ours.
        theirs: the peer's.
        checked: how their results were compared.
        items: images or rows in the work; 0 where it is one piece.
        note: what a reader has to know.
    """

    ours: Times
    theirs: Times
    checked: str
    items: int = 0
    note: str = ""


@dataclass(frozen=True)
class Amount:
    """One number without a peer, in seconds or megabytes.

    Args:
        value: the number.
        note: what it was measured on.
        more: further numbers by name.
    """

    value: float
    note: str
    more: Json = field(default_factory=dict)


@dataclass(frozen=True)
class Counts:
    """How much both sides do, where that is counted and not timed.

    Args:
        ours: of ours.
        theirs: of the other side.
        checked: how their results were compared.
        note: what was counted.
    """

    ours: int
    theirs: int
    checked: str
    note: str


@dataclass(frozen=True)
class Row:
    """A line of the table.

    Args:
        name: for `--only`.
        work: what is computed.
        peer: whose time is compared, empty where the target is an amount.
        target: least ratio, or most seconds or megabytes; `None` where there is none.
        measure: does it; raises `Gap`.
        kind: of the target.
    """

    name: str
    work: str
    peer: str
    target: float | None
    measure: Callable[[Setting], Pair | Amount | Counts]
    kind: Kind = Kind.FASTER

    def run(self, setting: Setting) -> Json:
        """Measure, and say the result or the gap as JSON values."""
        head = {
            "row": self.name,
            "work": self.work,
            "peer": self.peer,
            "kind": self.kind.value,
            "target": self.target,
            "threads": setting.threads,
        }
        try:
            made = self.measure(setting)
        except Gap as gap:
            return head | {"gap": str(gap)}
        if isinstance(made, Pair):
            return head | self._pair(made)
        return head | (self._amount(made) if isinstance(made, Amount) else self._counts(made))

    def _pair(self, made: Pair) -> Json:
        wall = ratio(made.ours.wall, made.theirs.wall)
        processor = ratio(made.ours.processor, made.theirs.processor)
        return {
            "value": _short(wall.middle),
            "least": _short(wall.least),
            "largest": _short(wall.largest),
            "processor": _short(processor.middle),
            "ours_ms": [_short(1000 * seconds) for seconds in made.ours.wall],
            "theirs_ms": [_short(1000 * seconds) for seconds in made.theirs.wall],
            "ours_processor_ms": _short(1000 * median(made.ours.processor)),
            "theirs_processor_ms": _short(1000 * median(made.theirs.processor)),
            "items": made.items,
            "checked": made.checked,
            "note": made.note,
            "met": None if self.target is None else wall.middle >= self.target,
        }

    def _counts(self, made: Counts) -> Json:
        value = made.theirs / made.ours
        return {
            "value": _short(value),
            "note": made.note,
            "checked": made.checked,
            "more": {"ours": made.ours, "theirs": made.theirs},
            "met": None if self.target is None else value >= self.target,
        }

    def _amount(self, made: Amount) -> Json:
        return {
            "value": _short(made.value),
            "note": made.note,
            "more": made.more,
            "met": None if self.target is None else made.value <= self.target,
        }


def peer(name: str) -> Any:
    """A peer's package, or a gap that names it."""
    try:
        return importlib.import_module(name)
    except ImportError:
        raise Gap(f"{name} is not installed") from None


def expect(condition: object, message: str) -> None:
    """Refuse to time two sides that give different results."""
    if not condition:
        raise Unequal(message)


def _short(number: float) -> float:
    """Four digits."""
    return float(f"{number:.4g}")

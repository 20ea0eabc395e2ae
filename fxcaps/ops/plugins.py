"""Installed packages that bring operations: the entry points of the group `fxcaps.operations`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

GROUP = "fxcaps.operations"
"""A distribution names a module here; importing it registers what it brings."""


def load_entry_points(mark: Callable[[], int], undo: Callable[[int], None]) -> list[str]:
    """Import every entry point; returns one line for each that could not be.

    Args:
        mark: how many registrations there are.
        undo: takes back the registrations beyond such a number, of an entry point that failed.
    """
    broken = []
    for point in _found():
        before = mark()
        try:
            point.load()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - other people's code raises anything
            undo(before)
            told = " ".join(str(error).split())
            broken.append(
                f"{point.dist.name} {point.dist.version}, entry point {point.name} = "
                f"{point.value}: {type(error).__name__}: {told:.200}"
            )
    return broken


def _found() -> Iterator[Any]:
    # Only where other packages are asked for: it is a tenth of the time of importing fxcaps.
    from importlib import metadata  # noqa: PLC0415

    yield from sorted(
        metadata.entry_points(group=GROUP),
        key=lambda point: (point.dist.name if point.dist else "", point.name),
    )

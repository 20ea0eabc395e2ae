"""Which tensor has how many bits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from fxcaps.types import Reason, Rejection

LARGEST_WIDTH = 32
"""Words that the engine computes with."""

Widths = int | Mapping[str, int]
"""One width for all, or tensor name pattern -> width; a later pattern wins."""


def widths_by_name(widths: Widths, names: Iterable[str]) -> dict[str, int]:
    """Resolve widths for every tensor.

    Args:
        widths: a width, or patterns as in file names (`*`, `digit.c*`, `conv.weight`).
        names: of all tensors.

    Rejects widths outside 1..32, a pattern that names no tensor (`NAME_UNKNOWN`) and a tensor
    that no pattern names (`PARAMETER_INVALID`).
    """
    patterns = {"*": widths} if isinstance(widths, int) else widths
    known = list(names)
    for pattern, width in patterns.items():
        if not isinstance(width, int) or not 1 <= width <= LARGEST_WIDTH:
            raise Rejection(
                Reason.PARAMETER_INVALID,
                f"width of {pattern!r} must be 1 to {LARGEST_WIDTH}, found {width!r}",
            )
        if not any(fnmatchcase(name, pattern) for name in known):
            raise Rejection(Reason.NAME_UNKNOWN, f"width pattern {pattern!r} names no tensor")
    found: dict[str, int] = {}
    for name in known:
        matching = [width for pattern, width in patterns.items() if fnmatchcase(name, pattern)]
        if not matching:
            raise Rejection(Reason.PARAMETER_INVALID, f"no width is given for tensor {name!r}")
        found[name] = matching[-1]
    return found

"""Which set is meant: one that is named, the project's own, or the smoke tier in the package."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from fxcaps.vectors.files import MANIFEST, VectorSet, open_set

VARIABLE = "FXCAPS_VECTORS"
"""Environment variable that names a set."""

HERE = Path("vectors")
"""Where a set is looked for otherwise: in the folder where a command is typed."""

CHECKOUT = Path(__file__).parents[2] / "vectors"
"""Beside the package in the project's sources."""

CARRIED = Path(__file__).parent / "published"
"""In an installed package: the smoke tier of the published set, put there when it is built."""


def find_set(named: str | Path | None = None) -> VectorSet:
    """The set that `named` says, or `FXCAPS_VECTORS`, or the published one.

    The published one is `vectors/` where the command is typed, or beside the package in its
    sources, or else the smoke tier that an installed package carries, under the digest of the
    whole set.

    Rejects what `open_set` rejects.
    """
    wanted = named or os.environ.get(VARIABLE)
    if wanted:
        return open_set(Path(wanted))
    for place in (HERE, CHECKOUT):
        if (place / MANIFEST).is_file():
            return open_set(place)
    if (CARRIED / MANIFEST).is_file():
        whole = open_set(CARRIED)
        kept = tuple(entry for entry in whole.entries if (CARRIED / entry.path).is_file())
        return replace(whole, entries=kept)
    return open_set(HERE)

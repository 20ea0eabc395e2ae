"""The whole as one call, for a function."""

from __future__ import annotations

import os
from pathlib import Path

from fxcaps.conform.adapters.python import Function, Implementation
from fxcaps.conform.runner import Result, conduct
from fxcaps.conform.select import choose
from fxcaps.vectors.files import VectorSet, open_set

VARIABLE = "FXCAPS_VECTORS"
"""Environment variable that names a set of vectors."""

DEFAULT = "vectors"
"""Where a set is looked for otherwise: the published one, from the project's folder."""


def set_at(place: str | Path | None = None) -> VectorSet:
    """The set at a place, or where it is looked for without one."""
    return open_set(Path(place or os.environ.get(VARIABLE) or DEFAULT))


def run(
    implementation: Implementation,
    op: str,
    *,
    profile: str,
    vectors: str | Path | None = None,
    kind: str | None = None,
    tier: str | None = None,
    setup: str | None = None,
    rejects: bool = True,
) -> Result:
    """Ask a function every case of an operation and a profile.

    Args:
        implementation: takes a `Call`; returns words, or raises `Rejection` or `Skip`.
        op: the operation.
        profile: a profile or another bundle of the set.
        vectors: the set's directory.
        kind: of cases; all for none.
        tier: likewise.
        setup: a single one, by name.
        rejects: whether the function raises `Rejection`.

    Rejects unknown names and empty selections with `NAME_UNKNOWN`, and a set that is missing or
    damaged with `FILE_UNREADABLE`, `FILE_FOREIGN` or `FILE_CORRUPT`.
    """
    selection = choose(set_at(vectors), op=op, profile=profile, kind=kind, tier=tier, setup=setup)
    return conduct(Function(implementation, rejects=rejects), selection)

"""The whole as one call, for a function."""

from __future__ import annotations

from pathlib import Path

from fxcaps.conform.adapters.python import Function, Implementation
from fxcaps.conform.runner import Result, conduct
from fxcaps.conform.select import choose
from fxcaps.vectors.where import find_set


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
        vectors: the set's directory; by default that of `find_set`.
        kind: of cases; all for none.
        tier: likewise.
        setup: a single one, by name.
        rejects: whether the function raises `Rejection`.

    Rejects unknown names and empty selections with `NAME_UNKNOWN`, and a set that is missing or
    damaged with `FILE_UNREADABLE`, `FILE_FOREIGN` or `FILE_CORRUPT`.
    """
    selection = choose(find_set(vectors), op=op, profile=profile, kind=kind, tier=tier, setup=setup)
    return conduct(Function(implementation, rejects=rejects), selection)

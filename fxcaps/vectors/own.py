"""Vectors at someone's own formats: the cases of an operation from one format to another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fxcaps.profiles import Profile
from fxcaps.types import Format, Reason, Rejection
from fxcaps.vectors.bundles import bundles_of
from fxcaps.vectors.call import Setup
from fxcaps.vectors.cases import ROOMS, Desk, Draft
from fxcaps.vectors.cases.desk import count
from fxcaps.vectors.make import RANDOM, CaseFile, Kind, file_of_drafts
from fxcaps.vectors.stream import Stream


def own_files(
    operations: Sequence[str], profiles: Sequence[Profile], x: Format, out: Format
) -> Iterator[CaseFile]:
    """Edge cases and random ones, a file each, for every operation and profile.

    Args:
        operations: their names.
        profiles: whose arithmetic they have.
        x: format of the input.
        out: format of the output.

    Rejects operations that do not make one format of another with `NAME_UNKNOWN`, and formats
    that a profile's algorithm does not take with `FORMAT_MISMATCH`.
    """
    for operation in operations:
        room = ROOMS.get(operation)
        if room is None or room.own is None:
            known = ", ".join(name for name in sorted(ROOMS) if ROOMS[name].own)
            raise Rejection(
                Reason.NAME_UNKNOWN,
                f"no cases of {operation!r} at formats of your own; known: {known}",
            )
        for bundle in bundles_of(operation, profiles, own=False):
            desk = Desk(bundle.arithmetic, bundle.algorithm)
            edges = [draft for draft in room.own(desk, str(x), str(out)) if draft.setup]
            if not edges:
                raise Rejection(
                    Reason.FORMAT_MISMATCH, f"{operation} of {bundle.name} takes no {x} to {out}"
                )
            setups = {draft.setup.name: draft.setup for draft in edges if draft.setup}
            stem = f"{operation}.{bundle.name}.{Kind.RANDOM.value}"
            random = list(_random(list(setups.values()), stem))
            for kind, drafts in ((Kind.EDGE, edges), (Kind.RANDOM, random)):
                yield file_of_drafts(operation, bundle.name, bundle.digest, kind, drafts)


def _random(setups: Sequence[Setup], stem: str) -> Iterator[Draft]:
    for k in range(RANDOM):
        setup = setups[k % len(setups)]
        slug = f"{setup.name}-{k // len(setups)}"
        stream = Stream(f"{stem}.{slug}")
        words = {
            port: stream.words(Format.parse(given["format"]), count(given["shape"]))
            for port, given in setup.inputs.items()
        }
        yield Draft(slug, setup, words, ("SANITY",))

"""What a run asks: the cases of a selection by setup, counted against the manifest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from fxcaps.conform.device import Block
from fxcaps.network.files import field, read_json
from fxcaps.types import Reason, Rejection
from fxcaps.vectors.call import Setup
from fxcaps.vectors.export import as_asked, identifiers
from fxcaps.vectors.files import Entry, VectorSet
from fxcaps.vectors.make import CaseFile
from fxcaps.vectors.pick import Asked, Pick, asked_of, in_order, pick

Json = dict[str, Any]

ERRATA = "ERRATA.json"


class Shard(NamedTuple):
    """One of `parts` equal parts of a selection, counted from 1."""

    number: int
    parts: int

    @classmethod
    def parse(cls, text: str) -> Shard:
        """Read `i/n`; rejects anything else with `PARAMETER_INVALID`."""
        found = re.fullmatch(r"([0-9]+)/([0-9]+)", text)
        shard = cls(int(found[1]), int(found[2])) if found else cls(0, 0)
        if not 1 <= shard.number <= shard.parts:
            raise Rejection(
                Reason.PARAMETER_INVALID, f"a shard is i/n with 1 <= i <= n, found {text!r}"
            )
        return shard

    def has(self, index: int) -> bool:
        """Whether the case at an index belongs to it."""
        return index % self.parts == self.number - 1


WHOLE = Shard(1, 1)
"""All cases."""


@dataclass(frozen=True)
class Chain:
    """A case that feeds outputs back into an input; `case` is as in the file."""

    id: str
    case: Json


@dataclass(frozen=True)
class Chosen:
    """The cases of one setup.

    Args:
        pick: those that a device is given.
        revision: of the operation.
        chains: those that are fed back.
        unaskable: ids of those whose words no device of this setup can be given.
        withdrawn: reasons of those of the others that are errata, by id.
    """

    pick: Pick
    revision: int
    chains: tuple[Chain, ...]
    unaskable: tuple[str, ...]
    withdrawn: Mapping[str, str]

    @property
    def block(self) -> Block:
        """What the device is told."""
        pick = self.pick
        return Block(pick.operation, self.revision, pick.profile, identifiers(pick), pick.setup)


@dataclass(frozen=True)
class Selection:
    """What is asked, and what of the selected files is not.

    Args:
        set: that the cases come from.
        operation: its name.
        profile: that was asked for.
        entries: the selected files.
        chosen: their cases by setup.
        shard: of them.
        other_setups: cases of setups that were not chosen.
        other_shards: cases of the other shards.
    """

    set: VectorSet
    operation: str
    profile: str
    entries: tuple[Entry, ...]
    chosen: tuple[Chosen, ...]
    shard: Shard
    other_setups: int
    other_shards: int

    @property
    def recorded(self) -> int:
        """Cases that the manifest records for the selected files."""
        return sum(entry.cases for entry in self.entries)


def choose(
    found: VectorSet,
    *,
    op: str,
    profile: str,
    kind: str | None = None,
    tier: str | None = None,
    setup: str | None = None,
    single: bool = False,
    shard: Shard = WHOLE,
) -> Selection:
    """Select cases.

    Args:
        found: the set.
        op: an operation.
        profile: a profile or another bundle of it.
        kind: of the files; all for none.
        tier: likewise.
        setup: its name; all for none.
        single: whether the device has one setup, the one that `fxcaps vectors emit` gives.
        shard: the part of the cases.

    Rejects unknown names and a selection of nothing with `NAME_UNKNOWN`.
    """
    entries = found.select(op=op, profile=profile, kind=kind, tier=tier)
    files = [found.read(entry) for entry in in_order(entries)]
    only = pick(found, entries, setup).setup.key if single else None
    groups: dict[str, list[tuple[Setup, CaseFile, Json]]] = {}
    index = others = elsewhere = 0
    for file in files:
        own = {setup.name: setup for setup in file.setups}
        for case in file.cases:
            is_of = own[case["setup"]]
            if only not in (None, is_of.key) or setup not in (None, is_of.name):
                others += 1
            elif shard.has(index):
                groups.setdefault(is_of.key, []).append((is_of, file, case))
                index += 1
            else:
                elsewhere += 1
                index += 1
    if not index:
        names = ", ".join(sorted({setup.name for file in files for setup in file.setups}))
        raise Rejection(
            Reason.NAME_UNKNOWN, f"{op} {profile} has no setup {setup!r}; known: {names}"
        )
    if not groups:
        raise Rejection(
            Reason.NAME_UNKNOWN,
            f"shard {shard.number}/{shard.parts} of {index} cases is empty",
        )
    withdrawn = _withdrawn(found)
    made = (_chosen(found, items, withdrawn) for items in groups.values())
    chosen = tuple(replace(one, pick=as_asked(found, one.pick, profile)) for one in made)
    return Selection(found, op, profile, tuple(entries), chosen, shard, others, elsewhere)


def _chosen(
    found: VectorSet,
    items: Sequence[tuple[Setup, CaseFile, Json]],
    withdrawn: Mapping[str, str],
) -> Chosen:
    setup, file, _ = items[0]
    asked: list[Asked] = []
    chains: list[Chain] = []
    unaskable: list[str] = []
    for own, _, case in items:
        if "checkpoints" in case:
            chains.append(Chain(case["id"], case))
            continue
        read = asked_of(own, case)
        if read is None:
            unaskable.append(case["id"])
        else:
            asked.append(read)
    picked = Pick(
        file.operation,
        file.bundle,
        file.digest,
        found.digest,
        setup,
        tuple(asked),
        len(unaskable) + len(chains),
    )
    return Chosen(picked, file.revision, tuple(chains), tuple(unaskable), withdrawn)


def _withdrawn(found: VectorSet) -> dict[str, str]:
    """Cases that the set has withdrawn, with the reason."""
    path = found.root / ERRATA
    if not path.is_file():
        return {}  # a set of one's own has none
    where = str(path)
    items = field(read_json(path, "fxcaps-errata", 1), "withdrawn", list, where)
    return {field(item, "id", str, where): field(item, "reason", str, where) for item in items}

"""The cases of one setup: what a device of fixed formats and shapes is asked and answers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fxcaps.types import Format, Reason, Rejection
from fxcaps.vectors.call import Setup
from fxcaps.vectors.files import Entry, VectorSet
from fxcaps.vectors.make import CaseFile, Kind
from fxcaps.vectors.numbers import read_integers, read_words

Json = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A case that a device can be asked.

    Args:
        id: of the case.
        words: of the inputs by port.
        out: of the outputs by port; empty where the case is rejected.
        reject: the reason, or empty.
        image: index of the sample.
        taps: intermediates that the file gives, by name.
        clauses: of the pages that it exercises.
    """

    id: str
    words: dict[str, list[int]]
    out: dict[str, list[int]]
    reject: str
    image: int = 0
    taps: dict[str, list[int]] = field(default_factory=dict)
    clauses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pick:
    """A setup and its cases.

    Args:
        operation: its name.
        profile: the bundle that was asked for.
        profile_digest: of the profile; empty where it is none.
        set_digest: of the set that they come from.
        setup: of all cases.
        cases: in the order of the files.
        left_out: cases whose words no device of this setup can be given.
    """

    operation: str
    profile: str
    profile_digest: str
    set_digest: str
    setup: Setup
    cases: tuple[Asked, ...]
    left_out: int

    def inputs(self) -> dict[str, Format]:
        """Formats of the inputs by port."""
        return formats_of(self.setup.inputs)

    def outputs(self) -> dict[str, Format]:
        """Formats of the outputs by port."""
        return formats_of(self.setup.outputs)


def formats_of(tensors: Json) -> dict[str, Format]:
    """Formats by port of the inputs or outputs of a setup."""
    return {port: Format.parse(given["format"]) for port, given in tensors.items()}


def sizes_of(tensors: Json) -> dict[str, int] | None:
    """Words by port likewise; `None` where a shape is not given, as of calls that are rejected."""
    if not all("shape" in given for given in tensors.values()):
        return None
    return {port: math.prod(given["shape"]) for port, given in tensors.items()}


def in_order(entries: Sequence[Entry]) -> list[Entry]:
    """Files by kind, those of edge cases first, so that a name means their setup first."""
    kinds = [kind.value for kind in Kind]
    return sorted(entries, key=lambda entry: kinds.index(entry.kind))


def setups_of(found: VectorSet, entries: Sequence[Entry]) -> list[tuple[Setup, CaseFile]]:
    """Every setup of some files, equal ones of several files each time."""
    files = [found.read(entry) for entry in in_order(entries)]
    return [(setup, file) for file in files for setup in file.setups]


def pick(found: VectorSet, entries: Sequence[Entry], name: str | None) -> Pick:
    """The cases of one setup.

    Args:
        found: the set.
        entries: files of one operation and profile.
        name: of the setup; may be left out where there is only one.

    Rejects an unknown name, several setups without a name, and a setup of which no case can be
    asked, all with `NAME_UNKNOWN`.
    """
    known = setups_of(found, entries)
    names = list(dict.fromkeys(setup.name for setup, _ in known))
    first = entries[0]
    where = f"{first.op} {first.profile}"
    if name is None and len(names) > 1:
        raise Rejection(
            Reason.NAME_UNKNOWN,
            f"{where} has {len(names)} setups, name one of {', '.join(names)}",
        )
    chosen = [(setup, file) for setup, file in known if setup.name == (name or names[0])]
    if not chosen:
        raise Rejection(
            Reason.NAME_UNKNOWN, f"{where} has no setup {name!r}; known: {', '.join(names)}"
        )
    setup = chosen[0][0]
    cases: list[Asked] = []
    left_out = 0
    for own, file in chosen:
        for case in file.cases:
            if case["setup"] != own.name or own.key != setup.key:
                continue
            asked = asked_of(own, case)
            cases += [asked] if asked else []
            left_out += asked is None
    if not cases:
        raise Rejection(
            Reason.NAME_UNKNOWN,
            f"{where}: no case of setup {setup.name!r} can be given to a device",
        )
    file = chosen[0][1]
    return Pick(
        file.operation, file.bundle, file.digest, found.digest, setup, tuple(cases), left_out
    )


def asked_of(setup: Setup, case: Json) -> Asked | None:
    """A case with its words; none for chains, and where a word or a count is what is wrong."""
    if "checkpoints" in case or set(case["in"]) != set(setup.inputs):
        return None
    try:
        formats = formats_of(setup.inputs)
        words = {port: read_words(case["in"][port], formats[port], case["id"]) for port in formats}
        out = formats_of(setup.outputs)
    except Rejection:
        return None
    sizes = sizes_of(setup.inputs) or {}
    for port, given in words.items():
        if len(given) != sizes.get(port) or not all(formats[port].contains(w) for w in given):
            return None
    answered = case.get("out", {})
    return Asked(
        case["id"],
        words,
        {port: read_words(answered[port], out[port], case["id"]) for port in answered},
        case.get("reject", ""),
        case.get("image", 0),
        read_integers(case.get("taps", {})),
        tuple(case["clauses"]),
    )

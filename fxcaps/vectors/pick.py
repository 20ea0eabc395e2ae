"""The cases of one setup: what a device of fixed formats and shapes is asked and answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fxcaps.types import Format, Reason, Rejection
from fxcaps.vectors.call import Setup
from fxcaps.vectors.files import Entry, VectorSet
from fxcaps.vectors.make import CaseFile
from fxcaps.vectors.numbers import read_words

Json = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """A case that a device can be asked.

    Args:
        id: of the case.
        words: of the inputs by port.
        out: of the outputs by port; empty where the case is rejected.
        reject: the reason, or empty.
    """

    id: str
    words: dict[str, list[int]]
    out: dict[str, list[int]]
    reject: str


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
        return _formats(self.setup.inputs)

    def outputs(self) -> dict[str, Format]:
        """Formats of the outputs by port."""
        return _formats(self.setup.outputs)


def _formats(tensors: Json) -> dict[str, Format]:
    return {port: Format.parse(given["format"]) for port, given in tensors.items()}


def setups_of(found: VectorSet, entries: Sequence[Entry]) -> list[tuple[Setup, CaseFile]]:
    """Every setup of some files, equal ones of several files each time."""
    files = [found.read(entry) for entry in entries]
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
            found_case = asked(own, case)
            cases += [found_case] if found_case else []
            left_out += found_case is None
    if not cases:
        raise Rejection(
            Reason.NAME_UNKNOWN,
            f"{where}: no case of setup {setup.name!r} can be given to a device",
        )
    file = chosen[0][1]
    return Pick(
        file.operation, file.bundle, file.digest, found.digest, setup, tuple(cases), left_out
    )


def asked(setup: Setup, case: Json) -> Asked | None:
    """A case with its words; none for chains, and where a word or a count is what is wrong."""
    if "checkpoints" in case or set(case["in"]) != set(setup.inputs):
        return None
    try:
        formats = _formats(setup.inputs)
        words = {port: read_words(case["in"][port], formats[port], case["id"]) for port in formats}
        out = _formats(setup.outputs)
    except Rejection:
        return None
    for port, given in words.items():
        size = 1
        for extent in setup.inputs[port]["shape"]:
            size *= extent
        if len(given) != size or not all(formats[port].contains(word) for word in given):
            return None
    answered = case.get("out", {})
    return Asked(
        case["id"],
        words,
        {port: read_words(answered[port], out[port], case["id"]) for port in answered},
        case.get("reject", ""),
    )

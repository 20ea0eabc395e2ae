"""Whether a set holds what the specification gives, and whether this package makes it again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fxcaps.types import Format, Reason, Rejection
from fxcaps.vectors.call import Setup
from fxcaps.vectors.evaluate import chain, evaluate
from fxcaps.vectors.files import Entry, VectorSet
from fxcaps.vectors.make import CaseFile, Kind, answer
from fxcaps.vectors.numbers import read_integers, read_words

Json = dict[str, Any]


def recompute(
    found: VectorSet, entries: Sequence[Entry], progress: Callable[[int, int], None] | None = None
) -> int:
    """Ask the specification every case of some files again; returns how many there were.

    Rejects the first case whose words, events, taps, clauses or reason differ with
    `FILE_CORRUPT`.
    """
    count = 0
    for number, entry in enumerate(entries, start=1):
        file = found.read(entry)
        setups = {setup.name: setup for setup in file.setups}
        for case in file.cases:
            again = case_again(file, setups[case["setup"]], case)
            if again != case:
                field = next(k for k in sorted({*case, *again}) if case.get(k) != again.get(k))
                raise Rejection(
                    Reason.FILE_CORRUPT,
                    f"{found.root / entry.path}: {case['id']} has {field} "
                    f"{case.get(field)!r:.80}, the specification gives {again.get(field)!r:.80}",
                )
            count += 1
        if progress:
            progress(number, len(entries))
    return count


def case_again(file: CaseFile, setup: Setup, case: Json) -> Json:
    """The case with everything that the specification decides made anew."""
    words = {port: _words(setup, port, given) for port, given in case["in"].items()}
    asked = {key: item for key, item in case.items() if key not in _ANSWERS}
    if file.kind is Kind.CHAIN:
        crcs = chain(
            setup,
            words,
            feed=case["feed"],
            source=case["from"],
            steps=case["steps"],
            seed=int(case["seed"], 16),
        )
        checkpoints = [[step, f"{crc:08x}"] for step, crc in crcs]
        return asked | {"checkpoints": checkpoints, "clauses": case["clauses"]}
    outcome = evaluate(setup, words, image=case.get("image", 0), taps=file.kind is Kind.EDGE)
    return asked | answer(setup, case, outcome)


_ANSWERS = frozenset({"out", "events", "taps", "clauses", "reject", "checkpoints"})
"""Fields of a case that are no question."""


def _words(setup: Setup, port: str, given: list[Any]) -> list[int]:
    try:
        return read_words(given, Format.parse(setup.inputs[port]["format"]), port)
    except Rejection:
        return [int(word) for word in read_integers(given)]

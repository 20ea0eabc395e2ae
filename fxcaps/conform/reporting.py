"""A run as JSON, from which all other forms derive."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fxcaps.conform.device import PROTOCOL, Status
from fxcaps.conform.judge import Finding, Verdict
from fxcaps.conform.mutants import Mutants
from fxcaps.conform.runner import Result
from fxcaps.conform.select import Chosen
from fxcaps.conform.taps import expected, wrong
from fxcaps.types import Format
from fxcaps.vectors.files import SPEC_VERSION
from fxcaps.vectors.numbers import hex_word, write_integers
from fxcaps.vectors.pick import Asked

Json = dict[str, Any]

KIND, VERSION = "fxcaps-conformance", 1

MOST = 256
"""Words of a port, and differences, that a report holds; `repro` gives the others."""

DETAILED = 50
"""Cases that are not equal and are looked into; all have their verdict and a line."""


def report(result: Result, package: str, place: str | None = None) -> Json:
    """The whole run.

    Args:
        result: of the run.
        package: version of the package that compared.
        place: where the set lies, if it has to be named.
    """
    selection = result.selection
    return {
        "kind": KIND,
        "version": VERSION,
        "result": result.code.title,
        "exit_code": int(result.code),
        "package": package,
        "spec": SPEC_VERSION,
        "protocol": PROTOCOL,
        "set": {"version": selection.set.version, "digest": selection.set.digest},
        "device": {"adapter": result.adapter, "name": result.device},
        "op": selection.operation,
        "revision": selection.entries[0].revision,
        "profile": selection.profile,
        "setups": [chosen.pick.setup.name for chosen in selection.chosen],
        "shard": f"{selection.shard.number}/{selection.shard.parts}",
        "counts": {
            "recorded": selection.recorded,
            "of other setups": selection.other_setups,
            "of other shards": selection.other_shards,
        }
        | {verdict.value: count for verdict, count in result.counts().items()},
        "control": {"given": result.controls[0], "told": result.controls[1]},
        "faults": [*result.faults, *result.accounts()],
        "notes": list(result.notes),
        "cases": list(_cases(result, place)),
    }


def _cases(result: Result, place: str | None) -> Iterator[Json]:
    mutants: Mutants | None = None
    asked = {
        case.id: (chosen, case) for chosen in result.selection.chosen for case in chosen.pick.cases
    }
    details = 0
    for finding in result.findings:
        line: Json = {
            "id": finding.id,
            "setup": finding.setup,
            "verdict": finding.verdict.value,
        }
        line |= {"why": finding.why} if finding.why else {}
        if finding.verdict in (Verdict.MISMATCH, Verdict.WAIVED, Verdict.FAILED):
            line["repro"] = _repro(finding, place)
            if finding.id in asked and details < DETAILED:
                details += 1
                mutants = mutants or Mutants(result.selection.set)
                line |= _details(*asked[finding.id], finding, mutants)
        yield line


def _repro(finding: Finding, place: str | None) -> str:
    """The command that shows a case alone."""
    step = f" --step {finding.step}" if finding.step else ""
    return f"fxcaps repro {finding.id}{step}{f' --set {shlex.quote(place)}' if place else ''}"


def _details(chosen: Chosen, case: Asked, finding: Finding, mutants: Mutants) -> Json:
    """What a case asked, expected and found."""
    block, reply = chosen.block, finding.reply
    made: Json = {"in": _words(case.words, block.inputs)}
    made["expected"] = {"reject": case.reject} if case.reject else _words(case.out, block.outputs)
    if reply is None or reply.status not in (Status.WORDS, Status.REJECT):
        return made
    answered = reply.status is Status.WORDS
    made["found"] = _words(reply.words, block.outputs) if answered else {"reject": reply.reason}
    made["differences"] = [
        _difference(item.name, item.index, item.expected, item.found, block.outputs[item.name])
        for item in finding.differences[:MOST]
    ]
    made["first_wrong_tap"] = _first_wrong(chosen, case, finding)
    giving = mutants.giving(case.id, reply.words) if answered else []
    made["mutants"] = [{"name": known.mutant, "flag": known.flag} for known in giving]
    made["mutants_told"] = sorted({known.mutant for known in mutants.told_by(case.id)})
    return made


def _words(words: Mapping[str, Sequence[int]], formats: Mapping[str, Format]) -> Json:
    """Words of up to so many; then how many there are."""
    return {
        port: write_integers(list(given)) if len(given) <= MOST else f"{len(given)} words"
        for port, given in words.items()
        if port in formats
    }


def _difference(
    name: str, index: int, wanted: int | None, found: int | None, format: Format
) -> Json:
    """A word that differs, with the bits that do."""
    made: Json = {
        "port": name,
        "index": index,
        "expected": write_integers(wanted),
        "found": write_integers(found),
    }
    if wanted is not None and found is not None and format.contains(found):
        hexes = {"expected_hex": wanted, "found_hex": found, "bits": wanted ^ found}
        made |= {key: hex_word(word, format) for key, word in hexes.items()}
    return made


def _first_wrong(chosen: Chosen, case: Asked, finding: Finding) -> Json | str:
    """The first intermediate that a device told and got wrong; `unknown` where it told none."""
    reply = finding.reply
    if reply is None or case.reject:
        return "unknown"
    setup = chosen.pick.setup
    _, rows = expected(setup, case)
    told = dict(reply.taps)
    if len(setup.outputs) > 1:
        told |= reply.words  # what a composite makes on its way are outputs of it
    if not told:
        return "unknown"
    found = wrong(rows, told)
    if not found:
        return "none of those told"
    first = found[0]
    before = [row.name for row in rows[: [row.name for row in rows].index(first.name)]]
    return {
        "tap": first.name,
        "index": first.index,
        "expected": write_integers(first.expected),
        "found": write_integers(first.found),
        "unknown": [name for name in before if name not in told],
    }

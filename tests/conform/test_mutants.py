"""Known mistakes by the words they give, and the order in which intermediates are made."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from fxcaps.conform import Call, Function, Implementation, choose, conduct
from fxcaps.conform.mutants import NO_WORDS, Known, Mutants, mark
from fxcaps.conform.repro import find_case
from fxcaps.conform.taps import Row, expected, wrong
from fxcaps.types import Log
from fxcaps.vectors.call import call_of, tensors_of
from fxcaps.vectors.files import VectorSet, open_set
from tests.conform.build import SETUP, STEM
from tests.mutants.base import Mutant, spec, words_of
from tests.mutants.table import MUTANTS

TIES = f"{STEM}.edge.ties-{SETUP}"

TRUNCATED = {"out": [0, 1, 2, 3, -1, -2, -3, -4, 127, 127, -128, 0, 1, 2, 3, -1]}


def test_mutants_of_a_case(published: VectorSet) -> None:
    """Given words, when looked up, then the mistakes that give just them, by name and flag."""
    mutants = Mutants(published)
    giving = mutants.giving(TIES, TRUNCATED)
    assert [known[:2] for known in giving] == [
        ("truncates", "TRUNCATE"),
        ("ties down", "ROUND_TIE_DIRECTION"),
    ]
    assert {known.mark for known in giving} == {mark(TRUNCATED)}
    assert set(giving) < set(mutants.told_by(TIES))
    assert mutants.giving(TIES, {"out": [0] * 16}) == []
    assert mutants.told_by("none") == []


def test_marks() -> None:
    """Given words, when marked, then by all of them and their ports; rejections have none."""
    marks = {mark({"out": [1, 2]}), mark({"out": [2, 1]}), mark({"y": [1, 2]})}
    assert len(marks) == 3
    assert {len(found) for found in marks} == {4}
    assert not any(found == NO_WORDS for found in marks)


def test_every_mark_is_of_a_case_that_tells(published: VectorSet) -> None:
    """Given the published matrix, when read, then as many marks as cases that tell a mutant."""
    data = json.loads((published.root / "KILLS.json").read_text("ascii"))
    mutants = Mutants(published)
    told = [known for found in mutants.of_case.values() for known in found]
    assert sum(len(row["gives"]) for row in data["kills"]) == 4 * len(told)
    assert {len(known.mark) for known in told} == {4}


def test_a_set_without_mutants(vectors: VectorSet, published: VectorSet, tmp_path: Path) -> None:
    """Given no matrix, a broken one or another set's, when asked, then nothing is said."""
    root = tmp_path / "set"
    shutil.copytree(vectors.root, root)
    found = open_set(root)
    assert Mutants(found).of_case == {}
    (root / "KILLS.json").write_text("[", "ascii")
    assert Mutants(found).of_case == {}
    shutil.copyfile(published.root / "KILLS.json", root / "KILLS.json")
    assert Mutants(found).of_case == {}
    row = {"op": "o", "profile": "p", "mutant": "m", "flag": "F", "told_by": "0-1 3"}
    data = {
        "set_digest": found.digest,
        "cases": [{"op": "o", "profile": "p", "names": ["a", "b", "c", "d"]}],
        "kills": [row],
    }
    (root / "KILLS.json").write_text(json.dumps(data), "ascii")
    known = [Known("m", "F", "")]
    assert Mutants(found).of_case == dict.fromkeys(
        ["o.p.edge.a", "o.p.edge.b", "o.p.edge.d"], known
    )


def test_taps_come_in_the_order_of_their_making(published: VectorSet) -> None:
    """Given operations, when their taps are asked for, then as the pages compute."""
    names = {}
    for case in (
        "squash.fxcaps-hardware.edge.around-one-s8f5-s8f7",
        "softmax.fxcaps-hardware.edge.equal-2-s8f4-u8f8",
        "dynamic_routing.fxcaps-hardware.edge.two-iterations-equal",
    ):
        found = find_case(published, case)
        names[case.split(".")[0]] = [row.name for row in found.rows]
    assert names == {
        "squash": ["in x", "register", "N", "root", "divisor", "rounded", "out out"],
        "softmax": [
            *("in x", "largest", "distances", "entries", "register", "sum", "rounded", "out out")
        ],
        "dynamic_routing": [
            "in votes",
            *(f"out {name}" for name in ("b0", "c0", "s0", "v0", "a0", "b1", "c1", "s1", "v1")),
        ],
    }


def test_the_first_wrong_tap(published: VectorSet) -> None:
    """Given taps of a device, when compared, then those that differ, in order; none invented."""
    found = find_case(published, "squash.fxcaps-hardware.edge.around-one-s8f5-s8f7")
    _, rows = expected(found.chosen.pick.setup, found.case)
    own = {row.name: list(row.integers) for row in rows}
    assert wrong(rows, own) == []
    own["root"][2] += 1
    own["rounded"] = own["rounded"][:4]
    del own["N"]
    told = [tuple(vars(item).values()) for item in wrong(rows, own)]
    assert told == [("root", 2, 1056, 1057), ("rounded", 4, 0, None)]
    assert rows[2] == Row("root", [992, 1024, 1056, 1024], 10, None)


@pytest.mark.parametrize("operation", ["requantize", "squash"])
def test_a_mutant_as_a_device_is_recognised(operation: str, published: VectorSet) -> None:
    """Given every mutant as a device, when a case tells it, then its name is among the mutants."""
    profile = {"requantize": "fxcaps-exact", "squash": "fxcaps-hardware"}[operation]
    mutants = Mutants(published)
    selection = choose(published, op=operation, profile=profile, kind="edge")
    told = set()
    for mutant in MUTANTS[operation]:
        for finding in conduct(Function(device_of(mutant)), selection).findings:
            if finding.differences and finding.reply is not None:
                names = [known.mutant for known in mutants.giving(finding.id, finding.reply.words)]
                assert mutant.name in names
                told.add((finding.id, mutant.name))
    cases = [case.id for chosen in selection.chosen for case in chosen.pick.cases]
    assert told == {
        (case, known.mutant)
        for case in cases
        for known in mutants.told_by(case)
        if known.mark != NO_WORDS
    }


def device_of(mutant: Mutant) -> Implementation:
    """A mutant, asked like a function; one that is none under the parameters is right."""

    def function(call: Call) -> Any:
        asked = call_of(call.block.setup)
        words = {port: array.ravel().tolist() for port, array in call.inputs.items()}
        run = mutant.run if mutant.applies(asked.params, asked.formats) else spec
        return words_of(run(asked.params, tensors_of(asked, words), asked.formats, Log()))

    return function

"""Mechanical mutants: recorded of these sources, told by the cases that are named, or the same."""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from typing import Any

import pytest

from tests.conftest import PROFILE
from tests.mutants.answers import Question, Told, asked, questions
from tests.mutants.kill import published
from tests.mutants.mechanical import changes, modules, mutants_of, tree_of
from tests.mutants.page import page
from tests.mutants.record import Known, blocks_of, read, sources
from tests.mutants.reloaded import table_of
from tests.mutants.same import SAME, reason_of
from tests.mutants.survey import SMALL, Finding
from tests.vectors.build import PUBLISHED, ROOT

AGAIN = "python -m tools.mechanical"
"""What makes the record anew."""

THIN = 1 if PROFILE == "long" else 5
"""Of the mutants that run, the gate asks each fifth."""

RUNNING = (Told.WORDS, Told.VERDICT, Told.EVENTS, Told.TAPS)


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    """What `KILLS.json` records."""
    return json.loads((PUBLISHED / "KILLS.json").read_text("ascii"))  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def known(data: dict[str, Any]) -> list[Known]:
    """Every mutant with what is recorded of it."""
    recorded = {line["module"]: line["source"] for line in data["mechanical"]}
    assert recorded == sources(), f"another source than was asked: {AGAIN}"
    return list(read(data))


@cache
def by_id() -> dict[str, Question]:
    """The smoke tier."""
    return {question.id: question for question in questions(published())}


def test_the_specification_is_asked_alike() -> None:
    """Given the specification with nothing changed, when asked every case, then its answers."""
    table = table_of({})
    assert [question.id for question in by_id().values() if asked(table, question)] == []


def test_recorded_kills_are_kills(known: list[Known]) -> None:
    """Given mutants, when asked the case that tells each, then in the way that is recorded."""
    running = [each for each in known if each.told in RUNNING]
    wrong = []
    for each in running[::THIN]:
        table = table_of({each.mutant.module: each.mutant.code()})
        found = asked(table, by_id()[each.case])
        if found is not each.told:
            wrong.append((each.mutant.name, each.case, found))
    assert wrong == []


def test_small_words_tell_nearly_all(known: list[Known]) -> None:
    """Given mutants that run, when the cases are looked at, then words of few bits tell them."""
    running = [each for each in known if each.told in RUNNING]
    wide = [each.mutant.name for each in running if by_id()[each.case].width > SMALL]
    assert len(wide) * 50 < len(running), wide


def test_survivors_have_reasons(known: list[Known]) -> None:
    """Given survivors, when looked up, then each is the same for a reason, and none is idle."""
    survivors = [each.mutant for each in known if each.told is None]
    assert [mutant.name for mutant in survivors if not reason_of(mutant)] == []
    used = {reason_of(mutant) for mutant in survivors}
    assert [same.reason for same in SAME if same.reason not in used] == []


def test_most_mutants_run(known: list[Known]) -> None:
    """Given mutants, when counted, then far more run than raise something or never end."""
    counts = Counter(each.told in (Told.CRASH, Told.ENDLESS) for each in known)
    assert counts[True] * 5 < counts[False]


def test_the_page_is_fresh(data: dict[str, Any]) -> None:
    """Given the record, when the page is made of it, then the one in the repository."""
    assert (ROOT / "docs" / "mutants.md").read_text("utf-8") == page(data), f"{AGAIN} --page"


def test_every_kind_of_change_is_made() -> None:
    """Given a function, when its mutants are listed, then comparisons, constants, axes, modes."""
    names = [mutant.name.split(" ", 1)[1] for mutant in mutants_of("length")]
    assert "x.shape[-1] -> x.shape[-2]" in names
    kinds = Counter(mutant.kind for module in modules() for mutant in mutants_of(module))
    assert set(kinds) == {"comparison", "constant", "mode"}
    assert changes(tree_of("add")) == []


def test_a_record_is_read_back() -> None:
    """Given findings, when written and read, then the same mutants, told alike."""
    mutants = mutants_of("relu")
    found = [(mutant, Finding(Told.WORDS, f"case-{k % 2}")) for k, mutant in enumerate(mutants)]
    found[1] = (mutants[1], Finding(None, ""))
    found[2] = (mutants[2], Finding(Told.CRASH, ""))
    made = list(read(blocks_of(found)))
    assert [each.mutant for each in made] == mutants
    assert [(each.told, each.case) for each in made[:4]] == [
        (Told.WORDS, "case-0"),
        (None, ""),
        (Told.CRASH, ""),
        (Told.WORDS, "case-1"),
    ]

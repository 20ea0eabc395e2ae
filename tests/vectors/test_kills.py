"""The smoke tier tells every wrong version of every operation, or no input can."""

from __future__ import annotations

import json

import pytest

from fxcaps.ops import OPERATIONS
from fxcaps.vectors.flags import FLAGS
from fxcaps.vectors.make import Tier
from tests.mutants.base import Mutant
from tests.mutants.equivalent import EQUIVALENT, FULL_ONLY, expected
from tests.mutants.kill import cases, folders, matrix_of, published, ranges, verdict
from tests.mutants.table import MUTANTS
from tests.vectors.build import PUBLISHED


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_every_mutant_is_told(operation: str) -> None:
    """Given the wrong versions, when the smoke tier asks them, then all but equivalents differ."""
    survivors = []
    by_words = dict.fromkeys((mutant.name for mutant in MUTANTS[operation]), 0)
    agreeing = dict.fromkeys(by_words, 0)
    for folder in folders(operation):
        smoke = cases(operation, folder, Tier.SMOKE)
        for mutant in MUTANTS[operation]:
            found = verdict(mutant, smoke)
            by_words[mutant.name] += found.by_words
            agreeing[mutant.name] += found.agreeing
            if found.asked and not found.told and not expected(operation, folder, mutant.name):
                survivors.append((folder, mutant.name))
    assert survivors == []
    # a mutant runs, gives other words somewhere, and is no garbage that differs everywhere
    assert [name for name, count in by_words.items() if not count] == []
    garbage = [mutant.name for mutant in MUTANTS[operation] if not agreeing[mutant.name]]
    moved = [mutant.name for mutant in MUTANTS[operation] if mutant.flag == "AXIS_ORDER"]
    assert set(garbage) - set(moved) == set()  # words in a wrong place differ for nearly all


def _known() -> list[tuple[str, str, Mutant]]:
    return [
        (operation, folder, mutant)
        for operation in sorted({name for known in EQUIVALENT for name in known.operations})
        for folder in folders(operation)
        for mutant in MUTANTS[operation]
        if expected(operation, folder, mutant.name)
        and (operation, folder, mutant.name) not in FULL_ONLY
    ]


@pytest.mark.parametrize(
    ("operation", "folder", "mutant"),
    [pytest.param(*known, id=f"{known[0]} {known[1]} {known[2].name}") for known in _known()],
)
def test_equivalents_are_equivalent(operation: str, folder: str, mutant: Mutant) -> None:
    """Given an equivalent mutant, when small formats are asked in full, too, then nothing tells."""
    found = verdict(mutant, cases(operation, folder, Tier.SMOKE, Tier.FULL))
    assert found.told == ()


@pytest.mark.parametrize(("operation", "folder", "name"), sorted(FULL_ONLY))
def test_the_full_tier_tells_the_rest(operation: str, folder: str, name: str) -> None:
    """Given a mutant that the smoke tier cannot tell, when all cases are asked, then one does."""
    mutant = next(mutant for mutant in MUTANTS[operation] if mutant.name == name)
    assert verdict(mutant, cases(operation, folder, Tier.SMOKE)).told == ()
    assert verdict(mutant, cases(operation, folder, Tier.FULL)).told != ()


def test_mutants_are_named_after_mistakes() -> None:
    """Given the wrong versions, when listed, then five at least, of known flags, all different."""
    assert sorted(MUTANTS) == sorted(OPERATIONS)
    for operation, mutants in MUTANTS.items():
        names = [mutant.name for mutant in mutants]
        assert len(set(names)) == len(names)
        assert {mutant.flag for mutant in mutants} <= set(FLAGS)
        assert len(names) >= (2 if operation == "layout" else 5)


def test_numbers_of_cases() -> None:
    """Given numbers, when written for the matrix, then neighbours stand together."""
    assert ranges([]) == ""
    assert ranges([4]) == "4"
    assert ranges([0, 1, 2, 7, 9, 10]) == "0-2 7 9-10"


def test_the_matrix_is_the_published_one() -> None:
    """Given the published matrix, when made again for two operations, then the same."""
    data = json.loads((PUBLISHED / "KILLS.json").read_text("ascii"))
    assert data["set_digest"] == published().digest
    for operation in ("requantize", "isqrt"):
        made = matrix_of(operation, MUTANTS[operation])
        kept = {block: [row for row in data[block] if row["op"] == operation] for block in made}
        assert kept == made

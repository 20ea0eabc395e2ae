"""Journals: what was evaluated outlives the process, and nothing else is believed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from fxcaps.allocate import Journal, Record
from fxcaps.types import Reason
from tests.allocate.build import evaluator
from tests.allocate.search import descend
from tests.support.outcomes import Rejected, rejection_of

ROOT = Path(__file__).parents[2]

ONE = Record({"x": 8}, "abc", 60, 10, 9, 1000, 0.5)
TWO = Record({"x": 7}, "", None, 70, 0, 0, 0.1, "OUTPUT_OUT_OF_RANGE: no")


def path_of(place: Path) -> list[Any]:
    """The evaluations of a journal but for the seconds and the executed products."""
    lines = place.read_text().splitlines()[1:]
    dropped = {"seconds", "macs"}
    return [{k: v for k, v in json.loads(line).items() if k not in dropped} for line in lines]


def killed(place: Path, lines: int) -> bool:
    """Start the search, kill it once it has told so many steps; whether it was still at work."""
    command = [sys.executable, "-m", "tests.allocate.search", str(place)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(lines):
            process.stdout.readline()
        running = process.poll() is None
        process.kill()
    return running


def test_a_killed_search_goes_on(tmp_path: Path) -> None:
    """Given a search killed twice, when resumed, then answer and path are those of one run."""
    whole, cut = tmp_path / "whole.jsonl", tmp_path / "cut.jsonl"
    expected = descend(whole)
    evaluated = len(path_of(whole))
    assert evaluated > 6
    assert killed(cut, 2)
    first = len(path_of(cut))
    assert killed(cut, 4)
    second = len(path_of(cut))
    assert 0 < first < second < evaluated
    assert descend(cut) == expected
    assert path_of(cut) == path_of(whole)


@pytest.mark.parametrize("lost", [1, 40])
def test_a_line_that_was_being_written_is_dropped(tmp_path: Path, lost: int) -> None:
    """Given a file cut anywhere in its last line, when resumed, then as without that line."""
    whole, cut = tmp_path / "whole.jsonl", tmp_path / "cut.jsonl"
    expected = descend(whole)
    cut.write_bytes(whole.read_bytes()[:-lost])
    assert descend(cut) == expected
    assert path_of(cut) == path_of(whole)


def test_nothing_is_evaluated_again(tmp_path: Path) -> None:
    """Given a finished search, when resumed, then no image is run."""
    place = tmp_path / "search.jsonl"
    descend(place)
    before = place.read_bytes()
    descend(place)
    assert place.read_bytes() == before


@pytest.mark.parametrize("cut", [0, 1, 30])
def test_killed_in_its_first_line(tmp_path: Path, cut: int) -> None:
    """Given a file without a whole line, when resumed, then the search begins."""
    place = tmp_path / "search.jsonl"
    Journal(place, {"network": "n"}, resume=False).close()
    place.write_bytes(place.read_bytes()[:cut])
    journal = Journal(place, {"network": "n"}, resume=True)
    assert journal.records == []
    journal.add(ONE)
    journal.close()
    assert Journal(place, {"network": "n"}, resume=True).records == [ONE]


def test_records_come_back(tmp_path: Path) -> None:
    """Given records, when read again, then they are the same, failures too."""
    place = tmp_path / "deep" / "search.jsonl"
    journal = Journal(place, {"network": "n"}, resume=False)
    journal.add(ONE)
    journal.add(TWO)
    journal.close()
    assert Journal(place, {"network": "n"}, resume=True).records == [ONE, TWO]
    nowhere = Journal(None, {}, resume=False)
    nowhere.add(ONE)
    assert nowhere.records == [ONE]


def test_another_search_is_refused(tmp_path: Path) -> None:
    """Given a journal of other widths' scheme, when resumed, then what differs is named."""
    place = tmp_path / "search.jsonl"
    with evaluator(journal=place, batch=10) as search:
        search.reaches(8, 5)
    assert rejection_of(lambda: evaluator(journal=place, batch=20, resume=True)) == Rejected(
        Reason.FILE_FOREIGN,
        f"{place}: of another search: batch is 10, this one has 20; choose another place, or give "
        "what it was begun with",
    )
    assert rejection_of(lambda: evaluator(journal=place)) == Rejected(
        Reason.FILE_UNWRITABLE,
        f"{place}: a search stands there; resume it or choose another place",
    )


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (1, "no json"),
        (2, "[1]"),
        (2, '{"widths": {}}'),
        (
            2,
            (
                '{"widths":{"x":8},"program":"a","needed":60,"images":"10","correct":9,'
                '"macs":1,"seconds":0.5}'
            ),
        ),
    ],
)
def test_damage_is_refused(tmp_path: Path, line: int, text: str) -> None:
    """Given a line that is no evaluation, when resumed, then file and line are named."""
    place = tmp_path / "search.jsonl"
    journal = Journal(place, {"network": "n"}, resume=False)
    journal.add(ONE)
    journal.add(TWO)
    journal.close()
    lines = place.read_text().splitlines()
    lines[line - 1] = text
    place.write_text("\n".join(lines) + "\n")
    assert rejection_of(lambda: Journal(place, {"network": "n"}, resume=True)) == Rejected(
        Reason.FILE_CORRUPT,
        f"{place}: line {line} is not an evaluation; begin the search anew",
    )


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    """Given a folder or a file in the way, when begun, then rejected."""
    assert rejection_of(lambda: Journal(tmp_path, {}, resume=True)) == Rejected(
        Reason.FILE_UNREADABLE, f"{tmp_path}: Is a directory"
    )
    (tmp_path / "file").touch()
    place = tmp_path / "file" / "search.jsonl"
    assert rejection_of(lambda: Journal(place, {}, resume=False)) == Rejected(
        Reason.FILE_UNWRITABLE, f"{place}: File exists"
    )

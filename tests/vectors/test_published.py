"""The published set: made again byte for byte, within its limits, every clause in it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from fxcaps.ops import OPERATIONS
from fxcaps.profiles import load_profile, published
from fxcaps.vectors.bundles import GUARDS, bundles_of, has_arithmetic
from fxcaps.vectors.cases import ROOMS
from fxcaps.vectors.clauses import CLAUSES
from fxcaps.vectors.files import VectorSet, check_files, open_set, render
from fxcaps.vectors.generate import published_profiles
from fxcaps.vectors.make import SMOKE, CaseFile, Kind, Tier
from fxcaps.vectors.network import check_network
from tests.spec.pages import CHAPTERS, CLAUSE, OPS
from tests.vectors.build import PUBLISHED, ROOT, published_plan

LARGEST = 10_000_000
"""Bytes that the published set may have."""

LONG = {"conv_routing", "dynamic_routing"}
"""Whose chains take longer than all else; `fxcaps vectors verify --recompute` makes them again."""

DEFINITIONS = {"NUM-1", "NUM-2", "NUM-4"}
"""Clauses that define words and exact values and are exercised by every case."""


@pytest.fixture(scope="module")
def found() -> VectorSet:
    """The published set, its manifest read."""
    return open_set(PUBLISHED)


@pytest.fixture(scope="module")
def files(found: VectorSet) -> list[CaseFile]:
    """All its files of cases."""
    return [found.read(entry) for entry in found.select()]


def test_every_byte_is_as_recorded(found: VectorSet) -> None:
    """Given the set, when every file is read, then as the manifest says, and nothing else."""
    assert check_files(found) == sum(entry.cases for entry in found.entries)


def test_it_is_small(found: VectorSet) -> None:
    """Given the set, when its bytes are counted, then at most ten million."""
    assert sum(path.stat().st_size for path in found.root.rglob("*") if path.is_file()) <= LARGEST


@pytest.mark.parametrize("operation", sorted(ROOMS))
def test_made_again(operation: str, found: VectorSet) -> None:
    """Given an operation, when its files are made again, then byte for byte, and no more."""
    plan = published_plan([operation])
    chains = operation not in LONG
    plan.jobs = [job for job in plan.jobs if chains or job[2] is not Kind.CHAIN]
    made = {file.path: render(file) for file in plan.files()}
    entries = [entry for entry in found.entries if entry.op == operation]
    entries = [entry for entry in entries if chains or entry.kind != Kind.CHAIN]
    assert sorted(made) == sorted(entry.path for entry in entries)
    differing = [
        path for path, text in made.items() if (PUBLISHED / path).read_text("ascii") != text
    ]
    assert differing == []
    assert {key: source for key, source in found.same.items() if key[0] == operation} == plan.same


HASHED = """
import sys
from fxcaps.vectors.files import write_set
from fxcaps.vectors.generate import Wanted, plan, published_profiles
from fxcaps.vectors.make import Tier
from pathlib import Path
operations = ["dynamic_routing", "layout", "requantize"]
made = plan(Wanted(operations, published_profiles()[:2], tier=Tier.SMOKE))
print(write_set(Path(sys.argv[1]), made.files(), same=made.same).digest)
"""


def test_hash_seeds_change_nothing(tmp_path: Path) -> None:
    """Given two hash seeds, when a set is made under each, then the digests are equal."""
    digests = set()
    for seed in ("0", "4242"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            [sys.executable, "-c", HASHED, str(tmp_path / seed)],
            env=environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        digests.add(done.stdout)
    assert len(digests) == 1
    assert re.fullmatch(r"[0-9a-f]{64}\n", digests.pop())


def test_networks_made_again(found: VectorSet) -> None:
    """Given the Programs of the set, when run on the specification, then the same files."""
    listed = [entry for entry in found.entries if entry.path.startswith("network/")]
    assert check_network(PUBLISHED) == len(listed) > 0


def test_every_operation_has_its_room() -> None:
    """Given operations and algorithms, when looked up, then each has cases and clauses."""
    assert sorted(ROOMS) == sorted(OPERATIONS)
    titles = {cls.title() for operation in OPERATIONS.values() for cls in operation.algorithms}
    assert set(CLAUSES) == titles


def test_every_profile_of_every_operation(found: VectorSet) -> None:
    """Given operations and published profiles, when looked up, then each pair has edge cases."""
    profiles = published_profiles()
    wanted = {
        (operation, bundle.name)
        for operation in ROOMS
        for bundle in bundles_of(operation, profiles)
        if bundle.whole
    }
    edges = {(entry.op, entry.profile) for entry in found.entries if entry.kind == Kind.EDGE}
    assert edges | set(found.same) >= wanted
    assert {name for _, name in wanted if not name.startswith("by_")} <= set(published())
    assert not has_arithmetic("layout")
    assert not has_arithmetic("argmax")


def test_the_smoke_tier_is_small(files: list[CaseFile]) -> None:
    """Given operations and folders, when smoke cases are counted, then at most 64 each."""
    counts: Counter[tuple[str, str]] = Counter()
    for file in files:
        counts[file.operation, file.bundle] += len(file.cases) * (file.tier is Tier.SMOKE)
    assert {key: count for key, count in counts.items() if count > SMOKE} == {}


def test_ids_say_where_they_are(files: list[CaseFile]) -> None:
    """Given cases, when their ids are read, then path and a slug of small letters."""
    wrong = [
        case["id"]
        for file in files
        for case in file.cases
        if not re.fullmatch(
            rf"{file.operation}\.{re.escape(file.bundle)}\.{file.kind.value}\.[a-z0-9._-]+",
            case["id"],
        )
    ]
    assert wrong == []


def test_no_numbers_but_integers(files: list[CaseFile]) -> None:
    """Given the text of every file, when parsed, then no float and no large number stands in it."""

    def refuse(text: str) -> None:
        raise AssertionError(text)

    for file in files:
        text = (PUBLISHED / file.path).read_text("ascii")
        json.loads(text, parse_float=refuse, parse_constant=refuse)
        large = re.findall(r"(?<![0-9a-fx\"])-?[0-9]{11,}(?![0-9a-f\"])", text)
        assert large == [], file.path


def test_every_clause_is_exercised(files: list[CaseFile]) -> None:
    """Given the clauses of the pages, when those of the cases are joined, then none is missing."""
    pages = [*OPS.values(), *(CHAPTERS[name] for name in ("numbers.md", "accumulators.md"))]
    pages += [CHAPTERS["events.md"], CHAPTERS["stochastic.md"], CHAPTERS["qcapsnets.md"]]
    defined = {tag for page in pages for tag in CLAUSE.findall(page)}
    named = {tag for file in files for case in file.cases for tag in case["clauses"]}
    assert sorted(defined - named) == sorted(DEFINITIONS)
    assert sorted(named - defined) == []


def test_every_accepted_case_names_clauses(files: list[CaseFile]) -> None:
    """Given cases, when read, then each names a clause of its operation."""
    silent = [case["id"] for file in files for case in file.cases if not case["clauses"]]
    assert silent == []


@pytest.mark.parametrize("operation", sorted(ROOMS))
def test_rejections(operation: str, found: VectorSet) -> None:
    """Given an operation, when its broken calls are listed, then the usual reasons."""
    file = found.read(found.select(op=operation, profile=GUARDS)[0])
    reasons = {case["reject"] for case in file.cases}
    assert reasons >= {"FORMAT_INVALID", "PARAMETER_INVALID", "PORT_MISMATCH", "SHAPE_MISMATCH"}
    words = [found.read(entry) for entry in found.select(op=operation, kind="reject")]
    assert "WORD_OUT_OF_RANGE" in {case["reject"] for file in words for case in file.cases}


def test_profiles_are_those_of_the_package(files: list[CaseFile]) -> None:
    """Given files of profiles, when their digests are compared, then the package's."""
    digests = {file.bundle: file.digest for file in files if file.digest}
    assert digests == {name: load_profile(name).digest for name in digests}

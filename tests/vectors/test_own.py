"""Cases at formats of one's own: the same kinds, under the same profile, and what is refused."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from fxcaps.profiles import load_profile
from fxcaps.types import Format, Reason
from fxcaps.vectors.files import check_files, open_set
from fxcaps.vectors.own import own_files
from fxcaps.vectors.verify import recompute
from tests.cli.command import Done, command
from tests.support.outcomes import Rejected, rejection_of

WIDE, NARROW = Format.parse("s14f9"), Format.parse("s10f6")


def test_published_formats_give_the_published_cases() -> None:
    """Given a pair of the published formats, when made as one's own, then the same edge cases."""
    profile = load_profile("fxcaps-exact")
    (file, _) = own_files(["requantize"], [profile], Format.parse("s16f8"), Format.parse("s8f4"))
    published = open_set(Path(__file__).parents[2] / "vectors")
    (entry,) = published.select(op="requantize", profile="fxcaps-exact", kind="edge")
    cases = {case["id"]: case for case in published.read(entry).cases}
    assert [cases[case["id"]] for case in file.cases] == list(file.cases)
    assert len(file.cases) == 4


def test_a_set_of_ones_own(tmp_path: Path) -> None:
    """Given three operations, when a set is made, then edges and random cases that verify."""
    place = tmp_path / "own"
    names = ("requantize", "relu", "squash")
    chosen = [part for name in names for part in ("--op", name)]
    pair = ("--profile", "fxcaps-truncate", "--formats", "s14f9:s10f6")
    assert command("vectors", "generate", *chosen, *pair, "-o", place).code == 0
    found = open_set(place)
    count = check_files(found)
    assert recompute(found, found.entries) == count
    kinds = Counter((entry.op, entry.kind) for entry in found.entries)
    assert kinds == Counter({(name, kind): 1 for name in names for kind in ("edge", "random")})


def test_what_has_no_pair() -> None:
    """Given an operation of several inputs, when asked for, then those that have one format."""
    made = own_files(["add"], [load_profile("fxcaps-exact")], WIDE, NARROW)
    assert rejection_of(lambda: list(made)) == Rejected(
        Reason.NAME_UNKNOWN,
        "no cases of 'add' at formats of your own; known: relu, requantize, squash",
    )


def test_formats_that_an_algorithm_does_not_take() -> None:
    """Given the kernel of Q7-CapsNets, when its output is coarser, then that is refused."""
    made = own_files(["squash"], [load_profile("q7-arm-14")], WIDE, NARROW)
    assert rejection_of(lambda: list(made)) == Rejected(
        Reason.FORMAT_MISMATCH, "squash of q7-arm-14 takes no s14f9 to s10f6"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--formats", "s14f9:s10f6"), "--formats needs --op"),
        (
            ("--formats", "s14f9", "--op", "relu"),
            "--formats: expected X:OUT, found 's14f9'",
        ),
        (
            ("--formats", "s14f9:s10f6", "--op", "relu", "--tier", "smoke"),
            "--formats cannot be given with --tier or --networks",
        ),
    ],
)
def test_misuse(options: tuple[str, ...], message: str, tmp_path: Path) -> None:
    """Given options that do not go together, when typed, then one line and exit code 2."""
    done = command("vectors", "generate", *options, "-o", tmp_path / "own")
    assert done == Done(2, "", f"fxcaps: {message}\n")

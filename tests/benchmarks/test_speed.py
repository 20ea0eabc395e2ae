"""The table of speed: its rows, its results, its page, and small runs of what needs no peer."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from benchmarks.speed import __main__ as command
from benchmarks.speed import memory, networks, products
from benchmarks.speed.growth import growth
from benchmarks.speed.machine import machine
from benchmarks.speed.page import page, table
from benchmarks.speed.row import (
    Amount,
    Counts,
    Gap,
    Kind,
    Pair,
    Row,
    Setting,
    Unequal,
    expect,
    peer,
)
from benchmarks.speed.rows import ROWS
from benchmarks.speed.timing import Ratio, Times, alternate, ratio

DOCS = Path(__file__).parents[2] / "docs"
RESULTS: dict[str, Any] = json.loads((DOCS / "speed.json").read_text(encoding="utf-8"))

QUICK = Setting(rounds=1, quick=True)

TARGETS = {
    "matrix8": 1.0,
    "matrix8-ceiling": None,
    "conv-onnx": 0.9,
    "conv-torch": 0.9,
    "conv-signed": 25.0,
    "matrix16": 1.5,
    "shallowcaps": 3.0,
    "shallowcaps-exact": None,
    "shallowcaps-truncated": 15.0,
    "q7": 10.0,
    "requantize": 20.0,
    "requantize-fxpmath": None,
    "full-matrix": 10.0,
    "full-matrix-512": 10.0,
    "saturating-matrix": 20.0,
    "allocation": 3.0,
    "import": 0.3,
    "warmup": None,
    "memory-shallowcaps": 1500.0,
    "memory-deepcaps-16": 1500.0,
    "memory-deepcaps": 1500.0,
}
"""The rows and what they have to reach."""


def test_targets() -> None:
    """Given the rows, then they are those of the table of targets, each with its own."""
    assert {row.name: row.target for row in ROWS} == TARGETS


def test_the_page_is_made_of_the_results() -> None:
    """Given the results, when the page is made again, then it is the one that is there."""
    assert page(RESULTS) == (DOCS / "speed.md").read_text(encoding="utf-8")


def test_every_row_was_measured_or_says_why_not() -> None:
    """Given the results on one thread, then every row stands there, in order."""
    rows = [row for row in RESULTS["rows"] if row["threads"] == 1]
    assert [row["row"] for row in rows] == list(TARGETS)
    assert {row["row"]: row["target"] for row in rows} == TARGETS
    assert all(row.get("gap") or row["value"] > 0 for row in rows)


def test_rows_say_truly_whether_they_met_their_target() -> None:
    """Given the results, then whether a target was met follows from the numbers."""
    for row in RESULTS["rows"]:
        if "gap" in row or row["target"] is None:
            continue
        above = row["value"] >= row["target"]
        assert row["met"] is (above if row["kind"] == Kind.FASTER.value else not above), row["row"]


def test_results_are_written_one_row_a_line(tmp_path: Path) -> None:
    """Given the results, when written, then as they are recorded."""
    path = tmp_path / "speed.json"
    command.write_results(RESULTS, path)
    assert path.read_text(encoding="utf-8") == (DOCS / "speed.json").read_text(encoding="utf-8")


def test_a_ratio_is_of_rounds() -> None:
    """Given times of three rounds, then the ratio is the middle of the rounds' own."""
    assert ratio([1.0, 2.0, 4.0], [3.0, 2.0, 8.0]) == Ratio(2.0, 1.0, 3.0)


def test_rounds_alternate() -> None:
    """Given two functions, when timed, then they are called in turn, after a call of each."""
    called: list[str] = []
    ours, theirs = alternate(lambda: called.append("a"), lambda: called.append("b"), 2)
    # One call of each, one that tells how many make a timing, and two rounds.
    assert "".join(name for name, _ in groupby(called)) == "ab" * 4
    assert [len(times.wall) for times in (ours, theirs)] == [2, 2]
    assert called.count("a") == called.count("b")


def made(measure: Any, target: float | None = 2.0, kind: Kind = Kind.FASTER) -> dict[str, Any]:
    """A row's result."""
    return Row("name", "work", "peer", target, measure, kind).run(Setting())


def test_results_of_rows() -> None:
    """Given pairs, amounts, counts and gaps, then a row says its numbers and if they suffice."""
    head = {"row": "name", "work": "work", "peer": "peer", "threads": 1}
    ours, theirs = Times([0.1, 0.1], [0.1, 0.1]), Times([0.3, 0.2], [0.1, 0.1])
    assert made(lambda _: Pair(ours, theirs, "equal", 4, "told")) == head | {
        "kind": "times faster",
        "target": 2.0,
        "value": 2.5,
        "least": 2.0,
        "largest": 3.0,
        "processor": 1.0,
        "ours_ms": [100.0, 100.0],
        "theirs_ms": [300.0, 200.0],
        "ours_processor_ms": 100.0,
        "theirs_processor_ms": 100.0,
        "items": 4,
        "checked": "equal",
        "note": "told",
        "met": True,
    }
    amount = made(lambda _: Amount(3.0, "told"), kind=Kind.SECONDS)
    assert amount == head | {
        "kind": "seconds", "target": 2.0, "value": 3.0, "note": "told", "more": {}, "met": False,
    }  # fmt: skip

    assert made(lambda _: Counts(10, 15, "equal", "told")) == head | {
        "kind": "times faster",
        "target": 2.0,
        "value": 1.5,
        "note": "told",
        "checked": "equal",
        "more": {"ours": 10, "theirs": 15},
        "met": False,
    }

    def gap(_: Setting) -> Pair:
        return Pair(ours, theirs, peer("no_such_package").checked)

    assert made(gap) == head | {
        "kind": "times faster", "target": 2.0, "gap": "no_such_package is not installed",
    }  # fmt: skip


def test_unequal_sides_are_not_timed() -> None:
    """Given sides that give different results, when compared, then the row is refused."""
    with pytest.raises(Unequal) as caught:
        made(lambda _: expect(False, "words differ"))
    assert str(caught.value) == "words differ"


@pytest.mark.parametrize("row", [r for r in ROWS if r.kind is Kind.FASTER], ids=lambda r: r.name)
def test_a_quick_run_compares_both_sides(row: Row, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given small work, when a row runs, then both sides agree, or a peer is named as missing."""
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    found = row.run(QUICK)
    if "gap" in found:
        known = ("is not installed", "this checkout", "looked for", "no weights")
        assert any(text in found["gap"] for text in known), found["gap"]
    else:
        assert found["checked"]
        assert [len(found.get(side, [0])) for side in ("ours_ms", "theirs_ms")] == [1, 1]


def test_quick_runs_leave_out_what_is_slow() -> None:
    """Given small work, then nothing is compiled anew and no thousands of images run."""
    for row in ROWS:
        if row.kind is Kind.MEGABYTES or row.name == "warmup":
            assert row.run(QUICK)["gap"].endswith("too long for a quick run")


def test_threads_give_the_same_words() -> None:
    """Given two threads, when a convolution runs, then its words are those of one."""
    one, _ = products.convolution(QUICK, signed=True)
    two, _ = products.convolution(replace(QUICK, threads=2), signed=True)
    assert one().tolist() == two().tolist()


def test_blas_has_to_know_its_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given NumPy loaded with threads of its own, then its row is a gap."""
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    with pytest.raises(Gap) as caught:
        products.blas_with(2)
    assert str(caught.value) == "OPENBLAS_NUM_THREADS=2 has to be set before NumPy is loaded"


def test_memory_of_this_process() -> None:
    """Given this process, then it had at least as much memory at its peak as it has now."""
    assert memory.resident() >= memory.resident(peak=False) > 10


def test_growth_has_three_series() -> None:
    """Given small work, when growth is measured, then each series has points at rising places."""
    points = growth(QUICK)
    series: dict[str, list[int]] = {}
    for point in points:
        assert point["ms"] > 0
        series.setdefault(point["series"], []).append(point["at"])
    assert set(series) == {"batch", "width", "macs"}
    assert all(places == sorted(set(places)) for places in series.values())


def test_figure_is_drawn(tmp_path: Path) -> None:
    """Given the results, when the figure is drawn, then it is the size of the one that is there."""
    pytest.importorskip("matplotlib")
    from benchmarks.speed.figures import draw  # noqa: PLC0415 - needs matplotlib, an extra

    draw(RESULTS["growth"], tmp_path / "speed.png")
    header = (DOCS / "speed.png").read_bytes()[:24]
    assert (tmp_path / "speed.png").read_bytes()[:24] == header


def test_rows_that_were_known_stay() -> None:
    """Given results, when a row is measured again, then it takes its place and others stay."""
    rows = [{"row": name, "threads": 1, "value": 1} for name in ("matrix8", "import")]
    again = {"row": "matrix8", "threads": 1, "value": 2}
    both = {"row": "matrix8", "threads": 2, "value": 3}
    assert command.merged(rows, again) == [again, rows[1]]
    assert command.merged(rows, both) == [*rows, both]


def test_unknown_rows_are_named() -> None:
    """Given a row that is not there, when asked for, then the command says which are."""
    with pytest.raises(SystemExit) as caught:
        list(command.measure(["matrix9"], QUICK))
    assert caught.value.code == f"no row 'matrix9'; known: {', '.join(TARGETS)}"


def test_the_machine_is_described() -> None:
    """Given this machine, then its description has all that the page shows."""
    assert set(machine()) == set(RESULTS["machine"])
    assert {"Python", "fxcaps", "numpy", "numba"} <= set(machine()["versions"])


def test_a_table_of_gaps_alone() -> None:
    """Given rows without numbers, when shown, then work and reason stand there."""
    rows = [row.run(QUICK) for row in ROWS if row.name == "memory-deepcaps"]
    assert table(rows).splitlines()[-1] == (
        "| `memory-deepcaps` | peak resident memory, DeepCaps-28 | many images take too long for a "
        "quick run |"
    )


def test_data_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a directory or the variable, then the first wins, and none is none."""
    monkeypatch.setenv("FXCAPS_DATA", "b")
    assert networks.data_directory("a") == Path("a")
    assert networks.data_directory(None) == Path("b")
    monkeypatch.delenv("FXCAPS_DATA")
    assert networks.data_directory(None) is None

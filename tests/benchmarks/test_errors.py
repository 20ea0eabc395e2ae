"""The table of errors: its results, its page, and a measurement of its cheap rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.errors import __main__ as command
from benchmarks.errors import accuracy
from benchmarks.errors.cases import (
    FUNCTIONS,
    Case,
    Set,
    cases,
    constant_word,
    evaluate,
    normative,
    reference,
)
from benchmarks.errors.measure import CHUNK, KNOWN, Tally, digest, errors_of, every_vector, measure
from benchmarks.errors.page import page
from fxcaps.ops import OPERATIONS, decode, encode, find_parameters
from fxcaps.types import Format, Overflow

DOCS = Path(__file__).parents[2] / "docs"
RESULTS: dict[str, Any] = json.loads((DOCS / "errors.json").read_text(encoding="utf-8"))
ROWS: list[dict[str, Any]] = RESULTS["rows"]
ACCURACIES = json.loads((DOCS / "errors-accuracy.json").read_text(encoding="utf-8"))


def place(row: dict[str, Any]) -> tuple[str, str, Set]:
    return row["operation"], row["label"], Set(row["width"], row["dim"], row["every"])


def all_cases() -> Iterator[Case]:
    for operation, function in FUNCTIONS.items():
        for given in function.sets:
            yield from cases(operation, given)


CASES = {(case.operation, case.label, case.set): case for case in all_cases()}


def test_the_page_is_made_of_the_results() -> None:
    """Given the results, when the page is made again, then it is the one that is there."""
    assert page(RESULTS, ACCURACIES) == (DOCS / "errors.md").read_text(encoding="utf-8")


def test_every_algorithm_has_its_rows() -> None:
    """Given all algorithms and sets, when the rows are listed, then each is there once."""
    assert [place(row) for row in ROWS] == list(CASES)
    measured = {(row["operation"], row["algorithm"]) for row in ROWS}
    assert measured == {
        (name, cls.algorithm) for name in FUNCTIONS for cls in OPERATIONS[name].algorithms
    }


def test_every_algorithm_has_its_accuracies() -> None:
    """Given the accuracies, then mnist-small has all algorithms, and no other is of none.

    The weights of ShallowCaps are not everyone's, and the page tells what was not measured.
    """
    expected = {("", "float64"), *accuracy.algorithms()}
    measured: dict[str, set[tuple[str, str]]] = {}
    for row in ACCURACIES:
        measured.setdefault(row["network"], set()).add((row["operation"], row["algorithm"]))
    assert measured.pop("mnist-small") == expected
    assert all(found <= expected for found in measured.values())
    assert {(r["network"], r["images"]) for r in ACCURACIES} == set(accuracy.FIRST.items())


def test_formats_parameters_and_costs_are_those_of_the_classes() -> None:
    """Given the cases as they are made today, when the rows are read, then they are of these."""
    for row in ROWS:
        case = CASES[place(row)]
        cost = case.params.cost(case.inputs, case.out, case.set.dim)
        stated = None if cost is None else json.loads(json.dumps(asdict(cost)))
        formats = {port: str(format) for port, format in case.inputs.items()}
        found = {name: row[name] for name in ("formats", "params_sha256", "cost")}
        assert found == {
            "formats": formats | {"out": str(case.out)},
            "params_sha256": digest(encode(case.params)),
            "cost": stated,
        }, place(row)
        if row["params"] is not None:
            assert decode(row["params"], find_parameters, "row") == case.params


def test_the_specification_confirms_each_worst_input() -> None:
    """Given each worst input, when the specification computes it, then the error is as stated."""
    for row in ROWS:
        made, exact = normative(CASES[place(row)], row["input"])
        assert (made, exact) == (row["output"], row["reference"]), place(row)
        assert max(abs(a - b) for a, b in zip(made, exact, strict=True)) == row["worst"]


@pytest.mark.parametrize("width", [4, 5])
@pytest.mark.parametrize("operation", FUNCTIONS)
def test_cheap_rows_are_measured_alike(operation: str, width: int) -> None:
    """Given all inputs of few bits, when measured again, then the rows are the recorded ones."""
    for given in FUNCTIONS[operation].sets:
        if given.width == width:
            recorded = [r for r in ROWS if (r["operation"], place(r)[2]) == (operation, given)]
            assert [measure(case, 0) for case in cases(operation, given)] == recorded


def test_a_row_with_a_profile_is_measured_alike() -> None:
    """Given all words of 8 bits, when a row of the figure is measured again, then it is equal."""
    case = CASES["sigmoid", "lut", Set(8, 1)]
    row = measure(case, 0)
    assert row == next(r for r in ROWS if place(r) == ("sigmoid", "lut", case.set))
    assert len(row["profile"]) == 48


@pytest.mark.parametrize(("operation", "label"), [("squash", "norm"), ("softmax", "lnu")])
def test_a_search_finds_the_worst_case(operation: str, label: str) -> None:
    """Given a set small enough to know its worst error, when searched instead, then it is found."""
    known = CASES[operation, label, Set(8, 2)]
    worst = next(r["worst"] for r in ROWS if place(r) == (operation, label, known.set))
    row = measure(replace(known, set=Set(8, 2, every=False)), 50)
    assert (row["worst"], row["rounds"], row["words"]) == (worst, 50, 2 * CHUNK)


def test_a_search_is_repeatable_and_reaches_more_than_its_start() -> None:
    """Given vectors of 8 words, when searched twice, then alike, and beyond the random start."""
    case = CASES["squash", "norm", Set(12, 8, every=False)]
    first, again, start = measure(case, 20), measure(case, 20), measure(case, 0)
    assert first == again
    assert first["worst"] > start["worst"]
    assert first["total"] == start["total"]


@pytest.mark.parametrize("place_of", KNOWN)
def test_known_vectors_are_no_worse_than_the_recorded_ones(place_of: tuple[str, int, int]) -> None:
    """Given vectors of other searches, when computed, then a row has at least their errors."""
    operation, width, dim = place_of
    given, met = Set(width, dim, every=False), False
    for case in cases(operation, given):
        row = next(row for row in ROWS if place(row) == (operation, case.label, given))
        errors = errors_of(case, {"x": np.array(KNOWN[place_of], np.int64)})
        assert errors.max() <= row["worst"]
        met = met or row["input"]["x"] in KNOWN[place_of]
    assert met  # otherwise they need not be kept


def test_every_vector_is_every_vector() -> None:
    """Given two words of 4 bits, when all vectors are listed, then each stands there once."""
    case = CASES["squash", "exact", Set(4, 2)]
    (batch,) = every_vector(case)
    expected = [[a, b] for a in range(-8, 8) for b in range(-8, 8)]
    assert batch["x"].tolist() == expected
    pairs = CASES["divide", "exact", Set(4, 1)]
    (batch,) = every_vector(pairs)
    joined = np.concatenate([batch["a"], batch["b"]], axis=1).tolist()
    assert joined == [[a, b] for a in range(-8, 8) for b in range(16)]


def test_errors_are_absolute_differences() -> None:
    """Given a vector whose words are known, when its errors are taken, then as by hand."""
    case = CASES["squash", "shift_reconstruction", Set(4, 2)]
    words = {"x": np.array([[-8, -2], [0, 0]])}
    assert evaluate(case.params, case, words).tolist() == [[-4, -1], [0, 0]]
    assert reference(case, words).tolist() == [[-8, -2], [0, 0]]
    assert errors_of(case, words).tolist() == [[4, 1], [0, 0]]


def test_a_tally_keeps_the_first_of_equals() -> None:
    """Given batches of errors, when tallied, then the first worst input stays, and sums grow."""
    tally = Tally()
    tally.see({"x": np.array([[1], [2]])}, np.array([[3], [3]]))
    tally.see({"x": np.array([[4]])}, np.array([[3]]))
    assert tally == Tally(3, {"x": [1]}, 9, 3)


def test_an_error_that_the_specification_denies_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Given an engine that errs, when a row is measured, then it is refused, not printed."""
    monkeypatch.setattr(
        "benchmarks.errors.measure.errors_of", lambda case, words: np.full((1, 1), 9)
    )
    case = CASES["isqrt", "isqrt", Set(4, 1)]
    with pytest.raises(RuntimeError) as caught:
        measure(case, 0)
    assert str(caught.value) == f"{case}: the specification's error is 0, not 9"


def test_the_nearest_root() -> None:
    """Given words u4f4, when rooted to u4f4, then to nearest, and saturated."""
    case = CASES["isqrt", "isqrt", Set(4, 1)]
    found = reference(case, {"x": np.arange(16)[:, None]}).ravel().tolist()
    # 16 sqrt(n / 16) = 4 sqrt(n): 0, 4, 5.66, 6.93, 8, 8.94, 9.80, 10.58, ..., 15.49
    assert found == [0, 4, 6, 7, 8, 9, 10, 11, 11, 12, 13, 13, 14, 14, 15, 15]


def test_constant_words() -> None:
    """Given counts of logits, when their equal coupling is a word, then the nearest."""
    assert [constant_word(Format(False, 8, 8), n) for n in (2, 3, 10, 512)] == [128, 85, 26, 1]


def test_constant_couplings_replace_every_softmax() -> None:
    """Given mnist-small, when its softmax is constant, then all three iterations have 1/10."""
    name, network = next(accuracy.networks(None))
    program = accuracy.program_of(network, "softmax", "constant")
    (step,) = [step for step in program.steps if hasattr(step.params, "iterations")]
    words = [iteration.softmax.word for iteration in step.params.iterations]
    assert name == "mnist-small"
    assert words == [
        constant_word(program.tensors[step.outputs[f"c{r}"]].format, 10) for r in range(3)
    ]
    assert {iteration.squash.algorithm for iteration in step.params.iterations} == {"isqrt_divide"}


def test_parameters_round_as_the_reference() -> None:
    """Given all cases, when their parameters are read, then they round to nearest and saturate."""
    for case in CASES.values():
        params: Any = case.params
        if case.label == "q7":  # with its published modes
            assert (
                params.rounding.value
                == {"squash": "toward_zero", "softmax": "floor"}[case.operation]
            )
            assert params.overflow is Overflow.SATURATE
        elif case.operation != "isqrt" and case.label != "constant":
            assert params.rounding.value == "ties_to_pos_inf"
            assert params.overflow is Overflow.SATURATE


def test_one_function_is_measured_alone() -> None:
    """Given results, when one function is measured quickly, then the rows of the others stay."""
    known = [{"operation": name, "from": "before"} for name in FUNCTIONS]
    rows = command.measure_all(known, "isqrt", quick=True)["rows"]
    recorded = [row for row in ROWS if row["operation"] == "isqrt" and row["width"] <= 8]
    assert rows == [*known[:3], *recorded, known[4]]


def test_results_are_written_one_row_a_line(tmp_path: Path) -> None:
    """Given the results, when written, then as they are recorded, and read back the same."""
    path = tmp_path / "errors.json"
    command.write_results(RESULTS, path)
    assert path.read_text(encoding="utf-8") == (DOCS / "errors.json").read_text(encoding="utf-8")
    assert command.read(path, None) == RESULTS
    assert command.read(tmp_path / "none.json", []) == []


def test_a_quick_run_does_not_replace_the_full_results(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given --quick without a directory, when started, then it is refused."""
    monkeypatch.setattr("sys.argv", ["errors", "--quick"])
    with pytest.raises(SystemExit):
        command.options()
    assert capsys.readouterr().err.endswith("--quick needs --output: docs/ has the full results\n")


def test_known_accuracies_are_not_measured_again() -> None:
    """Given the accuracies without one row, when the missing are listed, then it is that row."""
    lost = next(row for row in ACCURACIES if row["algorithm"] == "norm")
    rest = [row for row in ACCURACIES if row is not lost]
    name, count = lost["network"], lost["images"]
    assert list(accuracy._missing(ACCURACIES, name, count)) == []
    assert list(accuracy._missing(rest, name, count)) == [
        {"network": name, "operation": "squash", "algorithm": "norm", "images": count}
    ]


def test_a_page_without_accuracies_says_so() -> None:
    """Given errors alone, when the page is made, then it tells that no network was measured."""
    text = page(RESULTS, [])
    assert "mnist-small not measured" in text
    assert "| mnist-small % |" not in text


@pytest.mark.parametrize("operation", FUNCTIONS)
def test_figures_are_drawn(operation: str, tmp_path: Path) -> None:
    """Given the results, when a figure is drawn, then it is the size of the one that is there."""
    pytest.importorskip("matplotlib")
    from benchmarks.errors.figures import draw  # noqa: PLC0415 - needs matplotlib, an extra

    path = tmp_path / "figure.png"
    rows = [row for row in ROWS if row["operation"] == operation]
    draw(operation, rows, FUNCTIONS[operation].axis[0], path)
    header = (DOCS / f"errors-{operation}.png").read_bytes()[:24]
    assert path.read_bytes()[:24] == header  # signature, width and height

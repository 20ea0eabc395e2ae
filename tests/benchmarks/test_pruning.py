"""The table of pruned networks: its results, its pages, and a measurement of its cheapest row."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import fxcaps
from benchmarks.pruning import measure
from benchmarks.pruning.page import page, percent
from fxcaps.network import macs, memory, parameters
from fxcaps.prune import Criterion, keep_types, rank_types
from fxcaps.real import REAL

ROOT = Path(__file__).parents[2]
RESULTS: dict[str, Any] = json.loads((ROOT / "docs" / "pruning.json").read_text(encoding="utf-8"))
ROWS: list[dict[str, Any]] = RESULTS["rows"]
MAIN = [row for row in ROWS if row["criterion"] == measure.MAIN.value]
RANKED = {row["criterion"]: row for row in RESULTS["rankings"]}


def test_the_page_is_made_of_the_results() -> None:
    """Given the results, when the page is made again, then it is the one that is there."""
    assert page(RESULTS) == (ROOT / "docs" / "pruning.md").read_text(encoding="utf-8")


def test_every_row_is_there() -> None:
    """Given criteria and numbers of types, then each has a row, and the types of its ranking."""
    expected = {(criterion.value, keep) for criterion in Criterion for keep in measure.KEPT}
    expected -= {(c.value, 32) for c in Criterion if c is not measure.MAIN}
    assert {(row["criterion"], row["keep"]) for row in ROWS} == expected
    assert len(ROWS) == len(expected)
    for row in ROWS:
        assert row["types"] == measure.types_kept(RANKED[row["criterion"]], row["keep"])
        assert row["compared"]["images"] == measure.COMPARED
    assert [row["test"]["images"] for row in MAIN] == [10_000] * 5
    assert [row["keep"] for row in RESULTS["times"]] == list(measure.KEPT)


def test_costs_are_those_of_the_networks() -> None:
    """Given the types that stay, when counted, then parameters and products are as stated."""
    for row in ROWS:
        made = keep_types(fxcaps.architecture("shallowcaps"), row["types"])
        count = sum(parameters(made).values())
        assert (row["parameters"], row["weight_bits"]) == (count, count * measure.WIDTH)
        assert row["macs"] == sum(macs(made.steps, made.shapes()).values())
        assert row["capsules"] == 36 * row["keep"]


def test_the_whole_network_is_that_of_its_card() -> None:
    """Given the card of the model, when compared, then the whole network's accuracies are its."""
    assert MAIN[0]["test"] == measure.of_card()
    assert MAIN[0]["test"] == {"images": 10_000, "floats": 9948, "words": 9947}


def test_the_norms_are_measured_alike() -> None:
    """Given the weights, when ranked by norm again, then order and scores are the recorded."""
    network = measure.model()
    made = rank_types(network, Criterion.NORM, REAL)
    gone = len(RANKED["norm"]["removal"])
    assert list(made.removal[:gone]) == RANKED["norm"]["removal"]
    assert made.scores[:gone] == pytest.approx(RANKED["norm"]["scores"], abs=1e-5)


def test_the_cheapest_row_is_measured_alike() -> None:
    """Given four types, when 100 embedded digits are classified again, then as recorded."""
    row = MAIN[-1]
    network = keep_types(measure.model(), row["types"])
    program = measure.program_of(network)
    digits = measure.Images(*fxcaps.digits("evaluation")).first(measure.DIGITS)
    found = measure.classes(network, program, digits, 1, "test")
    assert digits.right(*found, measure.DIGITS) == row["digits"]
    assert memory(program).activation_bits == row["activation_bits"]
    assert 0 < row["digits"]["words"] < measure.DIGITS


@pytest.mark.parametrize("path", ["README.md", "spec/profiles.md"])
def test_other_pages_state_the_results(path: str) -> None:
    """Given the tables of other pages, when read, then their accuracies are the results."""
    text = (ROOT / path).read_text(encoding="utf-8")
    row = r"^\| (\d+) of 32 \| ([\d,]+) \| ([\d.]+) \| ([\d.]+) \|$"
    found = re.findall(row, text, re.MULTILINE)
    assert found == [
        (
            str(row["keep"]),
            f"{row['parameters']:,}",
            percent(row["test"], "floats"),
            percent(row["test"], "words"),
        )
        for row in MAIN
    ]

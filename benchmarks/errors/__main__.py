"""Measure the errors of all algorithms, and write the results, the page and its figures.

Usage: python -m benchmarks.errors [--quick] [--output DIR] [--data DIR] [...]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numba
import numpy as np

import fxcaps
from benchmarks.errors import accuracy
from benchmarks.errors.cases import FUNCTIONS, Set, cases
from benchmarks.errors.measure import measure
from benchmarks.errors.page import page
from fxcaps.types import Rejection

ROUNDS, QUICK_ROUNDS = 1000, 20
"""Steps of a search."""

QUICK_WIDTH = 8
"""The largest width of a quick run."""

ERRORS, ACCURACIES, PAGE = "errors.json", "errors-accuracy.json", "errors.md"


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.errors", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sets, and no networks")
    parser.add_argument("--output", type=Path, help="directory; docs, but for a quick run")
    parser.add_argument("--only", choices=("errors", "accuracy", "page"), help="one part alone")
    parser.add_argument("--function", choices=FUNCTIONS, help="errors of one; the others stay")
    parser.add_argument("--data", help="directory of data sets (also: FXCAPS_DATA)")
    parser.add_argument("--first", type=int, help="test images, for both networks")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    chosen = parser.parse_args()
    if chosen.quick and chosen.output is None:
        parser.error("--quick needs --output: docs/ has the full results")
    chosen.output = chosen.output or Path("docs")
    return chosen


def measure_all(
    known: Sequence[dict[str, Any]], only: str | None, *, quick: bool
) -> dict[str, Any]:
    """The results: what made them, and a row for each algorithm and set.

    Args:
        known: rows that are there already.
        only: the function to measure, while the rows of the others stay; `None` for all.
        quick: leave out what takes long.
    """
    rows = []
    for operation, function in FUNCTIONS.items():
        if only not in (None, operation):
            rows += [row for row in known if row["operation"] == operation]
            continue
        for given in function.sets:
            if quick and given.width > QUICK_WIDTH:
                continue
            rows += _rows(operation, given, QUICK_ROUNDS if quick else ROUNDS)
    versions = {
        "fxcaps": fxcaps.__version__,
        "Python": platform.python_version(),
        "NumPy": np.__version__,
        "numba": numba.__version__,
    }
    return {"made_with": versions, "rows": rows}


def _rows(operation: str, given: Set, rounds: int) -> list[dict[str, Any]]:
    started = time.perf_counter()
    rows = [measure(case, rounds) for case in cases(operation, given)]
    seconds = time.perf_counter() - started
    print(f"{operation} {given}: {seconds:.1f} s", file=sys.stderr, flush=True)
    return rows


def write_results(results: dict[str, Any], path: Path) -> None:
    """One line a row, so that a change shows where it is."""
    rows = ",\n".join(json.dumps(row) for row in results["rows"])
    head = json.dumps(results["made_with"])
    path.write_text(f'{{"made_with": {head},\n"rows": [\n{rows}\n]}}\n', encoding="utf-8")


def read(path: Path, missing: Any) -> Any:
    """A JSON file, or what stands for one that is missing."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else missing


def main() -> None:
    """Measure and write."""
    chosen = options()
    chosen.output.mkdir(parents=True, exist_ok=True)
    errors, accuracies = chosen.output / ERRORS, chosen.output / ACCURACIES
    if chosen.only in (None, "errors"):
        known = read(errors, {"rows": []})["rows"]
        write_results(measure_all(known, chosen.function, quick=chosen.quick), errors)
    if chosen.only == "accuracy" or not (chosen.only or chosen.quick):
        directory = accuracy.data_directory(chosen.data)
        try:
            accuracy.measure(accuracies, directory, chosen.first, chosen.threads)
        except Rejection as rejection:  # without MNIST the page has no accuracies, and says so
            print(f"no accuracies: {rejection}", file=sys.stderr)
    results = read(errors, None)
    if results is None:
        return
    (chosen.output / PAGE).write_text(page(results, read(accuracies, [])), encoding="utf-8")
    from benchmarks.errors.figures import draw  # noqa: PLC0415 - needs matplotlib, an extra

    for operation, function in FUNCTIONS.items():
        rows = [row for row in results["rows"] if row["operation"] == operation]
        draw(operation, rows, function.axis[0], chosen.output / f"errors-{operation}.png")


if __name__ == "__main__":
    main()

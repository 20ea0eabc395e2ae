"""Search widths by every method and measure the answers; write the results, the page, its figure.

Usage: python -m benchmarks.allocation [--output DIR] [--data DIR] [--network NAME] [--only PART]
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from pathlib import Path
from typing import Any

import numba
import numpy as np

import fxcaps
from benchmarks.allocation import measure
from benchmarks.allocation.page import page
from benchmarks.errors.accuracy import data_directory
from fxcaps import datasets

RESULTS, PAGE, FIGURE = "allocation-methods.json", "allocation-methods.md", "allocation-methods.png"
PARTS = ("rows", "page")


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.allocation", description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("docs"), help="directory (docs)")
    parser.add_argument("--data", help="directory of data sets (also: FXCAPS_DATA)")
    parser.add_argument("--network", choices=list(measure.NETWORKS), help="one network alone")
    parser.add_argument("--method", choices=measure.METHODS, help="one method alone")
    parser.add_argument("--only", choices=PARTS, help="one part alone")
    return parser.parse_args()


def write(results: dict[str, Any], path: Path) -> None:
    """One line a row, so that a change shows where it is."""
    lines = ",\n".join(json.dumps(row) for row in results["rows"])
    made = json.dumps(results["made_with"])
    path.write_text(f'{{"made_with": {made},\n"rows": [\n{lines}\n]}}\n', encoding="utf-8")


def main() -> None:
    """Measure what is missing and write; delete the results to measure all anew."""
    chosen = options()
    chosen.output.mkdir(parents=True, exist_ok=True)
    path = chosen.output / RESULTS
    results: dict[str, Any] = {"rows": []}
    if path.is_file():
        results = json.loads(path.read_text(encoding="utf-8"))
    results["made_with"] = {
        "fxcaps": fxcaps.__version__,
        "Python": platform.python_version(),
        "NumPy": np.__version__,
        "numba": numba.__version__,
    }
    if chosen.only != "page":
        test = datasets.load("mnist", "test", directory=data_directory(chosen.data))
        methods = [chosen.method] if chosen.method else list(measure.METHODS)
        networks = [chosen.network] if chosen.network else list(measure.NETWORKS)
        for row in measure.rows(networks, methods, results["rows"], test):
            results["rows"].append(row)
            write(results, path)
            shown = {k: v for k, v in row.items() if k != "widths"}
            print(json.dumps(shown), file=sys.stderr, flush=True)
    if chosen.only != "rows":
        (chosen.output / PAGE).write_text(page(results), encoding="utf-8")
        from benchmarks.allocation.figure import draw  # noqa: PLC0415 - needs matplotlib, an extra

        draw(results, chosen.output / FIGURE)


if __name__ == "__main__":
    main()

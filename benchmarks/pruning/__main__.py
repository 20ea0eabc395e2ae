"""Prune ShallowCaps by every criterion and measure it; write the results, the page, its figure.

Usage: python -m benchmarks.pruning [--output DIR] [--data DIR] [--only PART] [--threads N]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
from pathlib import Path
from typing import Any

import numba
import numpy as np

import fxcaps
from benchmarks.errors.accuracy import data_directory
from benchmarks.pruning import measure
from benchmarks.pruning.page import page
from fxcaps import datasets
from fxcaps.prune import Criterion

RESULTS, PAGE, FIGURE = "pruning.json", "pruning.md", "pruning.png"
PARTS = ("rankings", "rows", "times", "page")


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pruning", description=__doc__)
    parser.add_argument("--output", type=Path, default=Path("docs"), help="directory (docs)")
    parser.add_argument("--data", help="directory of data sets (also: FXCAPS_DATA)")
    parser.add_argument("--only", choices=PARTS, help="one part alone")
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    return parser.parse_args()


def write(results: dict[str, Any], path: Path) -> None:
    """One line a row, so that a change shows where it is."""
    parts = [f'"made_with": {json.dumps(results["made_with"])}']
    for name in ("rankings", "rows", "times"):
        lines = ",\n".join(json.dumps(row) for row in results[name])
        parts.append(f'"{name}": [\n{lines}\n]')
    path.write_text("{" + ",\n".join(parts) + "}\n", encoding="utf-8")


def read(path: Path) -> dict[str, Any]:
    """The results that are there already."""
    if not path.is_file():
        return {"rankings": [], "rows": [], "times": []}
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def _order(row: dict[str, Any]) -> tuple[int, int]:
    return list(Criterion).index(Criterion(row["criterion"])), -row["keep"]


def main() -> None:
    """Measure what is missing and write; delete the results to measure all anew."""
    chosen = options()
    chosen.output.mkdir(parents=True, exist_ok=True)
    path = chosen.output / RESULTS
    results = read(path)
    wanted = PARTS if chosen.only is None else (chosen.only,)
    results["made_with"] = {
        "fxcaps": fxcaps.__version__,
        "Python": platform.python_version(),
        "NumPy": np.__version__,
        "numba": numba.__version__,
    }
    if "rankings" in wanted:
        ranked = {row["criterion"]: row for row in results["rankings"]}
        for criterion in Criterion:
            if criterion.value not in ranked:
                ranked[criterion.value] = measure.ranking(measure.model(), criterion)
            results["rankings"] = list(ranked.values())
            write(results, path)
    if "times" in wanted:
        results["times"] = measure.times(results["rankings"])
        write(results, path)
    if "rows" in wanted:
        given = datasets.load("mnist", "test", directory=data_directory(chosen.data))
        test = measure.Images(*given)
        for row in measure.rows(results["rankings"], results["rows"], test, chosen.threads):
            results["rows"] = sorted([*results["rows"], row], key=_order)
            write(results, path)
    if "page" in wanted:
        (chosen.output / PAGE).write_text(page(results), encoding="utf-8")
        from benchmarks.pruning.figure import draw  # noqa: PLC0415 - needs matplotlib, an extra

        draw(results, chosen.output / FIGURE)


if __name__ == "__main__":
    main()

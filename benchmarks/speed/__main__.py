"""Measure ours beside the peers' in one run, and print the table of targets.

Usage: python -m benchmarks.speed [--only ROW ...] [--threads N] [--json FILE] [--plot PNG] [...]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("--only", action="append", metavar="ROW", help="a row alone; may repeat")
    parser.add_argument("--threads", type=int, default=1, help="of both sides (default: 1)")
    parser.add_argument("--rounds", type=int, default=7, help="timings of each side (default: 7)")
    parser.add_argument("--quick", action="store_true", help="small work, numbers without meaning")
    parser.add_argument("--json", type=Path, help="results; rows that it has already stay")
    parser.add_argument("--page", type=Path, help="the page, of the results with those of --json")
    parser.add_argument("--plot", type=Path, help="measure the growth of cost, and draw it")
    parser.add_argument("--data", help="directory of data sets (also: FXCAPS_DATA)")
    chosen = parser.parse_args(arguments)
    if chosen.threads < 1 or chosen.rounds < 1:
        parser.error("--threads and --rounds are at least 1")
    return chosen


def main(arguments: list[str] | None = None) -> None:
    """Measure, print, write."""
    chosen = options(arguments)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(chosen.threads)  # libraries read them when they are loaded
    from benchmarks.speed.machine import machine  # noqa: PLC0415 - after the threads are set
    from benchmarks.speed.networks import data_directory  # noqa: PLC0415
    from benchmarks.speed.page import about, page, table  # noqa: PLC0415
    from benchmarks.speed.row import Setting  # noqa: PLC0415

    setting = Setting(
        threads=chosen.threads,
        rounds=1 if chosen.quick else chosen.rounds,
        quick=chosen.quick,
        data=data_directory(chosen.data),
    )
    results: dict[str, Any] = {"rows": [], "growth": []}
    if chosen.json and chosen.json.is_file():
        results = json.loads(chosen.json.read_text(encoding="utf-8"))
    results = {"machine": machine()} | results | {"machine": machine()}
    measured = []
    for made in measure(chosen.only, setting):
        measured.append(made)
        results["rows"] = merged(results["rows"], made)
        if chosen.json:
            write_results(results, chosen.json)
    print(about(results["machine"]))
    print(table(measured))
    if chosen.plot:
        from benchmarks.speed.figures import draw  # noqa: PLC0415 - needs matplotlib, an extra
        from benchmarks.speed.growth import growth  # noqa: PLC0415

        results["growth"] = growth(setting)
        draw(results["growth"], chosen.plot)
    if chosen.json:
        write_results(results, chosen.json)
    if chosen.page:
        chosen.page.write_text(page(results), encoding="utf-8")


def measure(only: list[str] | None, setting: Any) -> Any:
    """The rows that were asked for, one by one, each with the machine's load."""
    from benchmarks.speed.machine import load  # noqa: PLC0415 - after the threads are set
    from benchmarks.speed.rows import ROWS  # noqa: PLC0415

    names = [row.name for row in ROWS]
    unknown = [name for name in only or [] if name not in names]
    if unknown:
        sys.exit(f"no row {unknown[0]!r}; known: {', '.join(names)}")
    for row in ROWS:
        if only is None or row.name in only:
            made = row.run(setting) | {"load": load()}
            print(f"{row.name}: {made.get('gap', made.get('value'))}", file=sys.stderr, flush=True)
            yield made


def merged(rows: list[dict[str, Any]], made: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows with one in place of the same of as many threads, in the order of the table."""
    from benchmarks.speed.rows import ROWS  # noqa: PLC0415 - after the threads are set

    place = {row.name: k for k, row in enumerate(ROWS)}
    kept = [row for row in rows if (row["row"], row["threads"]) != (made["row"], made["threads"])]
    return sorted([*kept, made], key=lambda row: (row["threads"], place.get(row["row"], -1)))


def write_results(results: dict[str, Any], path: Path) -> None:
    """One line a row, so that a change shows where it is."""
    parts = [f'"machine": {json.dumps(results["machine"])}']
    for name in ("rows", "growth"):
        lines = ",\n".join(json.dumps(row) for row in results[name])
        parts.append(f'"{name}": [\n{lines}\n]')
    path.write_text("{" + ",\n".join(parts) + "}\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""fxcaps datasets: which data sets are here, whole, and where to get the others."""

from __future__ import annotations

import argparse
from typing import Any

from fxcaps import datasets
from fxcaps.cli import report
from fxcaps.cli.inputs import add_data_option
from fxcaps.datasets import State
from fxcaps.types import Reason, Rejection


def add_to(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser("datasets", help="locate and verify data sets")
    add_data_option(parser)
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> None:
    """Print the state of every official file; refuse where one is corrupt."""
    found = datasets.status(options.data)
    rows = [
        [entry.dataset, entry.split, entry.file, entry.state.value, str(entry.path or "-")]
        for entry in found
    ]
    print(report.table(["data set", "split", "file", "state", "path"], rows))
    print("\nsearched: " + ", ".join(str(place) for place in datasets.search_places(options.data)))
    for name, dataset in datasets.DATASETS.items():
        if any(entry.dataset == name and entry.state is State.MISSING for entry in found):
            print(f"{name}: get it from {dataset.source}")
    corrupt = [entry for entry in found if entry.state is State.CORRUPT]
    if corrupt:
        entry = corrupt[0]
        raise Rejection(
            Reason.FILE_CORRUPT,
            f"{entry.path}: expected {entry.expected}, found {entry.found}"
            + (f" (and {len(corrupt) - 1} more)" if len(corrupt) > 1 else ""),
        )

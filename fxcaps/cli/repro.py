"""fxcaps repro: one case alone, with every intermediate."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from fxcaps.cli import report
from fxcaps.cli.conform import add_set_option, coded, read_vectors, reading
from fxcaps.conform import Code
from fxcaps.conform.repro import HEAD, Repro, files, find_case
from fxcaps.network.files import written_beside
from fxcaps.types import Reason, Rejection


def add_to(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "repro", help="one case of the vectors: its words, taps and a pack of its own"
    )
    parser.add_argument("id", metavar="ID", help="as reports and files of vectors have it")
    parser.add_argument("--step", type=int, default=1, metavar="N", help="of a chain (default: 1)")
    parser.add_argument("-o", "--output", type=Path, metavar="DIR", help="write hex, C and more")
    add_set_option(parser)
    parser.set_defaults(execute=coded(execute))


def execute(options: argparse.Namespace) -> Code:
    """Print the case, and write its pack."""
    vectors = read_vectors(options)
    with reading():
        found = find_case(vectors, options.id, options.step)
    head = _head(found)
    print("\n".join([*head, report.table(HEAD, found.table(), text=True)]))
    if options.output is not None:
        text = "\n".join([*head, report.table(HEAD, found.table(None), text=True), ""])
        _write(options.output, files(found, text))
        print(f"written to {options.output}")
    return Code.CONFORMANT


def _head(found: Repro) -> list[str]:
    picked = found.chosen.pick
    lines = [
        f"case: {found.case.id}",
        f"set_digest: {picked.set_digest}",
        f"setup: {picked.setup.name}",
        f"clauses: {' '.join(found.clauses)}",
    ]
    lines += [f"image: {found.case.image}"] if found.case.image else []
    lines += [f"mutants told: {', '.join(found.mutants)}"] if found.mutants else []
    rejected = f"expected: reject {found.case.reject} ({found.message})"
    return lines + ([rejected] if found.case.reject else [])


def _write(place: Path, content: dict[str, bytes]) -> None:
    if place.exists():
        raise Rejection(Reason.FILE_UNWRITABLE, f"{place}: exists; choose another place")
    with written_beside(place) as partial:
        partial.mkdir(parents=True)
        for name, data in content.items():
            (partial / name).write_bytes(data)

"""fxcaps compare: someone's words against a trace."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from fxcaps import api
from fxcaps.cli import report
from fxcaps.inside import Comparison, Difference
from fxcaps.network import load_program
from fxcaps.network.files import to_json

_ROWS = 100
"""Rows of the table; JSON has all."""


def add_to(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "compare",
        help="compare a dump with a trace",
        epilog="exit code: 0 equal, 1 different, 2 bad input",
    )
    parser.add_argument("trace", type=Path, metavar="TRACE", help="written by fxcaps run --trace")
    parser.add_argument(
        "dump",
        type=Path,
        metavar="DUMP",
        help="a trace, an .npz, or a folder of .npy files, arrays named by tensor",
    )
    parser.add_argument(
        "--program", type=Path, help="formats and order, for a TRACE that is no trace of fxcaps"
    )
    parser.add_argument(
        "--values", action="store_true", help="the dump holds values, not words: 0.375, not 12"
    )
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="PATTERN",
        help="only tensors of these names: 'digit.*' (repeat for several)",
    )
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> bool:
    """Compare, print, tell whether all is equal."""
    found = api.compare(
        options.trace,
        options.dump,
        program=None if options.program is None else load_program(options.program),
        values=options.values,
        only=options.only,
    )
    if options.json:
        print(to_json(_json(found)), end="")
    else:
        print("\n".join(_lines(found)))
    return found.equal


def _lines(found: Comparison) -> list[str]:
    words = found.images * sum(found.sizes.values())
    lines = [f"compared: {len(found.formats)} tensors, images {found.images}, words {words:,}"]
    if found.absent:
        lines.append(f"not in the dump: {', '.join(found.absent)}")
    if found.other_program:
        lines.append("the dump is a trace of another Program")
    if found.first is None:
        return [*lines, "equal"]
    lines += [f"first difference: {_first(found, found.first)}", ""]
    head = ["image", "tensor", "differ", "of", "first at", "expected", "found", "largest (LSB)"]
    lines.append(report.table(head, [_row(found, item) for item in found.differences[:_ROWS]]))
    if len(found.differences) > _ROWS:
        lines.append(f"... {len(found.differences) - _ROWS} more rows (--json has all)")
    mixed = sorted({item.tensor for item in found.differences if item.same_bits})
    if mixed:
        lines.append(f"same bits, signed and unsigned mixed up: {', '.join(mixed)}")
    total = sum(item.words for item in found.differences)
    lines.append(f"different: {total:,} of {words:,} words")
    return lines


def _first(found: Comparison, item: Difference) -> str:
    return (
        f"{item.tensor}{list(item.at)} of image {item.image}: "
        f"expected {_word(found, item, item.expected)}, found {_word(found, item, item.found)}"
    )


def _word(found: Comparison, item: Difference, word: int) -> str:
    return f"{word} ({float(found.formats[item.tensor].value(word)):.12g})"


def _row(found: Comparison, item: Difference) -> list[str]:
    return [
        str(item.image),
        item.tensor,
        f"{item.words:,}",
        f"{found.sizes[item.tensor]:,}",
        str(list(item.at)),
        _word(found, item, item.expected),
        _word(found, item, item.found),
        f"{item.largest:,}",
    ]


def _json(found: Comparison) -> dict[str, Any]:
    return {
        "equal": found.equal,
        "images": found.images,
        "tensors": {
            name: {"format": str(format), "words": found.sizes[name]}
            for name, format in found.formats.items()
        },
        "absent": list(found.absent),
        "other_program": found.other_program,
        "first": None if found.first is None else _item(found, found.first),
        "differences": [_item(found, item) for item in found.differences],
    }


def _item(found: Comparison, item: Difference) -> dict[str, Any]:
    format = found.formats[item.tensor]
    return {
        "tensor": item.tensor,
        "image": item.image,
        "words": item.words,
        "at": list(item.at),
        "expected": {"word": item.expected, "value": float(format.value(item.expected))},
        "found": {"word": item.found, "value": float(format.value(item.found))},
        "largest_lsb": item.largest,
        "same_bits": item.same_bits,
    }

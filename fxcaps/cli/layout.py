"""How words lie in exported memories: lanes, patterns, bits."""

from __future__ import annotations

import argparse
from pathlib import Path

from fxcaps.cli.inputs import Misuse
from fxcaps.network.files import written_beside
from fxcaps.types import Reason, Rejection
from fxcaps.vectors.arrange import read_pattern
from fxcaps.vectors.column import ROW, Layout


def add_layout_options(action: argparse.ArgumentParser) -> None:
    """Declare the options."""
    action.add_argument(
        "--lanes",
        action="append",
        default=[],
        metavar="[NAME:]N",
        help="words of a memory word, of one tensor or of all, or `row` for those of the last "
        "axis; may be repeated (default: 1)",
    )
    action.add_argument(
        "--pattern",
        action="append",
        default=[],
        metavar="NAME:PATTERN",
        help="another order, as 'weight: i j d k -> j (i lane=4) d k'; may be repeated",
    )
    action.add_argument(
        "--bits", type=int, metavar="N", help="of a word in packed files (default: its width)"
    )


def layout_of(options: argparse.Namespace) -> Layout:
    """The layout that the options ask for."""
    patterns = {}
    for text in options.pattern:
        name, colon, pattern = text.partition(":")
        if not (colon and name.strip()):
            raise Misuse(f"--pattern takes NAME:PATTERN, found {text!r}")
        patterns[name.strip()] = read_pattern(pattern.strip())
    return Layout(lanes_of(options.lanes), patterns, options.bits)


def lanes_of(texts: list[str]) -> dict[str, int]:
    """Lanes by tensor, as `--lanes` gives them."""
    lanes = {}
    for text in texts:
        name, _, number = text.rpartition(":")
        if number.strip() == "row":
            lanes[name.strip()] = ROW
        elif number.strip().isdecimal() and int(number) > 0:
            lanes[name.strip()] = int(number)
        else:
            raise Misuse(f"--lanes takes [NAME:]N with N of at least 1 or row, found {text!r}")
    return lanes


def written_files(files: dict[str, bytes], output: Path) -> None:
    """Write files into a new folder, whole or not at all, and say so."""
    if output.exists():
        raise Rejection(Reason.FILE_UNWRITABLE, f"{output}: exists; choose another place")
    with written_beside(output) as partial:
        partial.mkdir(parents=True)
        for name, content in files.items():
            (partial / name).write_bytes(content)
    print(f"{', '.join(files)} written to {output}")

"""fxcaps diagnose: what is wrong inside a Program."""

from __future__ import annotations

import argparse
import importlib.util
from pathlib import Path
from typing import Any

from fxcaps import api
from fxcaps.cli import diagnosed
from fxcaps.cli.inputs import (
    IMAGES_HELP,
    add_data_option,
    add_program_arguments,
    add_threads_option,
    images_and_labels,
    program_of,
)
from fxcaps.cli.progress import progress
from fxcaps.network.files import to_json
from fxcaps.types import Reason, Rejection


def add_to(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser("diagnose", help="find dead routing, saturation, ties and waste")
    add_program_arguments(parser)
    parser.add_argument("images", metavar="IMAGES", help=IMAGES_HELP)
    parser.add_argument("--count", type=int, metavar="N", help="only the first N images")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    parser.add_argument(
        "--figure", type=Path, metavar="FILE", help="draw it (.png, .svg, .pdf); needs matplotlib"
    )
    add_threads_option(parser)
    add_data_option(parser)
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> None:
    """Run, judge, print, draw."""
    if options.figure is not None and importlib.util.find_spec("matplotlib") is None:
        raise Rejection(
            Reason.PARAMETER_INVALID,
            '--figure needs matplotlib, which is not installed (pip install "fxcaps[plots]")',
        )
    program = program_of(options)
    images, _ = images_and_labels(options.images, None, options.data)
    if options.count is not None:
        if not 0 < options.count <= len(images):
            raise Rejection(
                Reason.PARAMETER_INVALID,
                f"--count must be 1 to {len(images)}, found {options.count}",
            )
        images = images[: options.count]
    found = api.diagnose(program, images, threads=options.threads, progress=progress("diagnosing"))
    if options.json:
        print(to_json(diagnosed.to_json(found)), end="")
    else:
        print(diagnosed.to_text(found))
    if options.figure is not None:
        from fxcaps import plots  # noqa: PLC0415 - needs matplotlib, which is an extra

        plots.diagnosis_figure(found, options.figure)
        if not options.json:
            print(f"\nfigure written to {options.figure}")

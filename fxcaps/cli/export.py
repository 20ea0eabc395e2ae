"""fxcaps export: a Program's weights, tables and parameters for hardware and firmware."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from fxcaps.cli.layout import add_layout_options, layout_of, written_files
from fxcaps.network import load_program
from fxcaps.vectors.weights import PROGRAM_FORMS, export_program


def add_to(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "export", help="weights, tables and parameters of a Program as memory files or C"
    )
    parser.add_argument("program", type=Path, metavar="PROGRAM")
    parser.add_argument("--to", choices=list(PROGRAM_FORMS), required=True, help="form")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="DIR")
    add_layout_options(parser)
    parser.set_defaults(execute=export)


def export(options: argparse.Namespace) -> None:
    """Write the files into a new folder, whole or not at all."""
    program = load_program(options.program)
    written_files(export_program(program, options.to, layout_of(options)), options.output)

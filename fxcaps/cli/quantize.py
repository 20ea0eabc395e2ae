"""fxcaps quantize: a float network becomes a Program."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from fxcaps import api
from fxcaps.cli import report
from fxcaps.cli.inputs import (
    IMAGES_HELP,
    add_arithmetic_options,
    add_data_option,
    arithmetic,
    images_and_labels,
    width_option,
)
from fxcaps.cli.progress import progress
from fxcaps.network import ARCHITECTURES, check_place, memory, save_program
from fxcaps.quantize import RULES, Granularity


def add_to(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser("quantize", help="turn a float network into a Program")
    parser.add_argument("model", metavar="MODEL", help="mnist-small, or an .npz of a network")
    parser.add_argument("--calibrate", required=True, metavar="IMAGES", help=IMAGES_HELP)
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="DIR")
    parser.add_argument(
        "--width",
        type=width_option,
        default=8,
        metavar="BITS",
        help="of every tensor, or with patterns: 8,digit.c*=6 (default: %(default)s)",
    )
    parser.add_argument(
        "--granularity",
        choices=[item.value for item in Granularity],
        default=Granularity.ITERATION.value,
        help="whether routing iterations share formats (default: %(default)s)",
    )
    parser.add_argument(
        "--rule",
        choices=list(RULES),
        default="minmax",
        help="by which ranges become formats (default: %(default)s)",
    )
    parser.add_argument(
        "--architecture",
        choices=list(ARCHITECTURES),
        help="of an .npz that holds named arrays alone",
    )
    add_arithmetic_options(parser)
    add_data_option(parser)
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> None:
    """Calibrate, choose formats, write the Program."""
    check_place(options.output)  # before the long part
    model = api.load_network(options.model, architecture=options.architecture)
    images, _ = images_and_labels(options.calibrate, None, options.data)
    program = api.quantize_network(
        model,
        images,
        width=options.width,
        arithmetic=arithmetic(options),
        granularity=Granularity(options.granularity),
        rule=options.rule,
        progress=progress("calibrating"),
    )
    save_program(program, options.output)
    print(report.tensors_table(program))
    print()
    print(report.memory_lines(memory(program)))
    print(f"\nProgram {program.digest[:16]} written to {options.output}")

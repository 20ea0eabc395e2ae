"""fxcaps run: a Program over images, bit for bit."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from fxcaps import api
from fxcaps.cli import report
from fxcaps.cli.inputs import (
    IMAGES_HELP,
    add_data_option,
    add_program_arguments,
    add_threads_option,
    images_and_labels,
    program_of,
)
from fxcaps.cli.progress import progress
from fxcaps.network import save_trace
from fxcaps.types import Reason, Rejection


def add_to(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser("run", help="run a Program over images")
    add_program_arguments(parser)
    parser.add_argument("images", metavar="IMAGES", help=IMAGES_HELP)
    parser.add_argument("--labels", metavar="LABELS", help="file of labels, for the accuracy")
    parser.add_argument("--first", type=int, metavar="N", help="only the first N images")
    parser.add_argument(
        "--trace", type=Path, metavar="FILE", help="write every tensor of one image as .npz"
    )
    parser.add_argument(
        "--trace-image", type=int, default=0, metavar="K", help="which image (default: 0)"
    )
    parser.add_argument(
        "--on-spec", action="store_true", help="compute with the specification alone (slow)"
    )
    add_threads_option(parser)
    add_data_option(parser)
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> None:
    """Run, print accuracy, events and digest, write the trace."""
    program = program_of(options)
    images, labels = images_and_labels(options.images, options.labels, options.data)
    if options.first is not None:
        if not 0 < options.first <= len(images):
            raise Rejection(
                Reason.PARAMETER_INVALID,
                f"--first must be 1 to {len(images)}, found {options.first}",
            )
        images = images[: options.first]
        labels = None if labels is None else labels[: options.first]
    if options.trace and not 0 <= options.trace_image < len(images):
        raise Rejection(
            Reason.PARAMETER_INVALID,
            f"--trace-image must be 0 to {len(images) - 1}, found {options.trace_image}",
        )
    made = api.run(
        program,
        images,
        threads=options.threads,
        on_spec=options.on_spec,
        progress=progress("running"),
    )
    print(f"images: {made.images}")
    if labels is not None and made.words[program.outputs[-1]].ndim == 1:
        right = int(np.count_nonzero(made.words[program.outputs[-1]] == labels))
        print(f"accuracy: {100 * right / made.images:.2f} % ({right} of {made.images})")
    print(report.undecided_line(made))
    print(report.events_table(made))
    print(f"digest of the output words: {made.digest}")
    if options.trace:
        chosen = images[options.trace_image : options.trace_image + 1]
        save_trace(api.run(program, chosen, keep=tuple(program.traced)), options.trace)
        print(f"trace of image {options.trace_image} written to {options.trace}")

"""fxcaps explain: one word of a Program, product by product."""

from __future__ import annotations

import argparse
from typing import Any

from fxcaps import api
from fxcaps.cli import explained
from fxcaps.cli.inputs import (
    IMAGES_HELP,
    add_data_option,
    add_program_arguments,
    images_and_labels,
    program_of,
)
from fxcaps.network.files import to_json


def add_to(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser("explain", help="explain one word product by product")
    add_program_arguments(parser)
    parser.add_argument("images", metavar="IMAGES", help=IMAGES_HELP)
    parser.add_argument("--image", type=int, default=0, metavar="K", help="which (default: 0)")
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--step", metavar="S", help="a step, or a part of one: digit.squash1")
    which.add_argument("--tensor", metavar="T", help="instead, the tensor that the step makes")
    parser.add_argument(
        "--at", type=place_option, default=(), metavar="I,J,K", help="the word's place in it"
    )
    parser.add_argument("--all", action="store_true", help="print every product of a long sum")
    parser.add_argument("--json", action="store_true", help="print everything as JSON")
    add_data_option(parser)
    parser.set_defaults(execute=execute)


def place_option(text: str) -> tuple[int, ...]:
    """`3,2,0`: an index an axis."""
    try:
        return tuple(int(item) for item in text.split(",")) if text else ()
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"expected indices such as 3,2,0, found {text!r}"
        ) from None


def execute(options: argparse.Namespace) -> None:
    """Explain a word and print it."""
    program = program_of(options)
    images, _ = images_and_labels(options.images, None, options.data)
    found = api.explain(
        program, images, options.image, options.at, step=options.step, tensor=options.tensor
    )
    if options.json:
        print(to_json(explained.to_json(found)), end="")
    else:
        print(explained.to_text(found, whole=options.all))

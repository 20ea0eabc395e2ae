"""What commands take: images, labels, widths, arithmetic."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps import datasets
from fxcaps.network import Program, load_program, with_parameters
from fxcaps.ops import OPERATIONS, Arithmetic
from fxcaps.ops.elementwise import RuledParameters
from fxcaps.profiles import Profile, load_profile
from fxcaps.quantize import HARDWARE, HARDWARE_PROFILE
from fxcaps.types import Overflow, Reason, Rejection, Rounding

IMAGES_HELP = (
    "NAME/SPLIT of a data set (digits/calibration, digits/evaluation, mnist/test, ...), followed "
    "by :doubled for twice the rows and columns (cifar-10/test:doubled), or a file: .npy, "
    ".npz[:member], IDX, gzip or not"
)


PROFILE_HELP = "a name that `fxcaps profile list` shows, or the file of a profile"


class Misuse(Exception):  # noqa: N818 - it becomes a line and an exit code, like argparse's own
    """A command line that cannot be meant: one line, exit code 2."""


def add_data_option(parser: argparse.ArgumentParser) -> None:
    """Add the directory of data sets."""
    parser.add_argument("--data", metavar="DIR", help="directory of data sets (also: FXCAPS_DATA)")


def images_and_labels(
    source: str, labels: str | None, directory: str | None
) -> tuple[NDArray[np.uint8], NDArray[Any] | None]:
    """Images, and the labels that are given or belong to the data set.

    Rejects labels of another number than the images, and what cannot be done with a data set.
    """
    name, _, split = source.partition("/")
    split, _, change = split.partition(":")
    known: NDArray[Any] | None = None
    if Path(source).exists() or name not in {"digits", *datasets.DATASETS}:
        images = datasets.read_images(source)
    elif name == "digits":
        images, known = datasets.digits(split)
    else:
        images, known = datasets.load(name, split, directory=directory)
    if known is not None and change:
        images = _changed(images, change)
    if labels is not None:
        known = datasets.read_labels(labels)
    if known is not None and len(known) != len(images):
        raise Rejection(
            Reason.DATA_INVALID,
            f"{labels or source}: expected {len(images)} labels, one an image, found {len(known)}",
        )
    return images, known


def _changed(images: NDArray[np.uint8], change: str) -> NDArray[np.uint8]:
    if change != "doubled":
        raise Rejection(
            Reason.NAME_UNKNOWN, f"images of a data set can be doubled, found {change!r}"
        )
    return datasets.doubled(images)


def width_option(text: str) -> int | Mapping[str, int]:
    """`8`, or `8,digit.c*=6,conv.weight=4`: a width for all, then patterns."""
    widths: dict[str, int] = {}
    for item in text.split(","):
        pattern, equals, number = item.rpartition("=")
        try:
            widths[pattern if equals else "*"] = int(number)
        except ValueError:
            raise argparse.ArgumentTypeError(
                f"expected WIDTH or PATTERN=WIDTH, found {item!r}"
            ) from None
    return widths["*"] if set(widths) == {"*"} else widths


def add_arithmetic_options(parser: argparse.ArgumentParser) -> None:
    """Add rounding, overflow and one option for every operation with several algorithms."""
    parser.add_argument(
        "--profile",
        metavar="PROFILE",
        help=f"all of the arithmetic: {PROFILE_HELP} (default: {HARDWARE_PROFILE.name})",
    )
    parser.add_argument(
        "--rounding",
        choices=[mode.value for mode in Rounding],
        metavar="MODE",
        help=f"of every narrowing: %(choices)s (default: {HARDWARE.rounding.value})",
    )
    parser.add_argument(
        "--overflow",
        choices=[mode.value for mode in Overflow],
        metavar="MODE",
        help=f"of every narrowing: %(choices)s (default: {HARDWARE.overflow.value})",
    )
    for name, default in HARDWARE.algorithms.items():
        known = [
            algorithm.algorithm
            for algorithm in OPERATIONS[name].choices
            if issubclass(algorithm, RuledParameters)
        ]
        parser.add_argument(
            f"--{name}",
            choices=known,
            help=f"algorithm of {name} (default: {default})",
        )


def arithmetic(options: argparse.Namespace) -> Arithmetic | Profile:
    """The arithmetic that the options name: a profile, or single choices beside its defaults."""
    chosen = {
        name: getattr(options, name) for name in ("rounding", "overflow", *HARDWARE.algorithms)
    }
    given = {name: value for name, value in chosen.items() if value is not None}
    if options.profile is not None:
        if given:
            raise Misuse(f"--profile and --{next(iter(given))} cannot be given together")
        return profile_named(options.profile)
    if not given:
        return HARDWARE_PROFILE
    return replace(
        HARDWARE,
        rounding=Rounding(given.pop("rounding", HARDWARE.rounding)),
        overflow=Overflow(given.pop("overflow", HARDWARE.overflow)),
        algorithms=dict(HARDWARE.algorithms) | given,
    )


def profile_named(source: str) -> Profile:
    """A profile by name or file; what is none is a wrong command line."""
    try:
        return load_profile(source)
    except Rejection as rejection:
        raise Misuse(str(rejection)) from None


def add_threads_option(parser: argparse.ArgumentParser) -> None:
    """Add the number of threads."""
    parser.add_argument(
        "--threads", type=int, default=2, help="batches at the same time (default: %(default)s)"
    )


def add_program_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the Program and parameters that replace its own."""
    parser.add_argument("program", type=Path, metavar="PROGRAM", help="directory of a Program")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="PLACE.FIELD=VALUE",
        help="compute with another parameter: a step or its part, as in votes.rounding=floor or "
        "'digit.softmax*.constant=13'; may be given several times",
    )


def program_of(options: argparse.Namespace) -> Program:
    """The Program that the options name, with the parameters that they set."""
    changes = dict(map(_change, options.set))
    return with_parameters(load_program(options.program), changes)


def _change(text: str) -> tuple[str, Any]:
    place, equals, value = text.partition("=")
    if not equals or "." not in place:
        raise Misuse(f"--set: expected PLACE.FIELD=VALUE, found {text!r}")
    try:
        return place, json.loads(value)
    except ValueError:
        return place, value

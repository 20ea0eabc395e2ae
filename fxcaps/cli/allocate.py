"""fxcaps allocate: the fewest bits of every tensor that keep the accuracy."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from fxcaps import api
from fxcaps.allocate import (
    METHODS,
    PROGRAM,
    Certificate,
    CostModel,
    Evaluator,
    Method,
    Problem,
    Scheme,
    allocate,
    hardest_first,
    method_named,
)
from fxcaps.allocate.search import problem_of
from fxcaps.cli.allocated import explanation, summary
from fxcaps.cli.inputs import (
    IMAGES_HELP,
    Misuse,
    add_arithmetic_options,
    add_data_option,
    arithmetic,
    images_and_labels,
)
from fxcaps.cli.progress import evaluations, progress
from fxcaps.network import ARCHITECTURES, Network
from fxcaps.oracle import TABLES
from fxcaps.quantize import RULES, Calibration, Granularity, rule_named
from fxcaps.real import REAL
from fxcaps.types import Reason, Rejection

_SAMPLES = 20
"""Calibration images that sensitivities are measured on."""

_TIMED = 100
"""Images whose time a dry run extrapolates."""

_CALIBRATED = 250
"""Images that calibrate where calibration and validation images have one source."""

_JOURNAL, _CERTIFICATE, _CALIBRATION = "search.jsonl", "certificate", "calibration.npz"


def add_to(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser("allocate", help="find the fewest bits that keep the accuracy")
    parser.add_argument("model", metavar="MODEL", help="mnist-small, or an .npz of a network")
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="DIR")
    parser.add_argument(
        "--tolerance",
        default="0.2",
        metavar="POINTS",
        help="points of accuracy below the floats that are allowed (default: %(default)s)",
    )
    parser.add_argument(
        "--method", choices=list(METHODS), default="optimal", help="default: %(default)s"
    )
    parser.add_argument(
        "--weight-bits", type=float, metavar="BITS", help="a budget: most bits a weight on average"
    )
    _add_images(parser)
    parser.add_argument("--rule", choices=list(RULES), default="minmax", help="as in quantize")
    parser.add_argument(
        "--granularity",
        choices=[item.value for item in Granularity],
        default=Granularity.ITERATION.value,
        help="as in quantize",
    )
    parser.add_argument("--resume", action="store_true", help="go on with the search in DIR")
    parser.add_argument("--dry-run", action="store_true", help="say what it would take, and stop")
    parser.add_argument("--explain", action="store_true", help="say why each tensor has its width")
    parser.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes (default: %(default)s)"
    )
    parser.add_argument(
        "--architecture",
        choices=list(ARCHITECTURES),
        help="of an .npz that holds named arrays alone",
    )
    add_arithmetic_options(parser)
    add_data_option(parser)
    parser.set_defaults(execute=execute)


def _add_images(parser: argparse.ArgumentParser) -> None:
    """Options that say what calibrates and what judges."""
    parser.add_argument(
        "--calibrate",
        default="digits/calibration",
        metavar="IMAGES",
        help=f"never the test set (default: %(default)s): {IMAGES_HELP}",
    )
    parser.add_argument(
        "--validate",
        default="digits/evaluation",
        metavar="IMAGES",
        help="to search by, never the test set; of one source with --calibrate the first "
        f"{_CALIBRATED} images calibrate and the rest validate (default: %(default)s)",
    )
    parser.add_argument("--validate-labels", metavar="FILE", help="of --validate, IDX or .npy")
    parser.add_argument("--first", type=int, metavar="N", help="validate with N images only")
    parser.add_argument(
        "--margin",
        type=float,
        metavar="POINTS",
        help="refuse too few images to know the accuracy to within this at 95 %%",
    )


@dataclass(frozen=True)
class _Images:
    """Calibration images, and validation images with their labels, the hardest first."""

    calibration: NDArray[Any]
    validation: NDArray[Any]
    labels: NDArray[Any]


def execute(options: argparse.Namespace) -> None:
    """Load, calibrate, search, write certificates."""
    begun = time.monotonic()
    _check_place(options)
    if options.workers < 1:
        raise Misuse(f"--workers must be at least 1, found {options.workers}")
    model = api.load_network(options.model, architecture=options.architecture)
    weight_bits = _budget(model, options.weight_bits)
    seen = _images(model, options)
    problem = problem_of(
        model,
        seen.validation,
        seen.labels,
        REAL,
        tolerance=options.tolerance,
        weight_bits=weight_bits,
        accounting=PROGRAM,
        margin=options.margin,
    )  # what cannot be is told before the long part
    calibration = _calibration(model, seen.calibration, options)
    method = method_named(options.method)
    scheme = Scheme(
        arithmetic=arithmetic(options),
        rule=rule_named(options.rule),
        granularity=Granularity(options.granularity),
    )
    if options.dry_run:
        _tell_outlook(model, calibration, seen, scheme, method, problem)
        return
    made = _search(model, calibration, seen, scheme, weight_bits, options)
    _write(made, options, time.monotonic() - begun)


def _search(
    model: Network,
    calibration: Calibration,
    seen: _Images,
    scheme: Scheme,
    weight_bits: int | None,
    options: argparse.Namespace,
) -> tuple[Certificate, ...]:
    """Certificates of the method; the journal grows in the output's folder."""
    options.output.mkdir(parents=True, exist_ok=True)
    with Evaluator(
        model,
        calibration,
        seen.validation,
        seen.labels,
        TABLES,
        samples=seen.calibration[:_SAMPLES],
        scheme=scheme,
        workers=_workers(options.workers),
        journal=options.output / _JOURNAL,
        resume=options.resume,
        progress=evaluations(options.method),
    ) as evaluator:
        return allocate(
            evaluator,
            method_named(options.method),
            REAL,
            tolerance=options.tolerance,
            weight_bits=weight_bits,
            margin=options.margin,
        )


def _check_place(options: argparse.Namespace) -> None:
    """Refuse a place that holds something else, or a search that is not to be resumed."""
    place: Path = options.output
    if place.exists() and not place.is_dir():
        raise Rejection(Reason.FILE_UNWRITABLE, f"{place}: is no directory")
    if not place.exists() or options.dry_run:
        return
    if (place / _JOURNAL).exists():
        if not options.resume:
            raise Rejection(
                Reason.FILE_UNWRITABLE,
                f"{place}: a search stands there; --resume goes on with it, or choose another "
                "place",
            )
    elif any(place.iterdir()):
        raise Rejection(
            Reason.FILE_UNWRITABLE, f"{place}: holds something else; choose another place"
        )


def _budget(model: Network, each: float | None) -> int | None:
    """Bits of all weights; `None` without a budget."""
    if each is None:
        return None
    costs = CostModel(model)
    return int(each * costs.cost(1).weights.words)


def _images(model: Network, options: argparse.Namespace) -> _Images:
    for name in (options.calibrate, options.validate):
        if name.partition(":")[0].endswith("/test"):
            raise Misuse(f"{name}: nothing is searched by test images; name another split")
    calibration, _ = images_and_labels(options.calibrate, None, options.data)
    validation, labels = images_and_labels(options.validate, options.validate_labels, options.data)
    if labels is None:
        raise Misuse(f"{options.validate}: labels are needed; give --validate-labels")
    if options.calibrate == options.validate:
        calibration = calibration[:_CALIBRATED]
        validation, labels = validation[_CALIBRATED:], labels[_CALIBRATED:]
    if options.first is not None:
        validation, labels = validation[: options.first], labels[: options.first]
    for words, what in ((calibration, options.calibrate), (validation, options.validate)):
        expected = next(iter(model.inputs.values())).shape
        if words.shape[1:] != expected:
            raise Rejection(
                Reason.SHAPE_MISMATCH,
                f"{model.name} takes images of {expected}, {what} has {words.shape[1:]}; name "
                "images of its data set with --calibrate and --validate",
            )
        if not len(words):
            raise Rejection(Reason.DATA_INVALID, f"{what}: no images are left")
    order = hardest_first(model, validation, labels, REAL)
    return _Images(calibration, validation[order], labels[order])


def _calibration(model: Network, images: NDArray[Any], options: argparse.Namespace) -> Calibration:
    """What an interrupted search was calibrated with, or a new one, which is kept."""
    kept = options.output / _CALIBRATION
    if options.resume and kept.is_file():
        known = Calibration.load(kept)
        known.check(model)
        return known
    made = api.calibrate(model, images, progress=progress("calibrating"))
    if not options.dry_run:
        options.output.mkdir(parents=True, exist_ok=True)
        made.save(kept)
    return made


def _workers(count: int) -> Callable[[], Executor] | None:
    if count == 1:
        return None
    return lambda: ProcessPoolExecutor(count, mp_context=get_context("spawn"))


def _tell_outlook(
    model: Network,
    calibration: Calibration,
    seen: _Images,
    scheme: Scheme,
    method: Method,
    problem: Problem,
) -> None:
    """What the search would evaluate, and how long it would take, by one part that is timed."""
    few = seen.validation[: min(_TIMED, len(seen.validation))]
    for width in (15, 16):  # the first compiles
        begun = time.monotonic()
        program = scheme.program(model, calibration, width)
        made = time.monotonic() - begun
        begun = time.monotonic()
        api.run(program, few)
        ran = (time.monotonic() - begun) / len(few)
    outlook = method.outlook(problem)
    each = len(seen.validation)
    print(
        f"{problem.float_correct} of {each} validation images are right in floats; "
        f"{problem.needed} are needed"
    )
    if outlook is None:
        print(f"{method.name} does not say how many evaluations it takes")
        return
    seconds = outlook.evaluations * made / 2 + float(outlook.whole) * each * ran
    seconds += outlook.samples * _SAMPLES * ran
    print(
        f"{method}: about {outlook.evaluations} evaluations at most, {outlook.samples} of them of "
        f"{_SAMPLES} samples; in all about {float(outlook.whole):.1f} times all images"
    )
    print(f"about {_duration(seconds)} ({1000 * ran:.1f} ms an image, {made:.2f} s a Program)")


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"


def _write(made: tuple[Certificate, ...], options: argparse.Namespace, seconds: float) -> None:
    for number, certificate in enumerate(made):
        name = _CERTIFICATE if not number else f"{_CERTIFICATE}-{certificate.outcome}"
        certificate.save(options.output / name)
        print(summary(certificate))
        if options.explain:
            print()
            print(explanation(certificate))
        print(f"\ncertificate and Program written to {options.output / name}\n")
    print(f"{seconds:.0f} s; `fxcaps report {options.output / _CERTIFICATE} -o page.html` shows it")

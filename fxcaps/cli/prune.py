"""fxcaps prune: a smaller dense network without some of the primary capsule types."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps import api, datasets
from fxcaps.cli import report
from fxcaps.cli.inputs import (
    IMAGES_HELP,
    Misuse,
    add_data_option,
    add_threads_option,
    images_and_labels,
)
from fxcaps.cli.progress import progress
from fxcaps.network import (
    ARCHITECTURES,
    Network,
    macs,
    memory,
    parameters,
    save_network,
)
from fxcaps.prune import Criterion, find_primary, keep_types, kept_count, rank_types
from fxcaps.real import REAL
from fxcaps.types import Reason, Rejection

_TEST = "test"
"""The split that nothing is chosen by."""


def add_to(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser("prune", help="remove primary capsule types from a network")
    parser.add_argument("model", metavar="MODEL", help="mnist-small, or an .npz of a network")
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="FILE.npz")
    amount = parser.add_mutually_exclusive_group(required=True)
    amount.add_argument("--keep", metavar="N|N%", help="how many types stay, or which share")
    amount.add_argument("--types", metavar="T,T,...", help="the types that stay, counted from 0")
    parser.add_argument(
        "--criterion",
        choices=[item.value for item in Criterion],
        default=Criterion.ACCURACY.value,
        help="which types go: least weights, shortest capsules, least part in the winning class "
        "capsule, or least accuracy lost, one after the other (default: %(default)s)",
    )
    parser.add_argument(
        "--select",
        default="digits/calibration",
        metavar="IMAGES",
        help="to choose and calibrate by, no test set (default: %(default)s)",
    )
    parser.add_argument("--select-labels", metavar="FILE", help="of --select, IDX or .npy")
    parser.add_argument(
        "--measure",
        default="digits/evaluation",
        metavar="IMAGES",
        help=f"to measure accuracy on (default: %(default)s): {IMAGES_HELP}",
    )
    parser.add_argument("--measure-labels", metavar="FILE", help="of --measure, IDX or .npy")
    parser.add_argument("--first", type=int, metavar="N", help="measure the first N images only")
    parser.add_argument(
        "--width", type=int, default=8, metavar="BITS", help="of every word (default: %(default)s)"
    )
    parser.add_argument(
        "--architecture",
        choices=list(ARCHITECTURES),
        help="of an .npz that holds named arrays alone",
    )
    add_threads_option(parser)
    add_data_option(parser)
    parser.set_defaults(execute=execute)


@dataclass(frozen=True)
class _Images:
    """Images and labels, and what they are called."""

    name: str
    images: NDArray[Any]
    labels: NDArray[Any] | None


def execute(options: argparse.Namespace) -> None:
    """Choose types, remove the others, measure before and after, write the network."""
    if options.output.is_dir():
        raise Rejection(Reason.FILE_UNWRITABLE, f"{options.output}: is a directory")
    if not options.output.parent.is_dir():
        raise Rejection(Reason.FILE_UNWRITABLE, f"{options.output}: its directory does not exist")
    model = api.load_network(options.model, architecture=options.architecture)
    types = find_primary(model).types
    wanted = kept_count(options.keep, types) if options.keep is not None else None
    named = _indices(options.types) if wanted is None else ()
    pruned = keep_types(model, named) if wanted is None else None  # refused before the long part
    select, measure = _selection(options), _measurement(options)
    if pruned is None:
        assert wanted is not None  # noqa: S101 - argparse demands one of the two
        named = _chosen(model, wanted, options, select)
        pruned = keep_types(model, named)
    print(f"types kept: {', '.join(map(str, sorted(named)))} ({len(named)} of {types})")
    rows = [_row(network, options, select, measure) for network in (model, pruned)]
    print(_table(*rows, width=options.width))
    print(f"accuracies: {len(measure.images)} images of {measure.name}")
    print(f"calibration of the words: {len(select.images)} images of {select.name}")
    save_network(pruned, options.output)
    print(f"\nNetwork {pruned.name} written to {options.output}")


def _indices(text: str) -> tuple[int, ...]:
    try:
        return tuple(int(item) for item in text.split(","))
    except ValueError:
        raise Misuse(f"--types: expected numbers such as 0,3,5, found {text!r:.40}") from None


def _selection(options: argparse.Namespace) -> _Images:
    """What is chosen by; a data set's test images are refused."""
    name, _, split = options.select.partition("/")
    if split == _TEST and name in datasets.DATASETS and not Path(options.select).exists():
        raise Misuse(f"--select {options.select}: nothing is chosen by the test images")
    given = images_and_labels(options.select, options.select_labels, options.data)
    return _Images(options.select, *given)


def _measurement(options: argparse.Namespace) -> _Images:
    images, labels = images_and_labels(options.measure, options.measure_labels, options.data)
    if options.first is None:
        return _Images(options.measure, images, labels)
    if not 0 < options.first <= len(images):
        raise Rejection(
            Reason.PARAMETER_INVALID, f"--first must be 1 to {len(images)}, found {options.first}"
        )
    labels = None if labels is None else labels[: options.first]
    return _Images(options.measure, images[: options.first], labels)


def _chosen(
    model: Network, keep: int, options: argparse.Namespace, select: _Images
) -> tuple[int, ...]:
    """The types that stay, by the criterion."""
    criterion = Criterion(options.criterion)
    ranking = rank_types(
        model,
        criterion,
        REAL,
        images=select.images,
        labels=select.labels,
        keep=keep,
        progress=progress("ranking"),
    )
    by = "" if criterion is Criterion.NORM else f", {len(select.images)} images of {select.name}"
    print(f"criterion: {criterion.value}{by}")
    gone = ranking.types - keep
    pairs = zip(ranking.removal[:gone], ranking.scores[:gone], strict=True)
    print(f"types removed: {', '.join(f'{t} ({s:.4g})' for t, s in pairs) or 'none'}")
    return ranking.kept(keep)


def _row(
    network: Network, options: argparse.Namespace, select: _Images, measure: _Images
) -> list[str]:
    """What the table says of a network."""
    layer, shapes = find_primary(network), network.shapes()
    counts = sum(parameters(network).values())
    program = api.quantize_network(network, select.images, width=options.width)
    bits = memory(program)
    floats = api.predict(network, measure.images, progress=progress(f"{network.name}, floats"))
    made = api.run(
        program,
        measure.images,
        threads=options.threads,
        progress=progress(f"{network.name}, integers"),
    )
    return [
        f"{layer.types}",
        f"{shapes[layer.capsules][0]:,}",
        f"{counts:,}",
        f"{sum(macs(network.steps, shapes).values()):,}",
        f"{4 * counts / report.KB:,.1f}",
        f"{bits.weight_bits / 8 / report.KB:,.1f}",
        f"{bits.activation_bits / 8 / report.KB:,.1f}",
        _accuracy(floats[network.outputs[-1]], measure.labels),
        _accuracy(made.words[network.outputs[-1]], measure.labels),
    ]


def _accuracy(found: NDArray[Any], labels: NDArray[Any] | None) -> str:
    if labels is None or found.ndim != 1:
        return "-"
    return f"{100 * float(np.mean(found == labels)):.2f}"


def _table(before: list[str], after: list[str], *, width: int) -> str:
    names = (
        "capsule types",
        "primary capsules",
        "parameters",
        "multiply-accumulates",
        "weights, float32 kB",
        f"weights, {width} bits kB",
        f"activations, {width} bits kB",
        "accuracy, floats %",
        f"accuracy, {width} bits %",
    )
    return report.table(["", "before", "after"], zip(names, before, after, strict=True))

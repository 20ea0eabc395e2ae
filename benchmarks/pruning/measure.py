"""Rankings, accuracies and times of ShallowCaps with fewer capsule types.

Types are ranked and formats calibrated on the 250 embedded calibration digits, MNIST training
images that the network was not trained on. Nothing is trained after types are removed.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import fxcaps
from fxcaps.cli.progress import progress
from fxcaps.network import Network, Program, macs, memory, parameters
from fxcaps.prune import Criterion, find_primary, keep_types, rank_types
from fxcaps.real import REAL

MODEL = Path(__file__).parents[2] / "models" / "shallowcaps-mnist" / "shallowcaps-mnist.npz"

KEPT = (32, 24, 16, 8, 4)
"""Types that stay: 100, 75, 50, 25 and 12.5 %."""

MAIN = Criterion.ACCURACY
"""The criterion whose networks see all test images."""

FIRST = {criterion: 2_000 for criterion in Criterion} | {MAIN: 10_000}
"""Test images by criterion."""

WIDTH = 8
"""Bits of every word."""

DIGITS = 100
"""Embedded digits on which a test measures rows again."""

TIMED, ROUNDS = 32, 7
"""Images that are timed at once, and how often."""

Row = dict[str, Any]
Save = Callable[[Row], None]


@dataclass(frozen=True)
class Images:
    """Images and what they show."""

    words: NDArray[Any]
    labels: NDArray[Any]

    def first(self, count: int) -> Images:
        """The first of them."""
        return Images(self.words[:count], self.labels[:count])

    def right(self, found: NDArray[Any]) -> int:
        """How many are classified correctly."""
        return int(np.count_nonzero(found == self.labels))


def model() -> Network:
    """The trained network."""
    return fxcaps.load_network(MODEL)


def ranking(network: Network, criterion: Criterion) -> Row:
    """The order in which a criterion lets types go, down to the fewest that stay."""
    images, labels = fxcaps.digits("calibration")
    made = rank_types(
        network,
        criterion,
        REAL,
        images=images,
        labels=labels,
        keep=min(KEPT),
        progress=progress(f"ranking by {criterion.value}"),
    )
    gone = made.types - min(KEPT)
    return {
        "criterion": criterion.value,
        "images": 0 if criterion is Criterion.NORM else len(images),
        "removal": list(made.removal[:gone]),
        "scores": [round(score, 6) for score in made.scores[:gone]],
    }


def types_kept(ranked: Row, keep: int) -> list[int]:
    """The types that stay."""
    gone = max(KEPT) - keep
    return sorted(set(range(max(KEPT))) - set(ranked["removal"][:gone]))


def program_of(network: Network) -> Program:
    """The network in words of 8 bits."""
    return fxcaps.quantize_network(network, fxcaps.digits("calibration")[0], width=WIDTH)


def costs(network: Network, program: Program) -> Row:
    """Parameters, multiply-accumulates and memory."""
    shapes, bits = network.shapes(), memory(program)
    return {
        "capsules": shapes[find_primary(network).capsules][0],
        "parameters": sum(parameters(network).values()),
        "macs": sum(macs(network.steps, shapes).values()),
        "weight_bits": bits.weight_bits,
        "activation_bits": bits.activation_bits,
    }


def rights(network: Network, program: Program, seen: Images, threads: int, what: str) -> Row:
    """Images classified correctly in floats and in words."""
    floats = fxcaps.predict(network, seen.words, progress=progress(f"{what}, floats"))
    made = fxcaps.run(program, seen.words, threads=threads, progress=progress(f"{what}, words"))
    return {
        "images": len(seen.words),
        "floats": seen.right(floats["class"]),
        "words": seen.right(made.words["class"]),
    }


def rows(ranked: list[Row], known: list[Row], test: Images, threads: int) -> Iterator[Row]:
    """A row for each criterion and number of types; known ones are not measured again."""
    network = model()
    digits = Images(*fxcaps.digits("evaluation")).first(DIGITS)
    for found in sorted(ranked, key=lambda row: row["criterion"] != MAIN.value):
        for keep in KEPT:
            if keep == max(KEPT) and found["criterion"] != MAIN.value:
                continue  # the whole network is the same for all
            types = types_kept(found, keep)
            count = min(FIRST[Criterion(found["criterion"])], len(test.words))
            row = {"criterion": found["criterion"], "keep": keep, "types": types}
            same = [old for old in known if all(old[key] == row[key] for key in row)]
            if same and same[0]["test"]["images"] == count:
                yield same[0]
                continue
            pruned = keep_types(network, types)
            program = program_of(pruned)
            what = f"{found['criterion']} {keep}"
            row |= costs(pruned, program)
            row["digits"] = rights(pruned, program, digits, threads, what)
            row["test"] = rights(pruned, program, test.first(count), threads, what)
            yield row


def times(ranked: list[Row]) -> list[Row]:
    """Milliseconds an image on one thread, and the median ratio to the whole network.

    Rounds go through all networks, so that a ratio is of two runs that follow each other.
    """
    chosen = next(row for row in ranked if row["criterion"] == MAIN.value)
    images = fxcaps.digits("evaluation")[0][:TIMED]
    calls = []
    for keep in KEPT:
        network = keep_types(model(), types_kept(chosen, keep))
        program = program_of(network)
        calls.append((lambda n=network: fxcaps.predict(n, images), "floats", keep))
        calls.append((lambda p=program: fxcaps.run(p, images), "words", keep))
    measured: dict[tuple[str, int], list[float]] = {call[1:]: [] for call in calls}
    for number in range(ROUNDS + 1):
        for call, kind, keep in calls:
            started = time.perf_counter()
            call()
            if number:  # the first round compiles
                measured[kind, keep].append(1000 * (time.perf_counter() - started) / TIMED)
        print(f"timing {number}/{ROUNDS}", file=sys.stderr, flush=True)
    return [
        {"keep": keep} | {kind: _timed(measured, kind, keep) for kind in ("floats", "words")}
        for keep in KEPT
    ]


def _timed(measured: dict[tuple[str, int], list[float]], kind: str, keep: int) -> Row:
    own, whole = measured[kind, keep], measured[kind, max(KEPT)]
    ratios = [a / b for a, b in zip(own, whole, strict=True)]
    return {
        "milliseconds": round(statistics.median(own), 3),
        "ratio": round(statistics.median(ratios), 4),
        "least": round(min(ratios), 4),
        "largest": round(max(ratios), 4),
    }

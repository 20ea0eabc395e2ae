"""Rankings, accuracies and times of ShallowCaps with fewer capsule types.

Types are ranked and formats calibrated on the 250 embedded calibration digits, MNIST training
images that the network was not trained on. Nothing is trained after types are removed.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Iterator
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

COMPARED = 1_000
"""Test images on which criteria are compared; the networks of `MAIN` see all 10,000."""

WIDTH = 8
"""Bits of every word."""

DIGITS = 100
"""Embedded digits on which a test measures rows again."""

TIMED, ROUNDS = 32, 15
"""Images that are timed at once, and how often."""

Row = dict[str, Any]


@dataclass(frozen=True)
class Images:
    """Images and what they show."""

    words: NDArray[Any]
    labels: NDArray[Any]

    def first(self, count: int) -> Images:
        """The first of them."""
        return Images(self.words[:count], self.labels[:count])

    def right(self, floats: NDArray[Any], words: NDArray[Any], count: int) -> Row:
        """How many of the first are classified correctly in floats and in words."""
        labels = self.labels[:count]
        return {
            "images": len(labels),
            "floats": int(np.count_nonzero(floats[:count] == labels)),
            "words": int(np.count_nonzero(words[:count] == labels)),
        }


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


def classes(
    network: Network, program: Program, seen: Images, threads: int, what: str
) -> tuple[NDArray[Any], NDArray[Any]]:
    """What images are classified as in floats and in words."""
    floats = fxcaps.predict(network, seen.words, progress=progress(f"{what}, floats"))
    made = fxcaps.run(program, seen.words, threads=threads, progress=progress(f"{what}, words"))
    return floats["class"], made.words["class"]


def rows(ranked: list[Row], known: list[Row], test: Images, threads: int) -> Iterator[Row]:
    """The rows that are not known yet, the cheapest first.

    Args:
        ranked: rankings.
        known: rows that are there already.
        test: all test images.
        threads: of the engine.
    """
    network = model()
    places = [(row["criterion"], row["keep"], row["types"]) for row in known]
    for keep in sorted(KEPT):
        for found in ranked:
            main = found["criterion"] == MAIN.value
            place = (found["criterion"], keep, types_kept(found, keep))
            # The whole network is the same for all criteria.
            if place not in places and (main or keep < max(KEPT)):
                row = dict(zip(("criterion", "keep", "types"), place, strict=True))
                yield row | measured(network, row, test, threads, main=main)


def measured(network: Network, place: Row, test: Images, threads: int, *, main: bool) -> Row:
    """Costs and accuracies of the network with some of its types."""
    digits = Images(*fxcaps.digits("evaluation")).first(DIGITS)
    pruned = keep_types(network, place["types"])
    program = program_of(pruned)
    what = f"{place['criterion']} {place['keep']}"
    row = costs(pruned, program)
    given = classes(pruned, program, digits, threads, what)
    row["digits"] = digits.right(*given, DIGITS)
    whole = place["keep"] == max(KEPT)
    seen = test if main and not whole else test.first(COMPARED)
    given = classes(pruned, program, seen, threads, what)
    row["compared"] = seen.right(*given, COMPARED)
    if main:
        row["test"] = of_card() if whole else seen.right(*given, len(seen.labels))
    return row


def of_card() -> Row:
    """What the whole network's card says of all test images, by the same functions."""
    card = json.loads((MODEL.parent / "card.json").read_text(encoding="utf-8"))
    floats, words = (card[f"{kind}_accuracy"]["test"] for kind in ("float", "integer"))
    return {"images": floats["images"], "floats": floats["correct"], "words": words["correct"]}


def times(ranked: list[Row]) -> list[Row]:
    """Milliseconds of processor time an image, and the median ratio to the whole network.

    Waiting for a processor that others use is not counted. Words are computed on one thread; of
    floats the time of all threads that NumPy's products take is added.

    Rounds go through all networks, so that a ratio is of two runs that follow each other.
    """
    chosen = next(row for row in ranked if row["criterion"] == MAIN.value)
    images = fxcaps.digits("evaluation")[0][:TIMED]
    calls = []
    for keep in KEPT:
        network = keep_types(model(), types_kept(chosen, keep))
        program = fxcaps.quantize_network(network, images[:8], width=WIDTH)  # as fast as any
        calls.append((lambda n=network: fxcaps.predict(n, images), "floats", keep))
        calls.append((lambda p=program: fxcaps.run(p, images), "words", keep))
    seconds: dict[tuple[str, int], list[float]] = {call[1:]: [] for call in calls}
    for number in range(ROUNDS + 1):
        for call, kind, keep in calls:
            started = time.process_time()
            call()
            if number:  # the first round compiles
                seconds[kind, keep].append(time.process_time() - started)
        print(f"timing {number}/{ROUNDS}", file=sys.stderr, flush=True)
    return [
        {"keep": keep, "images": TIMED, "rounds": ROUNDS}
        | {kind: _timed(seconds, kind, keep) for kind in ("floats", "words")}
        for keep in KEPT
    ]


def _timed(seconds: dict[tuple[str, int], list[float]], kind: str, keep: int) -> Row:
    own, whole = seconds[kind, keep], seconds[kind, max(KEPT)]
    ratios = [a / b for a, b in zip(own, whole, strict=True)]
    return {
        "milliseconds": round(1000 * statistics.median(own) / TIMED, 3),
        "ratio": round(statistics.median(ratios), 4),
        "least": round(min(ratios), 4),
        "largest": round(max(ratios), 4),
    }

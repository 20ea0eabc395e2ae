"""How the cost of an image grows with batch, width and network."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

import fxcaps
from benchmarks.speed.networks import digits
from benchmarks.speed.row import Setting
from benchmarks.speed.timing import Times
from fxcaps.api import quantize_network
from fxcaps.network import Network, Program, macs
from fxcaps.network.builders import capsule_network
from fxcaps.oracle import TABLES

Point = dict[str, Any]

BATCHES = (1, 2, 4, 8, 16, 32, 64, 128)
WIDTHS = (4, 6, 8, 10, 12, 14, 16, 18, 20)
CHANNELS = (4, 8, 16, 32, 64, 128)

_DIGITS = 25
"""Training digits that formats are chosen on: enough for timings."""


def growth(setting: Setting) -> list[Point]:
    """Milliseconds an image on one thread, processor time, the least of several rounds.

    Three series: mnist-small over images a batch, the same over bits of all words, and networks
    of its form with random weights over their channels.
    """
    points = []
    for series, at, program, batch in _cases(setting):
        milliseconds = _cost(program, batch, setting)
        points.append({"series": series, "at": at, "ms": float(f"{milliseconds:.4g}")})
        print(f"{series} {at}: {milliseconds:.3f} ms", file=sys.stderr, flush=True)
    return points


def _cases(setting: Setting) -> Iterator[tuple[str, int, Program, int]]:
    known = fxcaps.load_network("mnist-small")
    eight = _program(known, 8)
    for batch in BATCHES[:: setting.size(1, 4)]:
        yield "batch", batch, eight, batch
    for width in WIDTHS[:: setting.size(1, 4)]:
        yield "width", width, _program(known, width), 64
    for channels in CHANNELS[:: setting.size(1, 4)]:
        network = _network(channels)
        cost = sum(macs(network.steps, network.shapes()).values())
        yield "macs", cost, _program(network, 8), 32


def _program(network: Network, width: int) -> Program:
    return quantize_network(network, fxcaps.digits("calibration")[0][:_DIGITS], width=width)


def _network(channels: int) -> Network:
    """The form of mnist-small with other channels and as many types of capsules."""
    empty = capsule_network(
        f"channels{channels}",
        image=(28, 28, 1),
        channels=channels,
        kernel=7,
        types=channels,
        dim=4,
        stride=2,
        classes=10,
        dim_out=6,
    )
    random = np.random.default_rng(8)
    tensors = {
        name: random.normal(0, 1, shape) / math.sqrt(math.prod(shape[1:]))
        for name, shape in empty.expected.items()
    }
    return empty.with_tensors(tensors)


def _cost(program: Program, batch: int, setting: Setting) -> float:
    images = digits(max(batch, setting.size(64, 4)))
    times = Times()

    def work() -> object:
        return fxcaps.network.run(program, images, TABLES, batch=batch)

    work()
    for _ in range(setting.rounds):
        times.add(work, 1)
    return 1000 * min(times.processor) / len(images)

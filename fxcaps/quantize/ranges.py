"""Calibration: the range of every tensor, observed batch by batch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.network import Network, forward
from fxcaps.types import Reason, Rejection


@dataclass(frozen=True)
class Range:
    """Smallest and largest value of a tensor."""

    low: float
    high: float

    @property
    def largest(self) -> float:
        """Largest magnitude."""
        return max(abs(self.low), abs(self.high))

    def union(self, other: Range) -> Range:
        """The range that holds both."""
        return Range(min(self.low, other.low), max(self.high, other.high))


Ranges = Mapping[str, Range]


def observe(values: NDArray[Any], where: str) -> Range:
    """The range of an array; rejects NaN and infinity with `NOT_A_NUMBER`."""
    low, high = float(values.min(initial=0.0)), float(values.max(initial=0.0))
    if not (np.isfinite(low) and np.isfinite(high)):
        raise Rejection(Reason.NOT_A_NUMBER, f"{where}: values are not finite")
    return Range(low, high)


def calibrate(
    network: Network,
    images: NDArray[Any],
    real: Mapping[str, Callable[..., Any]],
    *,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Range]:
    """Observe every computed tensor of a Network in its float forward.

    Args:
        network: with its tensors.
        images: `(N, *shape)` calibration images; never the test set.
        real: table of real functions.
        progress: told images done and in all.

    The range of a tensor always holds zero, which every format can represent.
    """
    ranges: dict[str, Range] = {}
    done = 0
    for values in forward(network, images, real):
        for name, array in values.items():
            seen = observe(array, f"tensor {name!r}")
            ranges[name] = ranges[name].union(seen) if name in ranges else seen
        done += len(next(iter(values.values())))
        if progress:
            progress(done, len(images))
    return ranges


def hull(ranges: Iterable[Range]) -> Range:
    """The range that holds all."""
    result = Range(0.0, 0.0)
    for item in ranges:
        result = result.union(item)
    return result

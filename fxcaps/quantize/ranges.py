"""Ranges of tensors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

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


def hull(ranges: Iterable[Range]) -> Range:
    """The range that holds all; what they have in common with their union (histograms) stays."""
    found = list(ranges)
    return reduce(lambda one, other: one.union(other), found) if found else Range(0.0, 0.0)

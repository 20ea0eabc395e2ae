"""Histograms whose bins depend on no data: they add up in any order and grow with nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from fxcaps.types import Format

Floats = NDArray[np.float64]

_SHIFT = 47
"""Bits of a double below the top five of its significand: 52 - 5."""

_BINS = 1 << (64 - _SHIFT)
_SIGN = _BINS >> 1
_POINT = 2.0**-20
"""A relative width below which a bin counts as a point."""

_NORMAL = 1 << 5
"""Magnitudes of bins from here on are normal doubles; what is smaller counts as zero."""


@dataclass(frozen=True, eq=False)
class Histogram:
    """How many values have which sign, exponent and top five bits of the significand.

    A bin is what doubles that share these have in common, so every octave has 32 of equal width
    and every power of two is an edge: how many values a power-of-two bound clips is exact.

    Args:
        keys: of the bins that are not empty, ascending: the top 17 bits of their doubles.
        counts: values in each.
    """

    keys: NDArray[np.uint32]
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, values: NDArray[Any]) -> Self:
        """The histogram of an array of finite values."""
        bits = np.ascontiguousarray(values, np.float64).view(np.uint64).ravel() >> np.uint64(_SHIFT)
        counts = np.bincount(bits.astype(np.int64), minlength=_BINS)
        tiny = np.arange(_BINS) % _SIGN < _NORMAL
        zeros = counts[tiny].sum()
        counts[tiny] = 0
        counts[0] = zeros
        keys = np.flatnonzero(counts)
        return cls(keys.astype(np.uint32), counts[keys])

    def union(self, other: Histogram) -> Self:
        """The histogram of the values of both."""
        keys, place = np.unique(np.concatenate([self.keys, other.keys]), return_inverse=True)
        counts = np.zeros(len(keys), np.int64)
        np.add.at(counts, place.ravel(), np.concatenate([self.counts, other.counts]))
        return type(self)(keys, counts)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Histogram):
            return NotImplemented
        same = np.array_equal(self.keys, other.keys)
        return same and np.array_equal(self.counts, other.counts)

    __hash__ = None  # type: ignore[assignment]  # arrays have none

    @property
    def total(self) -> int:
        """Values in all."""
        return int(self.counts.sum())

    def beyond(self, exponent: int) -> int:
        """How many values have a magnitude of 2**exponent or more; exact."""
        low, _, _, counts = self._bins()
        return int(counts[low >= np.ldexp(1.0, exponent)].sum())

    def energy(self, low: float, high: float) -> float:
        """Sum of the squares, every bin's values spread evenly over it.

        Args:
            low: smallest value that was seen.
            high: largest.
        """
        a, b, _, counts = self._within(low, high)
        return float((counts * (a * a + a * b + b * b) / 3).sum())

    def errors(self, format: Format, low: float, high: float) -> tuple[float, float]:
        """Sums of squared errors of words, of rounding to nearest and of clipping.

        What lies beyond the largest or smallest word is clipped, the rest is rounded. Every bin's
        values count as spread evenly over it, and the squared error is integrated exactly.

        Args:
            format: of the words.
            low: smallest value that was seen.
            high: largest.
        """
        a, b, negative, counts = self._within(low, high)
        step = float(np.ldexp(1.0, -format.frac))
        limit = np.where(negative, -format.min * step, format.max * step)
        inside = _grid_error(np.minimum(b, limit), step) - _grid_error(np.minimum(a, limit), step)
        outside = (np.maximum(b, limit) - limit) ** 3 - (np.maximum(a, limit) - limit) ** 3
        # A bin that its one value cuts to nothing is a point: differences there are rounding.
        point = b - a <= a * _POINT
        share = counts / np.where(point, 1.0, b - a)
        near = (a - np.round(a / step) * step) ** 2
        rounded = np.where(point, counts * np.where(a <= limit, near, 0.0), share * inside)
        clipped = np.where(point, counts * np.maximum(a - limit, 0.0) ** 2, share * outside / 3)
        return float(rounded.sum()), float(clipped.sum())

    def _bins(self) -> tuple[Floats, Floats, NDArray[np.bool_], NDArray[np.int64]]:
        """Smallest and largest magnitude, sign and count of the bins but that of zero."""
        keys = self.keys[self.keys >= _NORMAL].astype(np.uint64)
        counts = self.counts[self.keys >= _NORMAL]
        magnitude = keys % np.uint64(_SIGN)
        low = (magnitude << np.uint64(_SHIFT)).view(np.float64)
        exponents = np.frexp(low)[1]
        return low, low + np.ldexp(1.0 / 64, exponents), keys >= _SIGN, counts

    def _within(
        self, least: float, most: float
    ) -> tuple[Floats, Floats, NDArray[np.bool_], NDArray[np.int64]]:
        """The bins, the outermost cut where the values end."""
        low, high, negative, counts = self._bins()
        ends = np.where(negative, -least, most)
        return low, np.maximum(np.minimum(high, ends), low), negative, counts


def _grid_error(to: Floats, step: float) -> Floats:
    """Integral of the squared distance to the nearest multiple of `step`, from 0."""
    whole = np.floor(to / step)
    rest = to - whole * step
    part = np.where(rest <= step / 2, rest**3 / 3, step**3 / 12 - (step - rest) ** 3 / 3)
    result: Floats = whole * (step**3 / 12) + part
    return result

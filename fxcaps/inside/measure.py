"""What is measured over the images of a run, batch by batch, in memory that does not grow."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.ops.sums import Interval, narrowest
from fxcaps.types import Accumulator, Event, Format

_BINS = 1 << 12
"""Most bins of a histogram of words; wider formats share bins by their top bits."""


@dataclass
class _Places:
    """What is known of every place of a tensor: one image's worth of memory."""

    image: NDArray[Any]
    still: NDArray[np.bool_]
    alive: NDArray[np.bool_]


@dataclass
class TensorMeasure:
    """A tensor over all images.

    Args:
        name: of the tensor.
        format: of its words.
        words: how many were seen.
        least: smallest word.
        largest: largest word.
        zeros: how many were zero.
        events: words by kind of event.
        first: word of the first event of each kind, (image, flat index).
        varies: the schedule lets it depend on the images.
    """

    name: str
    format: Format
    varies: bool
    words: int = 0
    least: int = 0
    largest: int = 0
    zeros: int = 0
    events: dict[Event, int] = field(default_factory=dict)
    first: dict[Event, tuple[int, int]] = field(default_factory=dict)
    _places: _Places | None = field(default=None, repr=False)

    def add(self, words: NDArray[Any]) -> None:
        """Take a batch `(N, ...)`."""
        if words.size == 0:
            return
        least, largest = int(words.min()), int(words.max())
        self.least = min(self.least, least) if self.words else least
        self.largest = max(self.largest, largest) if self.words else largest
        self.words += words.size
        self.zeros += words.size - int(np.count_nonzero(words))
        if self._places is None:
            still = np.ones(words.shape[1:], np.bool_)
            self._places = _Places(words[0].copy(), still, ~still)
        places = self._places
        places.still = places.still & (words == places.image).all(axis=0)
        places.alive = places.alive | words.any(axis=0)

    @property
    def used_bits(self) -> int:
        """Bits of the narrowest format of the same sign that holds every word seen."""
        if self.format.signed:
            return narrowest((self.least, self.largest), 0).width
        return self.largest.bit_length()

    @property
    def unused_bits(self) -> int:
        """Top bits that no word needed; 0 of a tensor that is all zero."""
        return self.format.width - self.used_bits if self.zeros < self.words else 0

    @property
    def fixed_words(self) -> int:
        """Places whose word is the same in every image."""
        return 0 if self._places is None else int(np.count_nonzero(self._places.still))

    @property
    def dead_slices(self) -> tuple[int, ...]:
        """Indices of the last axis (channels, capsules, components) that are zero in all images."""
        if self._places is None or self._places.image.ndim == 0:
            return ()
        alive = self._places.alive.reshape(-1, self.slices).any(axis=0)
        return tuple(int(k) for k in np.flatnonzero(~alive))

    @property
    def places(self) -> int:
        """Words of one image."""
        return 0 if self._places is None else self._places.image.size

    @property
    def slices(self) -> int:
        """Extent of the last axis; 1 of a scalar."""
        shape = () if self._places is None else self._places.image.shape
        return int(shape[-1]) if shape else 1

    def rate(self, event: Event) -> float:
        """Words with an event among all words."""
        return self.events.get(event, 0) / self.words if self.words else 0.0


@dataclass
class UpdateMeasure:
    """An update of the logits over all images.

    Args:
        agreement: name of the agreements' tensor.
        after: name of the tensor of the updated logits.
        logits: how many were updated.
        zero_agreements: how many agreements were zero after narrowing.
        changed: how many logits are not what they would be with agreements of zero.
        far: how many are a step or more away from the value of logit plus agreement, where
            that lies in their format.
        farthest: the largest such distance in steps.
    """

    agreement: str
    after: str
    logits: int = 0
    zero_agreements: int = 0
    changed: int = 0
    far: int = 0
    farthest: float = 0.0

    def add(
        self,
        agreement: NDArray[Any],
        without: NDArray[Any],
        after: NDArray[Any],
        distance: NDArray[np.float64],
    ) -> None:
        """Take a batch: agreements, logits as they would be without any, logits.

        Args:
            agreement: words.
            without: words of the updated logits if every agreement were zero.
            after: words of the updated logits.
            distance: of the updated logits from the value of the sum, in steps, not negative.
        """
        self.logits += after.size
        self.zero_agreements += agreement.size - int(np.count_nonzero(agreement))
        self.changed += int(np.count_nonzero(after != without))
        self.far += int(np.count_nonzero(distance >= 1.0))
        self.farthest = max(self.farthest, float(distance.max(initial=0.0)))


@dataclass
class CouplingMeasure:
    """Coupling coefficients over all images; a row is what one input capsule gives to all others.

    Args:
        name: of the tensor.
        format: of its words.
        varies: the schedule lets it depend on the images.
        outputs: coefficients of a row.
        rows: how many were seen.
        uniform: rows whose words are all equal.
        vanished: rows whose words are all zero.
        zeros: words that are zero.
        largest: sum over the rows of their largest word.
        histogram: how often each word, or run of words, was seen, from the format's least word.
    """

    name: str
    format: Format
    varies: bool
    outputs: int
    rows: int = 0
    uniform: int = 0
    vanished: int = 0
    zeros: int = 0
    largest: int = 0
    histogram: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64), repr=False)

    @property
    def shared(self) -> int:
        """Low bits of a word that a bin of the histogram does not see."""
        return max(0, self.format.width - (_BINS.bit_length() - 1))

    def add(self, words: NDArray[Any]) -> None:
        """Take a batch `(..., outputs)`."""
        rows = words.reshape(-1, words.shape[-1])
        most = rows.max(axis=1)
        self.rows += len(rows)
        self.uniform += int(np.count_nonzero(rows.min(axis=1) == most))
        self.vanished += int(np.count_nonzero(~rows.any(axis=1)))
        self.zeros += rows.size - int(np.count_nonzero(rows))
        self.largest += int(most.sum(dtype=np.int64))
        bins = (words.astype(np.int64).ravel() - self.format.min) >> self.shared
        counts = np.bincount(bins, minlength=1 << (self.format.width - self.shared))
        self.histogram = counts if self.histogram.size == 0 else self.histogram + counts

    @property
    def sharpness(self) -> float:
        """Mean largest coefficient of a row in units of the uniform one; 1 routes nothing."""
        one = float(self.format.step) * self.outputs
        return self.largest * one / self.rows if self.rows else 1.0


@dataclass
class RegisterMeasure:
    """An accumulator: what it has, what it can need, what it needed.

    Args:
        tensor: that it fills.
        accumulator: the register.
        static: range of all partial sums of any input.
        seen: range of the complete sums, without the half step that some start from; None where
            they were not observed.
    """

    tensor: str
    accumulator: Accumulator
    static: Interval
    seen: Interval | None = None

    def add(self, sums: NDArray[np.int64]) -> None:
        """Take the complete sums of a batch."""
        low, high = int(sums.min()), int(sums.max())
        before = self.seen or (low, high)
        self.seen = min(before[0], low), max(before[1], high)

    @property
    def static_bits(self) -> int:
        """Bits that no input can exceed."""
        return narrowest(self.static, 0).width

    @property
    def seen_bits(self) -> int | None:
        """Bits that the complete sums needed."""
        return None if self.seen is None else narrowest(self.seen, 0).width

    @property
    def spare_bits(self) -> int | None:
        """Bits beyond what any input can need; None of an unbounded register."""
        format = self.accumulator.format
        return None if format is None else format.width - self.static_bits


@dataclass
class ChoiceMeasure:
    """Predictions in which the first of equals won.

    Args:
        step: that chooses.
        images: with a tie.
        first: the first of them; None where there is none.
    """

    step: str
    images: int = 0
    first: int | None = None

    def add(self, tied: NDArray[np.bool_], offset: int) -> None:
        """Take which images of a batch are tied; `offset` images came before."""
        if tied.any() and self.first is None:
            self.first = offset + int(np.flatnonzero(tied)[0])
        self.images += int(np.count_nonzero(tied))

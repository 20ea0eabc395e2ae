"""What a bound clips and what that costs, tensor by tensor."""

from __future__ import annotations

import math
from dataclasses import dataclass

from fxcaps.network import Program
from fxcaps.quantize.calibration import Calibration, Observation
from fxcaps.quantize.rules import bound
from fxcaps.types import Format, Reason, Rejection


@dataclass(frozen=True)
class Clipping:
    """A format beside what it has to hold.

    Args:
        format: of the tensor.
        values: that calibration saw.
        clipped: of them, those whose magnitude reaches the bound, which is a power of two: what
            hardware finds by looking at the top bits. Exact; one step below the bound, where the
            largest word is, values saturate by less than a step and are not counted.
        rounding_error: mean squared error of rounding to nearest.
        clipping_error: mean squared error of what lies beyond the largest or smallest word.
        signal: mean square of the values.
    """

    format: Format
    values: int
    clipped: int
    rounding_error: float
    clipping_error: float
    signal: float

    @property
    def share(self) -> float:
        """Of the values, how many are clipped."""
        return self.clipped / self.values if self.values else 0.0

    @property
    def sqnr(self) -> float:
        """Signal-to-quantisation-noise ratio in dB; infinite without noise."""
        return _decibels(self.signal, self.rounding_error + self.clipping_error)

    @property
    def sqnr_unclipped(self) -> float:
        """The same without the noise of clipping, which costs the difference."""
        return _decibels(self.signal, self.rounding_error)


def clipping(calibration: Calibration, program: Program) -> dict[str, Clipping]:
    """What the formats of a Program clip of what calibration saw, constants included.

    Words of constants are exact in this; those of computed tensors are what rounding the float
    values to nearest would give, before any error of the steps before.

    Rejects a Program that lacks a tensor of the calibrated network with `TENSOR_MISSING`.
    """
    found = {}
    for name, seen in (*calibration.constants.items(), *calibration.tensors.items()):
        if name.endswith("]"):
            continue  # a group of a split tensor
        if name not in program.tensors:
            raise Rejection(
                Reason.TENSOR_MISSING,
                f"{program.name} has no tensor {name!r}: not of {calibration.network}",
            )
        found[name] = clipping_of(seen, program.tensors[name].format)
    return found


def clipping_of(seen: Observation, format: Format) -> Clipping:
    """What a format clips of what was seen."""
    histogram = seen.histogram
    count = max(histogram.total, 1)
    rounded, clipped = histogram.errors(format, seen.low, seen.high)
    return Clipping(
        format,
        histogram.total,
        histogram.beyond(bound(format)),
        rounded / count,
        clipped / count,
        histogram.energy(seen.low, seen.high) / count,
    )


def _decibels(signal: float, noise: float) -> float:
    if noise == 0.0:
        return math.inf
    return 10 * math.log10(signal / noise) if signal else -math.inf

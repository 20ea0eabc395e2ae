"""softmax of the published Q7-CapsNets kernels."""

from __future__ import annotations

from fxcaps.ops.softmax_q7 import DIVIDEND, LARGEST_POWER, LARGEST_SHIFT, REACH, SoftmaxQ7
from fxcaps.spec.softmax_sum import Fractions, Vector


def q7(params: SoftmaxQ7, vector: Vector) -> Fractions:
    """SM-13: one quotient of 2**20 by the clamped powers, shifted right by each distance."""
    powers = [1 << min(max(REACH - distance, 0), LARGEST_POWER) for distance in vector.distances]
    total = sum(powers)
    quotient = (1 << DIVIDEND) // total
    # The constant is at least REACH, so that no shift is negative.
    shifts = [
        min(params.constant - REACH + distance, LARGEST_SHIFT) for distance in vector.distances
    ]
    vector.note("entries", powers)
    vector.note("sum", total)
    vector.note("quotient", quotient)
    vector.note("shifts", shifts)
    return [(quotient, 1 << shift) for shift in shifts]

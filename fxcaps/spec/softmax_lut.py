"""The normative softmax by table."""

from __future__ import annotations

from fxcaps.ops.softmax_lut import SoftmaxLut, SoftmaxLutReciprocal, TableExponentials
from fxcaps.spec.arithmetic import scaled
from fxcaps.spec.reciprocal import reciprocal_word
from fxcaps.spec.softmax_sum import Fractions, Vector, sum_of


def lut(params: SoftmaxLut, vector: Vector) -> Fractions:
    """SM-4: table words divided by their sum."""
    entries = _entries(params, vector)
    total = sum_of(entries, params, vector)
    return [scaled(entry, total, vector.frac_out) for entry in entries]


def lut_reciprocal(params: SoftmaxLutReciprocal, vector: Vector) -> Fractions:
    """SM-8: table words times the narrowed reciprocal of their sum."""
    entries = _entries(params, vector)
    total = sum_of(entries, params, vector)
    factor = reciprocal_word(
        total,
        params.exp_frac,
        params.reciprocal,
        params.reciprocal_rounding,
        params.reciprocal_overflow,
        vector.start,
    )
    shift = vector.frac_out - params.exp_frac - params.reciprocal.frac
    return [scaled(entry * factor, 1, shift) for entry in entries]


def _entries(params: TableExponentials, vector: Vector) -> list[int]:
    last, limit = len(params.table) - 1, params.largest_distance
    entries = []
    for distance in vector.distances:
        clamped = distance if limit is None else min(distance, limit)
        n, d = scaled(clamped, 1, params.index_frac - vector.frac)
        entries.append(params.table[min(n // d, last)])
    return entries

"""squash as published designs approximate it, rebuilt from descriptions at second hand."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt

from fxcaps.ops.squash_reconstruction import (
    SquashExp,
    SquashNorm,
    SquashPow2,
    SquashShiftReconstruction,
)
from fxcaps.spec.arithmetic import handle_overflow, scaled
from fxcaps.spec.squares import by_factor, sum_of_squares
from fxcaps.types import Log, Overflow

Fractions = list[tuple[int, int]]


def shift(
    params: SquashShiftReconstruction,
    vector: Sequence[int],
    frac: int,
    frac_out: int,
    log: Log,
    index: int,
) -> Fractions:
    """SQ-11: s 2**(Fo - F + e + offset), e from the leading one of the norm."""
    # SQ-6 sum
    squares = sum_of_squares(vector, frac, params.accumulator, log, index, len(vector))
    if squares == 0:
        return by_factor(vector, 0, 0)
    # the norm lies from 2**leading to below 2**(leading + 1)
    leading = (squares.bit_length() - 1) // 2 - frac
    exponent = min(leading, -leading - 1)
    return by_factor(vector, 1, frac_out - frac + exponent + params.offset)


def norm_factor(
    params: SquashNorm,
    vector: Sequence[int],
    frac: int,
    frac_out: int,
    log: Log,  # noqa: ARG001 - one signature for all
    index: int,  # noqa: ARG001
) -> Fractions:
    """SQ-12: s g 2**(Fo - F - Ft), g at the largest magnitude plus lambda times the others."""
    magnitudes = [abs(word) for word in vector]
    largest = max(magnitudes)
    others = sum(magnitudes) - largest
    norm = largest + (others * params.multiplier >> params.multiplier_shift)
    n, d = scaled(norm, 1, -params.shift)
    factor = params.table[min(n // d, len(params.table) - 1)]
    return by_factor(vector, factor, frac_out - frac - params.table_format.frac)


def power_factor(
    params: SquashPow2, vector: Sequence[int], frac: int, frac_out: int, log: Log, index: int
) -> Fractions:
    """SQ-13: s g 2**(Fo - F - Ft), g one less a power of two, or from the table."""
    # SQ-6 sum
    squares = sum_of_squares(vector, frac, params.accumulator, log, index, len(vector))
    norm, bits = isqrt(squares << 2 * params.guard), frac + params.guard
    format = params.table_format
    if norm >= params.threshold:
        n, d = scaled(norm - params.threshold, 1, -params.shift)
        factor = params.table[min(n // d, len(params.table) - 1)]
    else:
        exponent = norm
        if isinstance(params, SquashExp):
            exponent = norm * params.multiplier >> params.multiplier_shift
        # 2**-exponent as 2**u (1 + v), u whole and v from 0 to below 1
        u, v = divmod(-exponent, 1 << bits)
        drop = bits - u - format.frac
        power = (1 << bits) + v
        power = power >> drop if drop >= 0 else power << -drop
        factor = handle_overflow((1 << format.frac) - power, format, Overflow.SATURATE)
    return by_factor(vector, factor, frac_out - frac - format.frac)

"""squash by a table of factors."""

from __future__ import annotations

from collections.abc import Sequence
from math import isqrt

from fxcaps.ops.squash_lut import OutOfRange, SquashLut, TableSource
from fxcaps.spec.arithmetic import handle_overflow, round_quotient, scaled
from fxcaps.spec.squares import by_factor, sum_of_squares
from fxcaps.types import Log, Overflow, Reason, Rejection


def lut(
    params: SquashLut, vector: Sequence[int], frac: int, frac_out: int, log: Log, index: int
) -> list[tuple[int, int]]:
    """SQ-9, SQ-10: s g 2**(Fo - F - Ft), g from the table."""
    # SQ-6 sum
    squares = sum_of_squares(vector, frac, params.accumulator, log, index, len(vector))
    # SQ-9 index
    n, d = scaled(_source(params, squares) - params.offset, 1, -params.shift)
    entry, rest = divmod(n, d)
    # SQ-10 factor
    factor = _factor(params, entry, rest, index)
    return by_factor(vector, factor, frac_out - frac - params.table_format.frac)


def _source(params: SquashLut, squares: int) -> int:
    """SQ-9: what indexes the table."""
    if params.source is TableSource.SQUARES:
        return squares
    if params.source is TableSource.NORM:
        return isqrt(squares << 2 * params.guard)
    if squares == 0:
        return 0
    # squares = mantissa * 4**exponent, the mantissa from 1 to below 4
    exponent = (squares.bit_length() - 1) // 2
    mantissa = (squares << params.guard) >> 2 * exponent
    return (exponent << params.guard + 2) + mantissa


def _factor(params: SquashLut, entry: int, rest: int, index: int) -> int:
    """SQ-10: the word at an entry, with its slope, or what an entry beyond the table gives."""
    last = len(params.table) - 1
    if not 0 <= entry <= last:
        if params.out_of_range is OutOfRange.REJECT:
            raise Rejection(
                Reason.OUTPUT_OUT_OF_RANGE,
                f"out[{index}]: table index {entry} is outside [0, {last}]",
            )
        if params.out_of_range is OutOfRange.ZERO:
            return 0
        entry, rest = (0 if entry < 0 else last), 0
    word = params.table[entry]
    if params.slopes:
        n, d = scaled(params.slopes[entry] * rest, 1, -params.slope_shift)
        word += round_quotient(n, d, params.slope_rounding)
    return handle_overflow(word, params.table_format, Overflow.SATURATE)

"""A reciprocal as a word of its own format, inside an operation."""

from __future__ import annotations

from fxcaps.spec.arithmetic import handle_overflow, round_quotient, scaled
from fxcaps.types import Format, Overflow, Rejection, Rounding


def reciprocal_word(
    divisor: int, frac: int, format: Format, rounding: Rounding, overflow: Overflow, index: int
) -> int:
    """Narrow one by a divisor, without events.

    Args:
        divisor: not zero.
        frac: fraction bits of the divisor.
        format: of the reciprocal.
        rounding: of the reciprocal.
        overflow: of the rounded reciprocal.
        index: flat index of the output word that is made first from it, for messages.
    """
    n, d = scaled(1 if divisor > 0 else -1, abs(divisor), frac + format.frac)
    try:
        return handle_overflow(round_quotient(n, d, rounding), format, overflow)
    except Rejection as rejection:
        raise rejection.within(f"out[{index}]: reciprocal") from None

"""Tables of exponentials: data of parameters, the same on every machine."""

from __future__ import annotations

import decimal
from functools import lru_cache

TABLE_ENTRIES = 1024
"""Largest table that `fit` chooses: one block RAM of 18 bits on common FPGAs."""

TABLE_FRACTION = 15
"""Most fraction bits that `fit` gives a table word: the word and its leading one fill 16."""


@lru_cache(maxsize=64)  # a search fits the same table to many Programs
def exponential_table(frac: int, index_frac: int, entries: int) -> tuple[int, ...]:
    """Words of exp(-k * 2**-index_frac) with `frac` fraction bits, rounded to nearest.

    Decimal arithmetic of 60 digits, so that the table is the same on every machine.
    """
    with decimal.localcontext(decimal.Context(prec=60, rounding=decimal.ROUND_HALF_EVEN)):
        step = decimal.Decimal(2) ** -index_frac
        one = decimal.Decimal(1 << frac)
        words = (one * (-step * k).exp() for k in range(entries))
        return tuple(int(word.to_integral_value(decimal.ROUND_HALF_EVEN)) for word in words)


def span(frac: int, index_frac: int) -> int:
    """Entries up to the first zero: d of at least 0.7 * (frac + 1), one entry at the least.

    exp(-d) < 2**-(frac + 1) for d >= 0.7 * (frac + 1): beyond it every entry rounds to zero.
    """
    tenths = 7 * (frac + 1)
    scaled = tenths << index_frac if index_frac >= 0 else tenths >> -index_frac
    return scaled // 10 + 2


def fitted_index(frac: int, index_frac: int) -> int:
    """The most fraction bits up to `index_frac` of an index into `TABLE_ENTRIES` entries."""
    while span(frac, index_frac) > TABLE_ENTRIES:
        index_frac -= 1
    return index_frac


def sigmoid_table(frac: int, index_frac: int, entries: int) -> tuple[int, ...]:
    """Words of 1 / (1 + exp(-k * 2**-index_frac)) with `frac` fraction bits, rounded to nearest."""
    context = decimal.Context(prec=60, rounding=decimal.ROUND_HALF_EVEN)
    with decimal.localcontext(context):
        step = decimal.Decimal(2) ** -index_frac
        one = decimal.Decimal(1 << frac)
        words = (context.divide(one, 1 + (-step * k).exp()) for k in range(entries))
        return tuple(int(word.to_integral_value(decimal.ROUND_HALF_EVEN)) for word in words)


def logarithm_constants(frac: int) -> tuple[int, int]:
    """Words of log2(e) and ln(2) with `frac` fraction bits, rounded to nearest."""
    context = decimal.Context(prec=60, rounding=decimal.ROUND_HALF_EVEN)
    with decimal.localcontext(context):
        one, ln_2 = decimal.Decimal(1 << frac), decimal.Decimal(2).ln()
        words = (context.divide(one, ln_2), one * ln_2)
        log2_e, ln_2_word = (int(word.to_integral_value()) for word in words)
        return log2_e, ln_2_word

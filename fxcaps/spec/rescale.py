"""The normative rescale."""

from __future__ import annotations

from collections.abc import Mapping

from fxcaps.ops.rescale import (
    HIGH,
    REGISTER,
    RESCALE,
    RescaleDouble,
    RescaleSingle,
    RescaleTosaDouble,
)
from fxcaps.spec.arithmetic import narrow, round_quotient
from fxcaps.types import Event, Format, Log, Rounding, Tensor, signatures


def rescale(
    params: RescaleSingle | RescaleDouble | RescaleTosaDouble,
    inputs: Mapping[str, Tensor],
    formats: Mapping[str, Format],
    log: Log,
) -> dict[str, Tensor]:
    """Words times a multiplier, shifted right with rounding; page `ops/rescale.md`."""
    # RS-1 guard
    RESCALE.guard(params, signatures(inputs), formats)
    x, out = inputs["x"], formats["out"]
    words: list[int] = []
    for index, word in enumerate(x.words):
        # RS-2 read: the last axis runs fastest
        channel = index % params.channels
        multiplier, shift = params.multiplier[channel], params.shift[channel]
        log.note(range(index, index + 1), "product in steps", word * multiplier, shift)
        # RS-3 to RS-5 compute, round
        if isinstance(params, RescaleSingle):
            rounded = _single(word, multiplier, shift)
        elif isinstance(params, RescaleDouble):
            rounded = _double(word, multiplier, shift)
        else:
            rounded = _tosa_double(word, multiplier, shift)
        # RS-6 overflow; the exact value is the quotient before any rounding
        if word * multiplier % (1 << shift):
            log.record("out", Event.INEXACT, index)
        words.append(narrow(rounded, 1, out, Rounding.FLOOR, params.overflow, log, index))
    return {"out": Tensor(x.shape, out, words)}


def _single(word: int, multiplier: int, shift: int) -> int:
    """RS-3: one rounding of the full product."""
    return round_quotient(word * multiplier, 1 << shift, Rounding.TIES_TO_POS_INF)


def _double(word: int, multiplier: int, shift: int) -> int:
    """RS-4: the high half of the doubled product, then what is left of the shift."""
    lifted = word << max(HIGH - shift, 0)
    half = 1 << (HIGH - 1)
    # Only the product of two smallest words exceeds the register.
    high = min((lifted * multiplier + half) >> HIGH, REGISTER.max)
    return round_quotient(high, 1 << max(shift - HIGH, 0), Rounding.TIES_AWAY)


def _tosa_double(word: int, multiplier: int, shift: int) -> int:
    """RS-5: one shift; beyond 31 bits the constant carries the half of the high half, too."""
    constant = 1 << (shift - 1)
    if shift > HIGH:
        half = 1 << (HIGH - 1)
        constant += half if word >= 0 else -half
    return (word * multiplier + constant) >> shift

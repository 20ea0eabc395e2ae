"""The normative divide."""

from __future__ import annotations

from collections.abc import Mapping

from fxcaps.ops.divide import DIVIDE, DivideExact, DivideReciprocal, ZeroDivisor
from fxcaps.spec.arithmetic import narrow, scaled
from fxcaps.spec.reciprocal import reciprocal_word
from fxcaps.types import Event, Format, Log, Overflow, Reason, Rejection, Tensor, signatures


def divide(
    params: DivideExact | DivideReciprocal,
    inputs: Mapping[str, Tensor],
    formats: Mapping[str, Format],
    log: Log,
) -> dict[str, Tensor]:
    """Quotients of two tensors; page `ops/divide.md`."""
    # DV-1 guard
    shape = DIVIDE.guard(params, signatures(inputs), formats)["out"]
    a, b, out = inputs["a"], inputs["b"], formats["out"]
    words: list[int] = []
    for index, (dividend, divisor) in enumerate(zip(a.words, b.words, strict=True)):
        # DV-2 read
        if divisor == 0:
            words.append(_by_zero(params, dividend, out, log, index))
            continue
        # DV-3, DV-4 compute the quotient as a fraction of output steps
        if isinstance(params, DivideExact):
            signed = dividend if divisor > 0 else -dividend
            n, d = scaled(signed, abs(divisor), out.frac - a.format.frac + b.format.frac)
        else:
            factor = reciprocal_word(
                divisor,
                b.format.frac,
                params.reciprocal,
                params.reciprocal_rounding,
                params.reciprocal_overflow,
                index,
            )
            n, d = scaled(dividend * factor, 1, out.frac - a.format.frac - params.reciprocal.frac)
        # DV-5 round, overflow
        words.append(narrow(n, d, out, params.rounding, params.overflow, log, index))
    return {"out": Tensor(shape, out, words)}


def _by_zero(
    params: DivideExact | DivideReciprocal, dividend: int, out: Format, log: Log, index: int
) -> int:
    """DV-2: the word of a quotient by zero."""
    if params.zero_divisor is ZeroDivisor.REJECT:
        raise Rejection(Reason.DIVISION_BY_ZERO, f"out[{index}]: {dividend} is divided by 0")
    if params.zero_divisor is ZeroDivisor.CONSTANT:
        return params.zero_word
    log.record("out", Event.SATURATED, index)
    symmetric = params.overflow is Overflow.SATURATE_SYMMETRIC and out.signed
    lowest = -out.max if symmetric else out.min
    return out.max if dividend >= 0 else lowest

"""Softmax over vectors of logits."""

from __future__ import annotations

import math

from fxcaps.engine.kernels.compile import kernel
from fxcaps.engine.kernels.narrow import Flags, Ints, Narrowing, finish, resolution, round_quotient

_LOG2_E = 1.4426950408889634
_LN2_HIGH = 6.93147180369123816490e-01  # 32 trailing zero bits: k * it is exact, |k| < 2**20
_LN2_LOW = 1.90821492927058770002e-10
FAR = 700.0
"""exp(-700) < 2**-1009: below every error bound, and still a normal double."""

EXP_ERROR = 2.0**-48
"""Relative error of `exponential`, with room: reduction below 2**-53, the remainder of the
series below 2**-57, fourteen steps of Horner's rule below 2**-51."""


@kernel
def exponential(x: float) -> float:
    """exp(-x) for 0 <= x <= 700 by IEEE additions and products alone, so equal everywhere."""
    k = math.floor(x * _LOG2_E + 0.5)
    r = -((x - k * _LN2_HIGH) - k * _LN2_LOW)  # |r| < 0.35
    series = 1.0
    for n in range(14, 0, -1):
        series = 1.0 + series * r / n
    return math.ldexp(series, -int(k))


@kernel
def softmax_certified(
    x: Ints,
    count: int,
    step: float,
    scale: float,
    up: int,
    down: int,
    narrowing: Narrowing,
    words: Ints,
    events: Ints,
    unsure: Flags,
) -> None:
    """Exact softmax in float64 where the rounding is certain; others mark `unsure (N)`.

    `step` is the value of a logit's least significant bit, `scale` is 2**(up - down).
    """
    rounding, low, high, overflow = narrowing
    fine = resolution(rounding)
    one = math.ldexp(scale, fine)
    error = 4.0 * EXP_ERROR + count * 2.0**-52
    for n in range(x.shape[0]):
        for start in range(0, x.shape[1], count):
            largest, smallest = x[n, start], x[n, start]
            for k in range(start + 1, start + count):
                largest, smallest = max(largest, x[n, k]), min(smallest, x[n, k])
            total = 0.0
            for k in range(start, start + count):
                total += exponential(min(float(largest - x[n, k]) * step, FAR))
            for k in range(start, start + count):
                if largest == smallest:  # the rational 1 / J
                    rounded, exact = round_quotient(1 << up, count << down, rounding)
                else:
                    far = min(float(largest - x[n, k]) * step, FAR)
                    value = one * (exponential(far) / total)
                    nearest = round(value)
                    floor = int(value)
                    if abs(value - nearest) <= value * error:
                        if nearest != one:
                            unsure[n] = True
                            continue
                        floor = int(nearest) - 1  # a coefficient of several is below one
                    rounded, exact = round_quotient(2 * floor + 1, 2 << fine, rounding)
                words[n, k] = finish(rounded, exact, low, high, overflow, events, n, k)

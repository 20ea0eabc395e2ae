"""Factors that shrink vectors, and the real function with an epsilon."""

from __future__ import annotations

import math

from fxcaps.engine.kernels.compile import kernel
from fxcaps.engine.kernels.narrow import (
    Flags,
    Ints,
    Narrowing,
    finish,
    fit,
    resolution,
    round_quotient,
)
from fxcaps.engine.kernels.roots import integer_root

AT_NORM, AT_ROOT, AT_SQUARES = range(3)
"""Where the epsilon is added."""

_EPSILON_ERROR = 2.0**-49
"""Relative error of the float squash with epsilon, with room: in each of the three forms it is
at most seven times 2**-53, every number being positive."""


@kernel
def squash_epsilon(
    x: Ints,
    sums: Ints,
    dim: int,
    one: int,
    epsilon: float,
    place: int,
    scale: float,
    narrowing: Narrowing,
    words: Ints,
    events: Ints,
    unsure: Flags,
) -> None:
    """Exact squash with an epsilon in float64 where its rounding is certain.

    `epsilon` is at the scale of the squares, or of the words for the norm, rounded once or
    twice; `scale` is that of the output. Values on a half or an integer, or what else decides
    the rounding, or too close to one, mark `unsure (N)`. The caller has proven that 2**2F plus
    the sum stays below 2**53.
    """
    rounding, low, high, overflow = narrowing
    fine = resolution(rounding)
    scale = math.ldexp(scale, fine)
    for n in range(x.shape[0]):
        for m in range(sums.shape[1]):
            squares = float(sums[n, m])
            if place == AT_SQUARES:
                shifted = squares + epsilon
                factor = math.sqrt(shifted) / (float(one) + shifted)
            elif place == AT_ROOT:
                factor = squares / (float(one + sums[n, m]) * math.sqrt(squares + epsilon))
            else:
                factor = squares / (float(one + sums[n, m]) * (math.sqrt(squares) + epsilon))
            for k in range(m * dim, (m + 1) * dim):
                if x[n, k] == 0:
                    rounded, exact = 0, True
                else:
                    value = scale * (float(abs(x[n, k])) * factor)
                    if abs(value - round(value)) <= value * _EPSILON_ERROR:
                        unsure[n] = True
                        continue
                    middle = 2 * int(value) + 1
                    middle = -middle if x[n, k] < 0 else middle
                    rounded, exact = round_quotient(middle, 2 << fine, rounding)
                words[n, k] = finish(rounded, exact, low, high, overflow, events, n, k)


@kernel
def root_factors(
    sums: Ints,
    one: int,
    guard: int,
    up: int,
    down: int,
    narrowing: Narrowing,
    factors: Ints,
    misfit: Flags,
) -> None:
    """Narrowed factors of the sums of squares `(N, M)`; their scale is 2**(up - down).

    A row in which one does not fit is marked in `misfit (N)`.
    """
    rounding, low, high, overflow = narrowing
    for n in range(sums.shape[0]):
        for m in range(sums.shape[1]):
            root = integer_root(sums[n, m] << 2 * guard)
            rounded, _ = round_quotient(root << up, (one + sums[n, m]) << down, rounding)
            factors[n, m] = fit(rounded, low, high, overflow)
            misfit[n] |= factors[n, m] != rounded


BY_SQUARES, BY_NORM, NORMALISED = range(3)
"""What indexes a table."""


@kernel
def table_factors(
    sums: Ints,
    index: tuple[int, int, int, int],
    zero: bool,
    table: Ints,
    slopes: Ints,
    slope: tuple[int, int],
    ends: tuple[int, int],
    factors: Ints,
    beyond: Flags,
) -> None:
    """Factors of the sums of squares `(N, M)` from a table, with slopes where there are any.

    `index` is source, guard, offset and shift, `slope` shift and rounding code, `ends` the
    lowest and highest factor. An index beyond the table gives 0, or else the word at its end;
    it marks its row in `beyond (N)`.
    """
    source, guard, offset, shift = index
    last = table.size - 1
    for n in range(sums.shape[0]):
        for m in range(sums.shape[1]):
            value = sums[n, m]
            if source == BY_NORM:
                value = integer_root(value << 2 * guard)
            elif source == NORMALISED and value > 0:
                exponent = 0
                while value >> 2 * exponent >= 4:
                    exponent += 1
                value = (exponent << guard + 2) + ((value << guard) >> 2 * exponent)
            value -= offset
            entry, rest = value << max(-shift, 0), 0
            if shift > 0:
                entry = value >> shift
                rest = value - (entry << shift)
            if entry < 0 or entry > last:
                beyond[n] = True
                entry, rest = min(max(entry, 0), last), 0
                if zero:
                    factors[n, m] = 0
                    continue
            word = table[entry]
            if slopes.size > 0:
                rise = slopes[entry] * rest
                up, down = max(-slope[0], 0), max(slope[0], 0)
                rounded, _ = round_quotient(rise << up, 1 << down, slope[1])
                word += rounded
            factors[n, m] = min(max(word, ends[0]), ends[1])


@kernel
def shift_factors(sums: Ints, frac: int, span: int, factors: Ints) -> None:
    """Powers of two times 2**span for the sums of squares `(N, M)`, 0 for a sum of 0."""
    for n in range(sums.shape[0]):
        for m in range(sums.shape[1]):
            squares = sums[n, m]
            factors[n, m] = 0
            if squares > 0:
                leading = -frac
                while squares >= 4:
                    squares >>= 2
                    leading += 1
                factors[n, m] = 1 << span + min(leading, -leading - 1)


@kernel
def norm_factors(x: Ints, estimator: tuple[int, int, int], table: Ints, factors: Ints) -> None:
    """Factors `(N, M)` of the vectors of `x` at the largest magnitude and a part of the others.

    `estimator` is the multiplier of the others, its right shift and that of the estimate.
    """
    multiplier, multiplier_shift, shift = estimator
    dim = x.shape[1] // factors.shape[1] if factors.shape[1] > 0 else 0
    for n in range(factors.shape[0]):
        for m in range(factors.shape[1]):
            largest, total = 0, 0
            for k in range(m * dim, (m + 1) * dim):
                largest = max(largest, abs(x[n, k]))
                total += abs(x[n, k])
            norm = largest + ((total - largest) * multiplier >> multiplier_shift)
            entry = norm >> shift if shift >= 0 else norm << -shift
            factors[n, m] = table[min(entry, table.size - 1)]


@kernel
def power_factors(
    sums: Ints,
    norms: tuple[int, int, int, int],
    scale: tuple[int, int],
    table: Ints,
    format: tuple[int, int, int],
    factors: Ints,
) -> None:
    """Factors of the sums of squares `(N, M)`: one less a power of two, or from a table.

    `norms` is guard, fraction bits, threshold and right shift to the index, `scale` what the
    exponent is multiplied by and shifted right, `format` fraction bits and range of a factor.
    """
    guard, bits, threshold, shift = norms
    frac, low, high = format
    for n in range(sums.shape[0]):
        for m in range(sums.shape[1]):
            norm = integer_root(sums[n, m] << 2 * guard)
            if norm >= threshold:
                beyond = norm - threshold
                entry = beyond >> shift if shift >= 0 else beyond << -shift
                factors[n, m] = table[min(entry, table.size - 1)]
            else:
                exponent = -(norm * scale[0] >> scale[1])
                u = exponent >> bits
                power = (1 << bits) + (exponent - (u << bits))
                drop = bits - u - frac
                if drop > 62:
                    power = 0
                elif drop >= 0:
                    power >>= drop
                else:
                    power <<= -drop
                factors[n, m] = min(max((1 << frac) - power, low), high)

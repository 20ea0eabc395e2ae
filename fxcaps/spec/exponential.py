"""Enclosures of exp(-x) in integers, as tight as asked for, and quotients of exponentials."""

from __future__ import annotations

from collections.abc import Sequence

from fxcaps.spec.arithmetic import scaled
from fxcaps.spec.qcapsnets import decided, resolution
from fxcaps.types import RoundingRule


def exp_enclosure(numerator: int, frac: int, precision: int) -> tuple[int, int]:
    """Return integers low < exp(-x) * 2**precision < high for x = numerator * 2**-frac > 0.

    The argument is halved k times until it is at most 1/2, an alternating series encloses its
    exponential, and k squarings with outward rounding return (SM-5).

    Args:
        numerator: positive.
        frac: fraction bits of the argument, any sign.
        precision: fraction bits of the enclosure, at least 1.
    """
    if frac < 0:
        numerator, frac = numerator << -frac, 0
    whole = numerator >> frac
    if whole > precision:  # exp(-x) < 2**-x < 2**-precision
        return 0, 1
    halvings = whole.bit_length() + 1
    # k squarings multiply the relative error by 2**k; the series adds a few units more.
    work = precision + 2 * halvings + 16
    low, high = _series(numerator, frac + halvings, work)
    for _ in range(halvings):
        low = low * low >> work
        high = -(-high * high >> work)
    drop = work - precision
    # exp(-x) is irrational, so it lies strictly between the rounded bounds.
    return low >> drop, -(-high >> drop)


def _series(numerator: int, frac: int, work: int) -> tuple[int, int]:
    """Enclose exp(-x) * 2**work for 0 < x <= 1/2 by its alternating series.

    Terms fall by at least half, so the partial sums enclose the limit; each term's own
    enclosure is kept with its lower and upper bound.
    """
    one = 1 << work
    total_low, total_high = one, one
    term_low, term_high = one, one
    n = 0
    while term_high > 1:
        n += 1
        scale = n << frac
        term_low = term_low * numerator // scale
        term_high = -(-term_high * numerator // scale)
        if n % 2:
            total_low, total_high = total_low - term_high, total_high - term_low
        else:
            total_low, total_high = total_low + term_low, total_high + term_high
    # The remainder is smaller than the last term, which is at most one unit.
    return total_low - 1, total_high + 1


def couplings(
    distances: Sequence[int], frac: int, frac_out: int, rounding: RoundingRule
) -> list[tuple[int, int]]:
    """exp(-d[j]) 2**Fo / sum over k of exp(-d[k]), as fractions that round like it.

    Args:
        distances: words of `frac` fraction bits, at least one of them 0.
        frac: fraction bits of the distances.
        frac_out: fraction bits of the step that the fractions count.
        rounding: the rule that will round them.
    """
    if not any(distances):
        return [scaled(1, len(distances), frac_out)] * len(distances)
    # Otherwise the value is transcendental (Lindemann-Weierstrass): neither an integer nor a
    # half nor where a rule changes, so that some precision separates it from all of them.
    bits = resolution(rounding, frac_out)
    while True:
        floors = _floors(distances, frac, frac_out, bits)
        if all(decided(rounding, floor, bits, frac_out) for floor in set(floors)):
            return [(2 * floor + 1, 2 << bits) for floor in floors]
        bits *= 2


def _floors(distances: Sequence[int], frac: int, frac_out: int, bits: int) -> list[int]:
    """Every coefficient's floor in 2**-bits output steps."""
    precision = 31 + bits + abs(frac_out)
    while True:
        floors = _enclosed(distances, frac, frac_out + bits, precision)
        if floors is not None:
            return floors
        precision *= 2


def _enclosed(
    distances: Sequence[int], frac: int, frac_out: int, precision: int
) -> list[int] | None:
    """Floors of every coefficient, or None where the enclosures are too wide to tell."""
    known = {
        d: exp_enclosure(d, frac, precision) if d else (1 << precision,) * 2 for d in set(distances)
    }
    bounds = [known[d] for d in distances]
    sum_low = sum(low for low, _ in bounds)
    sum_high = sum(high for _, high in bounds)
    floors = []
    for low, high in bounds:
        # e / (e + rest) is smallest with the largest rest.
        n, d = scaled(low, low + sum_high - high, frac_out)
        floor = n // d
        n, d = scaled(high, high + sum_low - low, frac_out)
        if -(-n // d) != floor + 1:
            return None
        floors.append(floor)
    return floors

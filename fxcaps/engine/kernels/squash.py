"""Factors that shrink vectors."""

from __future__ import annotations

from fxcaps.engine.kernels.compile import kernel
from fxcaps.engine.kernels.narrow import Flags, Ints, Narrowing, fit, round_quotient
from fxcaps.engine.kernels.roots import integer_root


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

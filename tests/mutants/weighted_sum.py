"""Wrong versions of weighted_sum."""

from __future__ import annotations

from tests.mutants.sums import of

MUTANTS = of("c", "votes", biased=True)

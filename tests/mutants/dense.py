"""Wrong versions of dense."""

from __future__ import annotations

from tests.mutants.sums import of

MUTANTS = of("x", "weight", biased=True)

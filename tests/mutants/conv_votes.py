"""Wrong versions of conv_votes."""

from __future__ import annotations

from tests.mutants.sums import of

MUTANTS = of("u", "weight", biased=True)

"""Wrong versions of conv2d."""

from __future__ import annotations

from tests.mutants.sums import of

MUTANTS = of("x", "weight", biased=True)

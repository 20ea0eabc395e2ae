"""Wrong versions of agreement."""

from __future__ import annotations

from tests.mutants.sums import of

MUTANTS = of("v", "votes")

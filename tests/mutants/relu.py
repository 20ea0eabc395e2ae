"""Wrong versions of relu."""

from __future__ import annotations

from tests.mutants.base import OVERFLOWS, ROUNDINGS, reversed_words, unsigned

MUTANTS = (*ROUNDINGS, *OVERFLOWS, unsigned("x"), reversed_words("x"))

"""Wrong versions of divide."""

from __future__ import annotations

from tests.mutants.base import OVERFLOWS, ROUNDINGS, reversed_words, symmetric, unsigned

MUTANTS = (
    *ROUNDINGS,
    *OVERFLOWS,
    unsigned("a"),
    unsigned("b"),
    symmetric("a"),
    symmetric("b"),
    reversed_words("a"),
    reversed_words("b"),
)

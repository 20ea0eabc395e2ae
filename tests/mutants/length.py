"""Wrong versions of length."""

from __future__ import annotations

from tests.mutants.base import OVERFLOWS, REGISTERS, ROUNDINGS, reversed_words, symmetric, unsigned

MUTANTS = (
    *ROUNDINGS,
    *OVERFLOWS,
    *REGISTERS[:1],  # squares and exponentials only add: a range left is left in the end, too
    unsigned("x"),
    symmetric("x"),
    reversed_words("x"),
)

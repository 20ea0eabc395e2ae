"""Wrong versions of softmax."""

from __future__ import annotations

from tests.mutants.base import OVERFLOWS, REGISTERS, ROUNDINGS, reversed_words, symmetric, unsigned

MUTANTS = (
    *ROUNDINGS,
    *OVERFLOWS,
    *REGISTERS,
    unsigned("x"),
    symmetric("x"),
    reversed_words("x"),
)

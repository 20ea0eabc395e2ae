"""add in float64."""

from __future__ import annotations

from fxcaps.ops.add import Add
from fxcaps.real.values import Reals


def add(params: Add, inputs: Reals) -> Reals:  # noqa: ARG001 - no formats here
    """`a + b`; a shift of words by other than their fractions is not seen here."""
    return {"out": inputs["a"] + inputs["b"]}

"""Which input words an output word is made of, and what tensors mean in routing."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Operand(NamedTuple):
    """An input word that takes part in an output word.

    Args:
        port: of the input.
        flat: flat index in its tensor; `None` is a zero of the padding.
    """

    port: str
    flat: int | None


Term = tuple[Operand, ...]
"""Operands that are multiplied with each other; a single one stands for itself."""


class Role(StrEnum):
    """What a tensor means in routing, whatever it is called."""

    COUPLING = "coupling"
    AGREEMENT = "agreement"

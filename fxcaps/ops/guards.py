"""Modes and random bits that the outputs of a call can use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import prod

from fxcaps.types import Format, Lfsr, Overflow, Reason, Rejection, Shape


def guard_overflow(formats: Mapping[str, Format], overflow: Overflow, where: str) -> None:
    """Reject an overflow mode that a format has no words for."""
    for port, format in formats.items():
        if overflow is Overflow.SATURATE_SYMMETRIC and format.signed and format.width == 1:
            raise Rejection(
                Reason.PARAMETER_INVALID,
                f"{where} {port}: saturate_symmetric needs at least 2 signed bits",
            )


def guard_lanes(shapes: Mapping[str, Shape], rounding: object, where: str) -> None:
    """Reject shift registers that have fewer beats than an output has words."""
    if not isinstance(rounding, Lfsr) or rounding.beats is None:
        return
    room = len(rounding.seeds) * rounding.beats
    for port, shape in shapes.items():
        if prod(shape) > room:
            raise Rejection(
                Reason.PARAMETER_INVALID,
                f"{where} {port}: the lanes have {room} beats for {prod(shape)} words",
            )


def names_of(names: Iterable[str]) -> str:
    """Names in a message."""
    return ", ".join(sorted(names)) or "none"

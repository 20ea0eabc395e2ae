"""Ports, formats, modes and random bits of a call that an operation can use."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from math import prod

from fxcaps.types import (
    Format,
    Lfsr,
    Overflow,
    QcapsnetsRule,
    Reason,
    Rejection,
    Shape,
    Signature,
)
from fxcaps.types.qcapsnets import LARGEST_FRACTION


def guard_modes(formats: Mapping[str, Format], params: object, where: str) -> None:
    """Reject output formats that the overflow mode or the rounding has no words for."""
    guard_overflow(formats, getattr(params, "overflow", Overflow.SATURATE), where)
    guard_fraction(formats, getattr(params, "rounding", None), where)


def guard_overflow(formats: Mapping[str, Format], overflow: Overflow, where: str) -> None:
    """Reject an overflow mode that a format has no words for."""
    for port, format in formats.items():
        if overflow is Overflow.SATURATE_SYMMETRIC and format.signed and format.width == 1:
            raise Rejection(
                Reason.PARAMETER_INVALID,
                f"{where} {port}: saturate_symmetric needs at least 2 signed bits",
            )


def guard_fraction(formats: Mapping[str, Format], rounding: object, where: str) -> None:
    """Reject fractions that Q-CapsNets does not have, for its quantisers (QC-1)."""
    if not isinstance(rounding, QcapsnetsRule):
        return
    for port, format in formats.items():
        if not 0 <= format.frac <= LARGEST_FRACTION:
            raise Rejection(
                Reason.PARAMETER_INVALID,
                f"{where} {port}: {rounding.kind} makes words of 0 to {LARGEST_FRACTION} fraction "
                f"bits, found {format}",
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


def guard_names(
    known: Collection[str], required: Collection[str], found: Collection[str], where: str
) -> None:
    """Reject missing and unknown ports."""
    if not set(required) <= set(found) <= set(known):
        raise Rejection(Reason.PORT_MISMATCH, f"{where} {names_of(known)}, found {names_of(found)}")


def guard_shared(
    groups: Iterable[Iterable[str]], inputs: Mapping[str, Signature], where: str
) -> None:
    """Reject ports of different formats that must share one."""
    for group in groups:
        found = {port: inputs[port].format for port in group if port in inputs}
        if len(set(found.values())) > 1:
            listed = ", ".join(f"{port} is {format}" for port, format in found.items())
            raise Rejection(Reason.FORMAT_MISMATCH, f"{where}: {listed}")


def names_of(names: Iterable[str]) -> str:
    """Names in a message."""
    return ", ".join(sorted(names)) or "none"

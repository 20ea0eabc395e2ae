"""Wrong versions of add."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fxcaps.ops import Add, AddLanes, AddShift
from fxcaps.types import Log, Tensor
from tests.mutants.base import (
    OVERFLOWS,
    ROUNDINGS,
    Applies,
    Formats,
    Mutant,
    Tensors,
    reversed_words,
    spec,
    symmetric,
    unsigned,
)


def _changed(name: str, flag: str, applies: Applies, **steps: int) -> Mutant:
    """Integer parameters that are off by so much."""

    def run(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
        changes = {key: getattr(params, key) + step for key, step in steps.items()}
        return spec(replace(params, **changes), inputs, formats, log)

    return Mutant(name, flag, run, applies)


def _aligned(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
    """The fractions read where the shift alone counts."""
    plain = Add(rounding=params.rounding, overflow=params.overflow)
    return spec(plain, inputs, formats, log)


def _without_lanes(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
    """The sums as wide as they are."""
    return spec(replace(params, lane_width=64), inputs, formats, log)


def _all_in_lanes(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
    """What remains of an axis wraps, too."""
    return spec(replace(params, lanes=1), inputs, formats, log)


def _lanes(params: Any, _: Formats) -> bool:
    return isinstance(params, AddLanes)


def _shift(params: Any, _: Formats) -> bool:
    return isinstance(params, AddShift)


MUTANTS = (
    *ROUNDINGS,
    *OVERFLOWS,
    unsigned("a"),
    unsigned("b"),
    symmetric("a"),
    symmetric("b"),
    reversed_words("a"),
    reversed_words("b"),
    Mutant("fractions aligned", "OPERATION_ORDER", _aligned, _shift),
    _changed("shift one short", "SHIFT_RANGE", lambda p, _: _shift(p, _) and p.shift > 0, shift=-1),
    Mutant("lanes that do not wrap", "WRAP", _without_lanes, _lanes),
    Mutant("remainder in lanes", "AXIS_ORDER", _all_in_lanes, _lanes),
    _changed("lanes one bit wider", "ACCUMULATOR_WIDTH", _lanes, lane_width=1),
    _changed("groups one word longer", "AXIS_ORDER", _lanes, lanes=1),
)

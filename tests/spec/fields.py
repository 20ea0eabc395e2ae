"""Parameter classes as the tables of the pages write them."""

from __future__ import annotations

import json
import typing
from dataclasses import MISSING, Field, fields
from typing import Any

from fxcaps.ops import (
    Add,
    Agreement,
    DynamicRouting,
    EpsilonAt,
    OutOfRange,
    Parameters,
    RoutingIteration,
    SoftmaxAxes,
    SquashAxes,
    TableSource,
    WeightedSum,
    ZeroDivisor,
    encode,
)
from fxcaps.types import (
    Accumulator,
    Advance,
    BiasAt,
    Check,
    Direction,
    Form,
    Format,
    Init,
    Order,
    Overflow,
    RoundAt,
    Rounding,
    RoundingRule,
    Tile,
)

TYPES: dict[Any, str] = {
    int: "integer",
    bool: "boolean",
    Rounding: "rounding mode",
    RoundingRule: "rounding rule",
    int | None: "integer or none",
    Form: "form",
    Direction: "direction",
    Advance: "moment",
    Overflow: "overflow mode",
    Check: "check mode",
    RoundAt: "place",
    BiasAt: "place",
    Init: "start",
    Order: "order",
    Tile | None: "tile or none",
    Format: "format",
    EpsilonAt: "place of epsilon",
    OutOfRange: "range rule",
    TableSource: "table source",
    Accumulator: "accumulator",
    Format | None: "format or none",
    int | None: "integer or none",
    Parameters: "parameters",
    ZeroDivisor: "zero divisor rule",
    WeightedSum: "WeightedSum",
    Agreement: "Agreement",
    Add: "Add",
    SoftmaxAxes: "`joint` or `types`",
    SquashAxes: "`atoms` or `grid`",
    tuple[int, int]: "2 integers",
    tuple[int, int, int, int]: "4 integers",
    tuple[int, ...]: "list of integers",
    tuple[RoutingIteration, ...]: "list of `RoutingIteration`",
}
REQUIRED: dict[Any, Any] = {
    "axes": (0,),
    "axis": 0,
    "constant_frac": 0,
    "exp": Format(False, 9, 8),
    "fractions": (1,),
    "index_frac": 0,
    "indices": (0,),
    "integers": (1,),
    "iterations": (RoutingIteration(),),
    "multiplier": (1,),
    ("SquashNorm", "multiplier"): 1,
    ("AddShift", "shift"): 0,
    "constant": 13,
    "offset_denominator": (1,),
    "offset_numerator": (0,),
    "scale_denominator": (1,),
    "scale_numerator": (1,),
    "ln_2": 1,
    "log2_e": 1,
    "log_frac": 0,
    "reciprocal": Format(False, 9, 8),
    "shape": (1,),
    "shift": (2,),
    "table": (1,),
    "factor_format": Format(False, 8, 8),
    "multiplier_shift": 0,
    "threshold": 0,
    "table_format": Format(False, 8, 8),
    "table_frac": 0,
    "word": 0,
}
"""A legal value of every parameter that has no default."""


def written_default(field: Field[Any]) -> Any:
    """The default of a register's field as a file would have it."""
    if isinstance(field.default, Order):
        return {"kind": field.default.kind}
    return field.default


def parameter_rows(cls: type) -> list[list[str]]:
    """Name, type and default of every field, the default as `encode` writes it."""
    required = {
        field.name
        for field in fields(cls)
        if field.default is MISSING and field.default_factory is MISSING
    }
    if cls is RoutingIteration:
        written = encode(DynamicRouting(iterations=(RoutingIteration(),)))["iterations"][0]
    elif not issubclass(cls, Parameters):
        written = {field.name: written_default(field) for field in fields(cls)}
    else:
        written = encode(
            cls(
                **{
                    name: REQUIRED.get((cls.__name__, name), REQUIRED.get(name))
                    for name in required
                }
            )
        )
    hints = typing.get_type_hints(cls)
    return [
        [
            field.name,
            TYPES[hints[field.name]],
            "required" if field.name in required else json.dumps(written[field.name]),
        ]
        for field in fields(cls)
    ]

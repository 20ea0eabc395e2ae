"""Cases that tell accumulators apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fxcaps.ops import Dense
from fxcaps.types import (
    Accumulator,
    BiasAt,
    Check,
    Format,
    Init,
    Overflow,
    Pairwise,
    Permutation,
    RoundAt,
    Rounding,
    Tile,
    Tree,
)
from fxcaps.vectors.cases.desk import Desk, Draft, frame, tensor

_NARROW, _WIDE = Format.parse("s10f9"), Format.parse("s12f9")

_REGISTERS: dict[str, Accumulator] = {
    "exact": Accumulator(format=Format.parse("s20f9")),
    "final-wrap": Accumulator(format=_WIDE, check=Check.FINAL, overflow=Overflow.WRAP),
    "final-saturate": Accumulator(format=_WIDE, check=Check.FINAL),
    "per-step-saturate": Accumulator(format=_WIDE, check=Check.PER_STEP),
    "per-step-wrap": Accumulator(format=_WIDE, check=Check.PER_STEP, overflow=Overflow.WRAP),
    "per-step-symmetric": Accumulator(
        format=_WIDE, check=Check.PER_STEP, overflow=Overflow.SATURATE_SYMMETRIC
    ),
    "rounded-products": Accumulator(
        round_at=RoundAt.PRODUCT, product=Format.parse("s8f5"), rounding=Rounding.TIES_TO_EVEN
    ),
    "wrapped-products": Accumulator(
        round_at=RoundAt.PRODUCT,
        product=Format.parse("s6f4"),
        rounding=Rounding.FLOOR,
        product_overflow=Overflow.WRAP,
    ),
    "rounded-sums": Accumulator(
        format=Format.parse("s12f6"), check=Check.PER_STEP, round_at=RoundAt.SUM
    ),
    "half": Accumulator(init=Init.BIAS_AND_HALF),
    "bias-last": Accumulator(format=_WIDE, check=Check.PER_STEP, bias_at=BiasAt.LAST),
    "no-bias": Accumulator(init=Init.ZERO),
    "pairs": Accumulator(format=_WIDE, check=Check.PER_STEP, order=Pairwise(size=2, node=_NARROW)),
    "groups": Accumulator(
        format=_WIDE,
        check=Check.PER_STEP,
        overflow=Overflow.WRAP,
        order=Pairwise(size=3, node=_NARROW),
    ),
    "tree": Accumulator(format=_WIDE, check=Check.PER_STEP, order=Tree(node=_NARROW)),
    "permuted": Accumulator(
        format=_WIDE, check=Check.PER_STEP, order=Permutation(positions=(4, 0, 3, 1, 2))
    ),
    "tiles": Accumulator(
        format=_WIDE, check=Check.PER_STEP, tile=Tile(count=2, spill=Format.parse("s9f6"))
    ),
    "tiles-of-pairs": Accumulator(
        format=_WIDE,
        check=Check.PER_STEP,
        order=Pairwise(size=2, node=_NARROW),
        tile=Tile(count=3, spill=Format.parse("s8f5"), rounding=Rounding.TIES_TO_EVEN),
    ),
}
"""Registers that tell every clause on accumulators from its neighbours."""


def registers(desk: Desk) -> Iterator[Draft]:
    """A dense layer with each of them, on sums that leave and return, small ones, large ones."""
    rows = {
        "return": ([127] * 5, [[7, 7, 7, -7, -7], [-7, -7, 7, 7, 7], [7, -7, 7, -7, 7]]),
        "small": ([1, 3, 5, 7, 9], [[1, 2, 3, 4, 5], [-1, 2, -3, 4, -5], [16, -8, 4, -2, 1]]),
        "large": ([100, -90, 80, -70, 60], [[11, 9, -8, 7, 6], [5, -4, 3, 2, -1], [2, 2, 2, 2, 2]]),
    }
    for name, register in _REGISTERS.items():
        for kind, (vector, weights) in rows.items():
            inputs = {"x": tensor("s8f4", 5), "weight": tensor("s8f5", 3, 5)}
            words = {"x": vector, "weight": [word for row in weights for word in row]}
            if register.init is not Init.ZERO:
                inputs["bias"] = tensor("s6f5", 3)
                words["bias"] = [31, -32, 1]
            params = replace(Dense(), accumulator=register)
            shape = frame(name, params, "s8f4", **inputs)
            flags = ("ACCUMULATOR_WIDTH", "OPERATION_ORDER", "LATE_SATURATE")
            yield desk.draft(f"{name}-{kind}", shape, words, *flags, free=False)

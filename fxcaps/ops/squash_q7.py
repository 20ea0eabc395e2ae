"""squash as the published Q7-CapsNets kernels compute it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from fxcaps.ops.cost import Cost
from fxcaps.ops.elementwise import FittedParameters
from fxcaps.ops.operation import Arithmetic, Formats, Signatures, size
from fxcaps.ops.squash_base import norm_bits, squares_cost
from fxcaps.types import Format, Reason, Rejection, Rounding

LARGEST_SHIFT = 30
"""A C integer of 32 bits shifts a one to the left by at most 30 places without its sign."""


@dataclass(frozen=True, kw_only=True)
class SquashQ7(FittedParameters):
    """Squash of the published int8 kernels: a floored root, a floored divisor, one division.

    Formats stand for the kernels' shift operands: `in_qn` is the input's fraction, `out_qn` the
    output's. Both targets, Arm and GAP8, agree on every word.

    Args:
        row_offset_bits: bits of the unsigned offset by which a row of the tensor is found, 16 in
            the published code: rows beyond its range are missed and earlier ones squashed again.
            `None` for offsets that reach every row.
        rounding: of the quotient.
        overflow: of the rounded quotient.

    Source: specification page `ops/squash.md`; `squash` of Q7-CapsNets, commit 11eef8a (Costa et
    al. 2023).
    """

    operation: ClassVar[str] = "squash"
    algorithm: ClassVar[str] = "q7"

    row_offset_bits: int | None = None
    rounding: Rounding = Rounding.TOWARD_ZERO

    def __post_init__(self) -> None:
        super().__post_init__()
        bits = self.row_offset_bits
        self.require(
            bits is None or bits > 0, f"row_offset_bits must be at least 1 or none, found {bits}"
        )

    @classmethod
    def fit(cls, x: Format, out: Format, arithmetic: Arithmetic) -> Self:  # noqa: ARG003
        """The published modes whatever the formats: they are part of what the name says."""
        return cls()

    def cost(self, inputs: Mapping[str, Format], out: Format, dim: int) -> Cost:
        """A square, a product with the shifted root and a division a component; one root.

        A component stays below 1, since the floored divisor exceeds the sum of squares by its
        own scale, and it is truncated, so that no bit decides a rounding.
        """
        x = inputs["x"]
        root = norm_bits(x, dim, 0)
        return squares_cost(
            x,
            dim,
            (dim, x.width, root + max(out.frac - x.frac, 0)),
            divider_cycles=dim * out.frac,
            root_cycles=root,
        )

    def wraps(self, words: int) -> bool:
        """Whether the offsets of a tensor of so many words leave their range."""
        return self.row_offset_bits is not None and words > 1 << self.row_offset_bits


def check_q7(params: Any, inputs: Signatures, formats: Formats) -> None:
    """Reject fractions that are no legal shifts, and rows that overwrite words they cannot."""
    if not isinstance(params, SquashQ7):
        return
    x, out = inputs["x"], formats["out"]
    if not 0 <= x.format.frac <= LARGEST_SHIFT:
        raise Rejection(
            Reason.FORMAT_MISMATCH,
            f"squash q7: x {x.format} needs a fraction from 0 to {LARGEST_SHIFT}",
        )
    if not 0 <= out.frac - x.format.frac <= LARGEST_SHIFT:
        raise Rejection(
            Reason.FORMAT_MISMATCH,
            f"squash q7: out {out} needs a fraction from {x.format.frac}, that of x, to "
            f"{x.format.frac + LARGEST_SHIFT}",
        )
    same = (x.format.signed, x.format.width) == (out.signed, out.width)
    if params.wraps(size(x.shape)) and not same:
        raise Rejection(
            Reason.FORMAT_MISMATCH,
            f"squash q7: {size(x.shape)} words exceed row offsets of {params.row_offset_bits} "
            f"bits; rows are then squashed in place, and x {x.format} and out {out} need the same "
            "width and sign",
        )

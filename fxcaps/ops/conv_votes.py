"""conv_votes: votes of capsules on a grid, by convolution."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from fxcaps.ops.conv2d import CONV2D
from fxcaps.ops.operands import Operand, Term
from fxcaps.ops.operation import (
    Constants,
    Formats,
    Operation,
    Port,
    Shapes,
    Signatures,
    expect,
    expect_rank,
    size,
)
from fxcaps.ops.registry import register
from fxcaps.ops.sums import Interval, WholeSums, whole_sum
from fxcaps.ops.window import Windowed, window_grid
from fxcaps.types import Format, Shape, Signature


@dataclass(frozen=True, kw_only=True)
class ConvVotes(Windowed):
    """What the capsules of each input type under a window predict for each output type.

    Args:
        stride: rows and columns between windows, each at least 1.
        padding: rows of zero capsules above and below, columns of them left and right.
        accumulator: register of the sum; its fraction is that of the products.
        rounding: of the accumulator to the output format.
        overflow: of the rounded value.

    Source: specification page `ops/conv_votes.md`; Rajasegaran et al. 2019.
    """

    operation: ClassVar[str] = "conv_votes"


class ConvVotesOperation(Operation, WholeSums):
    """`u (H, W, I, D_in)`, `weight (K, J, D_out, KH, KW, D_in)`, `bias (K, J, D_out)` -> votes.

    `out (I, OH, OW, J, D_out)`. K divides I: kernels that input types share are stored once,
    and input type i uses kernel `i mod K`.
    """

    name = "conv_votes"
    inputs = (
        Port("u"),
        Port("weight", constant=True),
        Port("bias", constant=True, optional=True),
    )
    ranks = MappingProxyType({"u": 4, "weight": 6, "bias": 3})
    algorithms = (ConvVotes,)
    structure = frozenset({"stride", "padding"})
    aligned = frozenset({"bias"})

    def shapes(self, params: ConvVotes, inputs: Shapes) -> dict[str, Shape]:
        """The window must fit into the padded grid at least once."""
        u, weight = inputs["u"], inputs["weight"]
        expect_rank(u, 4, "conv_votes u (H, W, I, D_in)")
        expect_rank(weight, 6, "conv_votes weight (K, J, D_out, KH, KW, D_in)")
        expect(size(weight) > 0, f"conv_votes weight is empty: {weight}")
        expect(
            u[3] == weight[5] and u[2] > 0 and u[2] % weight[0] == 0,
            f"conv_votes: weight {weight} needs u of {weight[5]} components and a multiple of "
            f"{weight[0]} types, found {u}",
        )
        bias = inputs.get("bias", weight[:3])
        expect(bias == weight[:3], f"conv_votes: bias needs shape {weight[:3]}, found {bias}")
        return {"out": (u[2], *window_grid(params, u[:2], weight[3:5]), *weight[1:3])}

    def whole_sum(self, params: Any) -> Format | None:
        """That of the register."""
        return whole_sum(params.accumulator) if type(params) is ConvVotes else None

    def operands(self, params: ConvVotes, inputs: Shapes, index: int) -> tuple[Term, ...]:
        """The bias, then input component and weight of every tap; `None` is padding."""
        kinds, rows, columns, *channels = self.shapes(params, inputs)["out"]
        place, channel = divmod(index, size(tuple(channels)))
        i, place = divmod(place, rows * columns)
        height, width, _, depth = inputs["u"]
        kernel = i % inputs["weight"][0] * size(tuple(channels)) + channel
        top = place // columns * params.stride[0] - params.padding[0]
        left = place % columns * params.stride[1] - params.padding[2]
        terms: list[Term] = [(Operand("bias", kernel),)] if "bias" in inputs else []
        taps = itertools.product(*(range(extent) for extent in inputs["weight"][3:]))
        for tap, (ky, kx, k) in enumerate(taps):
            y, z = top + ky, left + kx
            inside = 0 <= y < height and 0 <= z < width
            word = ((y * width + z) * kinds + i) * depth + k if inside else None
            weight = kernel * size(inputs["weight"][3:]) + tap
            terms.append((Operand("u", word), Operand("weight", weight)))
        return tuple(terms)

    def largest_fractions(
        self,
        params: Any,
        inputs: Formats,
        formats: Formats,  # noqa: ARG002
    ) -> dict[str, int]:
        """The bias aligns to the register."""
        return {"bias": params.accumulator.frac(inputs["u"].frac + inputs["weight"].frac)}

    def macs(self, params: ConvVotes, inputs: Shapes) -> int:
        """Every vote component sums a whole window; padding counts."""
        return size(self.shapes(params, inputs)["out"]) * size(inputs["weight"][3:])

    def product_fractions(
        self,
        params: Any,  # noqa: ARG002 - one signature for all
        inputs: Formats,
        formats: Formats,  # noqa: ARG002
    ) -> dict[str, int]:
        """Fractions of a product add."""
        return {"out": inputs["u"].frac + inputs["weight"].frac}

    def terms(self, params: Any, inputs: Shapes) -> dict[str, int]:  # noqa: ARG002
        """The taps of a window."""
        return {"out": size(inputs["weight"][3:])}

    def intervals(
        self,
        params: ConvVotes,
        inputs: Signatures,
        formats: Formats,
        constants: Constants,
    ) -> dict[str, list[Interval]]:
        """One interval a kernel and output channel: those of a convolution with all of them."""
        shape, format = inputs["weight"]
        rows = Signature((size(shape[:3]), *shape[3:]), format)
        given = {"x": inputs["u"], "weight": rows}
        given |= {"bias": inputs["bias"]} if "bias" in inputs else {}
        return CONV2D.intervals(params, given, formats, constants)


CONV_VOTES = register(ConvVotesOperation())

"""conv2d: two-dimensional convolution with bias and fused ReLU."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, ClassVar

from fxcaps.ops.channels import ChannelSums
from fxcaps.ops.operands import Operand, Term
from fxcaps.ops.operation import Shapes, expect, expect_rank
from fxcaps.ops.registry import register
from fxcaps.ops.selection import Selectable, Selection, Selections, only_axes
from fxcaps.ops.sums import WholeSums, whole_sum
from fxcaps.ops.window import Windowed, window_grid
from fxcaps.types import Format, Shape


@dataclass(frozen=True, kw_only=True)
class Conv2d(Windowed):
    """Sum of products over a window, plus bias, ReLU, rounding and overflow.

    Args:
        stride: rows and columns between windows, each at least 1.
        padding: zero rows above and below, zero columns left and right.
        relu: take max(accumulator, 0) before rounding.
        accumulator: register of the sum; its fraction is that of the products.
        rounding: of the accumulator to the output format.
        overflow: of the rounded value.

    Source: specification page `ops/conv2d.md`.
    """

    operation: ClassVar[str] = "conv2d"

    relu: bool = False


@dataclass(frozen=True, kw_only=True)
class Conv2dPulp(Conv2d):
    """Convolution as the int8 kernels of PULP-NN do it, which GAP8 runs.

    It differs from `Conv2d` in two places. With ReLU the rounded value passes through
    `relu_width` bits that wrap before it is clipped. Pixels are made in pairs; without a bias the
    one left over at the end of a core's rows starts from 0, not from half an output step.

    Args:
        relu_width: bits of the argument of the published ReLU, at least 1.
        cores: that share the rows of the output, each a block of as many; at least 1.
        stride: rows and columns between windows, each at least 1.
        padding: zero rows above and below, zero columns left and right.
        relu: clip at 0 after rounding and the wrap.
        accumulator: register of the sum; its fraction is that of the products.
        rounding: of the accumulator to the output's fraction.
        overflow: of the rounded value.

    Source: specification page `ops/conv2d.md`; `pulp_nn_conv_Ho_parallel_int8` as distributed
    with Q7-CapsNets, commit 11eef8a.
    """

    algorithm: ClassVar[str] = "pulp"

    relu_width: int = 16
    cores: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("relu_width", "cores"):
            value = getattr(self, name)
            self.require(value >= 1, f"{name} must be at least 1, found {value}")

    def left_over(self, rows: int, columns: int) -> tuple[int, ...]:
        """Flat positions of the pixels that are made alone, for an output of so many."""
        block = -(-rows // self.cores)
        ends = [min(first + block, rows) for first in range(0, rows, block)]
        starts = [0, *ends[:-1]]
        return tuple(
            end * columns - 1
            for start, end in zip(starts, ends, strict=True)
            if (end - start) * columns % 2 == 1
        )


class Conv2dOperation(ChannelSums, Selectable, WholeSums):
    """`x (H, W, C)`, `weight (O, KH, KW, C)`, `bias (O)` -> `out (OH, OW, O)`."""

    name = "conv2d"
    structure = frozenset({"stride", "padding", "relu"})
    ranks = MappingProxyType({"x": 3, "weight": 4, "bias": 1})
    algorithms = (Conv2d, Conv2dPulp)

    def shapes(self, params: Conv2d, inputs: Shapes) -> dict[str, Shape]:
        """The window must fit into the padded image at least once."""
        x, weight = inputs["x"], inputs["weight"]
        expect_rank(x, 3, "conv2d x (H, W, C)")
        expect_rank(weight, 4, "conv2d weight (O, KH, KW, C)")
        expect(x[2] == weight[3], f"conv2d: x has {x[2]} channels, weight has {weight[3]}")
        bias = inputs.get("bias", weight[:1])
        expect(bias == weight[:1], f"conv2d: bias needs shape {weight[:1]}, found {bias}")
        expect(math.prod(weight) > 0, f"conv2d weight is empty: {weight}")
        return {"out": (*window_grid(params, x[:2], weight[1:3]), weight[0])}

    def whole_sum(self, params: Any) -> Format | None:
        """That of the register."""
        return whole_sum(params.accumulator) if type(params) is Conv2d else None

    def selected(
        self,
        params: Any,
        inputs: Shapes,
        kept: Selections,
    ) -> tuple[Any, dict[str, Selection]]:
        """Output channels can be left out with their weights and bias, and input channels."""
        weight = only_axes(kept, "weight", (0, 3), "conv2d weight")
        ports: dict[str, dict[int, tuple[int, ...]]] = {"weight": dict(weight)}
        found = only_axes(kept, "x", (2,), "conv2d x")
        if found:
            ports["weight"][3] = found[2]
        if 3 in ports["weight"]:
            ports["x"] = {2: ports["weight"][3]}
        if 0 in weight:
            ports["out"] = {2: weight[0]}
            if "bias" in inputs:
                ports["bias"] = {0: weight[0]}
        return params, dict(ports)

    def operands(self, params: Conv2d, inputs: Shapes, index: int) -> tuple[Term, ...]:
        """The bias, then pixel and weight of every tap; `None` is padding."""
        _, columns, channels = self.shapes(params, inputs)["out"]
        place, o = divmod(index, channels)
        height, width, depth = inputs["x"]
        top = place // columns * params.stride[0] - params.padding[0]
        left = place % columns * params.stride[1] - params.padding[2]
        terms: list[Term] = [(Operand("bias", o),)] if "bias" in inputs else []
        taps = itertools.product(*(range(extent) for extent in inputs["weight"][1:]))
        for tap, (ky, kx, channel) in enumerate(taps):
            y, z = top + ky, left + kx
            inside = 0 <= y < height and 0 <= z < width
            pixel = (y * width + z) * depth + channel if inside else None
            weight = o * math.prod(inputs["weight"][1:]) + tap
            terms.append((Operand("x", pixel), Operand("weight", weight)))
        return tuple(terms)

    def macs(self, params: Conv2d, inputs: Shapes) -> int:
        """Every output sums a whole window; padding taps count."""
        return math.prod(self.shapes(params, inputs)["out"]) * math.prod(inputs["weight"][1:])


CONV2D = register(Conv2dOperation())

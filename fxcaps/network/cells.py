"""Cells of convolutional capsules: the building block of DeepCaps (Rajasegaran et al. 2019)."""

from __future__ import annotations

from dataclasses import dataclass

from fxcaps.network.step import Step
from fxcaps.ops import (
    Add,
    Conv2d,
    ConvRouting,
    ConvVotes,
    Parameters,
    Reshape,
    SquashExact,
    Transpose,
    operation_of,
)
from fxcaps.types import Shape

WINDOW = 3
"""Rows and columns of every window of a cell."""


@dataclass(frozen=True)
class Cell:
    """Steps that a network puts after each other, and what they read and make.

    Args:
        steps: in order.
        expected: shapes of the float tensors that they read, by name.
        output: name of the capsules that they make.
        shape: of those, `(H, W, types, dim)`.
    """

    steps: tuple[Step, ...]
    expected: dict[str, Shape]
    output: str
    shape: tuple[int, int, int, int]


def capsule_cell(
    name: str,
    source: str,
    shape: Shape,
    *,
    types: int,
    dim: int,
    routing: ConvRouting | None = None,
    bias: bool = True,
    same: bool = False,
    types_first: bool = False,
    squash: SquashExact | None = None,
) -> Cell:
    """Three convolutions of capsules, the first with steps of 2, and a skip around the others.

    Args:
        name: of the cell; its tensors begin with it.
        source: name of what it reads.
        shape: of that: a feature map `(H, W, C)`, or capsules `(H, W, T, D)`.
        types: capsule types.
        dim: components of a capsule.
        routing: of the skip, whose votes then come of one kernel for all types; without it the
            skip is a convolution like the others.
        bias: convolutions and votes have one, as in the code of Q-CapsNets; the authors' Keras
            code has none. The sums of a routing always have one.
        same: pad as little as keeps `ceil(extent / stride)` positions, the odd row and column at
            the end, as Keras does; otherwise a row and a column on every side.
        types_first: the votes' window slides over the memory of the capsules read as
            `(types, dim, H, W)`, which is what the authors' Keras code does.
        squash: of the convolutions; that of a routing is in its parameters.
    """
    squash = squash or SquashExact()
    build = _Builder(name, bias=bias, same=same, size=(types, dim), squash=squash)
    maps = build.flat(source, shape, f"{name}.in") if len(shape) > WINDOW else source
    first = build.convolution("l1", maps, (*shape[:2], _channels(shape)), stride=2)
    flat = build.flat(first, build.shape, f"{name}.l1.flat")
    depth = (*build.shape[:2], types * dim)
    if routing is None:
        skip = build.convolution("skip", flat, depth, stride=1)
    else:
        skip = build.routed("skip", first, routing, types_first=types_first)
    second = build.convolution("l2", flat, depth, stride=1)
    flat = build.flat(second, build.shape, f"{name}.l2.flat")
    third = build.convolution("l3", flat, depth, stride=1)
    build.step("sum", Add(), {"a": third, "b": skip}, name)
    return Cell(tuple(build.steps), build.expected, name, build.shape)


def _channels(shape: Shape) -> int:
    return shape[2] if len(shape) == WINDOW else shape[2] * shape[3]


class _Builder:
    """Collects the steps of a cell; `shape` is that of the capsules made last."""

    def __init__(
        self, name: str, *, bias: bool, same: bool, size: tuple[int, int], squash: SquashExact
    ) -> None:
        self.name, self.bias, self.same, self.size = name, bias, same, size
        self.squash = squash
        self.steps: list[Step] = []
        self.expected: dict[str, Shape] = {}
        self.shape: tuple[int, int, int, int] = (0, 0, *size)

    def step(self, name: str, params: Parameters, inputs: dict[str, str], output: str) -> str:
        """Add a step with one output and return that."""
        self.steps.append(Step(f"{self.name}.{name}", params, inputs, {"out": output}))
        return output

    def flat(self, capsules: str, shape: Shape, output: str) -> str:
        """Capsules of a grid as a feature map."""
        rows, columns, types, dim = shape
        params = Reshape(shape=(rows, columns, types * dim))
        return self.step(output.removeprefix(f"{self.name}."), params, {"x": capsules}, output)

    def convolution(self, layer: str, maps: str, shape: Shape, stride: int) -> str:
        """Convolution, capsules, squash."""
        types, dim = self.size
        label = f"{self.name}.{layer}"
        padding, grid = self._window(shape, stride)
        inputs = {"x": maps, "weight": f"{label}.weight"}
        self.expected[f"{label}.weight"] = (types * dim, WINDOW, WINDOW, shape[2])
        if self.bias:
            inputs["bias"] = f"{label}.bias"
            self.expected[f"{label}.bias"] = (types * dim,)
        params = Conv2d(stride=(stride, stride), padding=padding)
        made = self.step(f"{layer}.conv", params, inputs, f"{label}.maps")
        self.shape = (*grid, types, dim)
        sums = Reshape(shape=self.shape)
        made = self.step(f"{layer}.capsules", sums, {"x": made}, f"{label}.s")
        return self.step(layer, self.squash, {"x": made}, label)

    def routed(self, layer: str, capsules: str, routing: ConvRouting, *, types_first: bool) -> str:
        """Votes of one kernel for all types, routed."""
        rows, columns, types, dim = self.shape
        label = f"{self.name}.{layer}"
        padding, _ = self._window(self.shape, 1)
        if types_first:
            read = Reshape(shape=(types, dim, rows, columns))
            capsules = self.step(f"{layer}.read", read, {"x": capsules}, f"{label}.memory")
            turn = Transpose(axes=(2, 3, 0, 1))
            capsules = self.step(f"{layer}.turn", turn, {"x": capsules}, f"{label}.in")
        inputs = {"u": capsules, "weight": f"{label}.weight"}
        self.expected[f"{label}.weight"] = (1, types, dim, WINDOW, WINDOW, dim)
        if self.bias:
            inputs["bias"] = f"{label}.bias"
            self.expected[f"{label}.bias"] = (1, types, dim)
        votes = self.step(f"{layer}.conv", ConvVotes(padding=padding), inputs, f"{label}.votes")
        self.expected[f"{label}.sum_bias"] = (types, dim)
        ports = operation_of(routing).outputs(routing)
        inputs = {"votes": votes, "bias": f"{label}.sum_bias"}
        outputs = {port: f"{label}.{port}" for port in ports}
        self.steps.append(Step(label, routing, inputs, outputs))
        return outputs[f"v{len(routing.iterations) - 1}"]

    def _window(
        self, shape: Shape, stride: int
    ) -> tuple[tuple[int, int, int, int], tuple[int, int]]:
        """Padding around a grid, and the grid that comes out."""
        pads, grid = [], []
        for extent in shape[:2]:
            count = -(-extent // stride)
            total = max((count - 1) * stride + WINDOW - extent, 0)
            before, after = (total // 2, total - total // 2) if self.same else (1, 1)
            pads += [before, after]
            grid.append((extent + before + after - WINDOW) // stride + 1)
        return (pads[0], pads[1], pads[2], pads[3]), (grid[0], grid[1])

"""conv_routing: routing by agreement between capsules on a grid."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, replace
from enum import StrEnum
from math import prod
from types import MappingProxyType
from typing import ClassVar

from fxcaps.ops.layout import Reshape, Transpose
from fxcaps.ops.operation import Formats, Part, Shapes, expect, expect_rank, size
from fxcaps.ops.parameters import Parameters
from fxcaps.ops.registry import register
from fxcaps.ops.routing import Routing, RoutingOperation
from fxcaps.types import Shape, Signature


class SoftmaxAxes(StrEnum):
    """What the coupling coefficients of one input type are normalised over."""

    JOINT = "joint"
    """Rows, columns and output types together: DeepCaps."""

    TYPES = "types"
    """Output types, at each position: as between capsules without a grid."""


class SquashAxes(StrEnum):
    """What is one vector to the squash."""

    ATOMS = "atoms"
    """The components of one capsule."""

    GRID = "grid"
    """All components of an output type, over the whole grid."""


@dataclass(frozen=True, kw_only=True)
class ConvRouting(Routing):
    """Routing by agreement on a grid, from zero logits.

    Args:
        softmax_axes: `joint` over rows, columns and output types, or over `types`.
        squash_axes: of the `atoms` of a capsule, or of a whole `grid` of them.
        iterations: one bundle an iteration, at least one.
        update_last: update the logits after the last iteration too, which changes no output
            but makes `a` and `b` of that iteration.

    Source: specification page `ops/conv_routing.md`; Rajasegaran et al. 2019, algorithm 1. Their
    published Keras code is `joint` and `grid`, that of Q-CapsNets (Marchisio et al. 2020) is
    `joint` and `atoms` for DeepCaps, `types` and `atoms` for its other convolutional capsules.
    """

    operation: ClassVar[str] = "conv_routing"

    softmax_axes: SoftmaxAxes = SoftmaxAxes.JOINT
    squash_axes: SquashAxes = SquashAxes.ATOMS


class ConvRoutingOperation(RoutingOperation):
    """`votes (I, H, W, J, D)`, `bias (Jb, D)` -> the tensors of every iteration r, from 0.

    `b{r} (I, H, W, J)`, `c{r} (I, H, W, J)`, `s{r} (H, W, J, D)`, `v{r} (H, W, J, D)` and, where
    the logits are updated, `a{r} (I, H, W, J)` and `b{r+1} (I, H, W, J)`. Jb divides J; the bias
    is the same at every position.
    """

    name = "conv_routing"
    ranks = MappingProxyType({"votes": 5, "bias": 2})
    algorithms = (ConvRouting,)
    structure = frozenset({"iterations", "update_last", "softmax_axes", "squash_axes"})

    def check_inputs(self, params: Parameters, inputs: Shapes) -> None:  # noqa: ARG002
        """Votes on a grid; a bias of output types."""
        votes = inputs["votes"]
        expect_rank(votes, 5, "conv_routing votes (I, H, W, J, D)")
        expect(size(votes) > 0, f"conv_routing votes are empty: {votes}")
        if "bias" in inputs:
            bias = inputs["bias"]
            expect_rank(bias, 2, "conv_routing bias (J, D)")
            expect(
                bias[1] == votes[4] and bias[0] > 0 and votes[3] % bias[0] == 0,
                f"conv_routing: votes {votes} need a bias of shape {votes[3:]}, found {bias}",
            )

    def seen(self, params: ConvRouting, operation: str, shapes: Shapes) -> dict[str, Shape]:
        """Sums and agreements, and a joint softmax, see the grid's capsules as one row of them."""
        # CR-5 a joint softmax sees all that an input type divides itself among as one vector
        by_types = params.softmax_axes is SoftmaxAxes.TYPES
        kept = {"squash", "add", "softmax"} if by_types else {"squash", "add"}
        if operation in kept:
            return dict(shapes)
        return {port: _flat(port, shape) for port, shape in shapes.items()}

    def _signatures(
        self, params: ConvRouting, part: Part, shapes: Shapes, formats: Formats
    ) -> dict[str, Signature]:
        """As read; a squash of whole grids sums all components of an output type."""
        given = super()._signatures(params, part, shapes, formats)
        if part.params.operation == "squash" and params.squash_axes is SquashAxes.GRID:
            (rows, columns, types, dim), format = given["x"]
            given["x"] = Signature((types, rows * columns * dim), format)
        return given

    def flat_steps(
        self, params: ConvRouting, part: Part, shapes: Shapes, known: Container[str]
    ) -> list[Part]:
        """Moves around a squash of whole grids; reshapes around the other parts."""
        if part.params.operation != "squash" or params.squash_axes is SquashAxes.ATOMS:
            return super().flat_steps(params, part, shapes, known)
        source, target = part.inputs["x"], part.outputs["out"]
        rows, columns, types, dim = shapes[source]
        grids, maps = (types, rows, columns, dim), (types, rows * columns * dim)
        return [
            _move(f"types.{source}", Transpose(axes=(2, 0, 1, 3)), source, f"{source}.types"),
            _move(f"maps.{source}", Reshape(shape=maps), f"{source}.types", f"{source}.maps"),
            replace(part, inputs={"x": f"{source}.maps"}, outputs={"out": f"{target}.maps"}),
            _move(f"types.{target}", Reshape(shape=grids), f"{target}.maps", f"{target}.types"),
            _move(f"grid.{target}", Transpose(axes=(1, 2, 0, 3)), f"{target}.types", target),
        ]


def _flat(port: str, shape: Shape) -> Shape:
    """A tensor of a part with its grid and output types as one axis of capsules."""
    match port:
        case "votes":
            return (shape[0], prod(shape[1:-1]), shape[-1])
        case "c" | "x":
            return (shape[0], prod(shape[1:]))
        case "v":
            return (prod(shape[:-1]), shape[-1])
    return shape


def _move(name: str, params: Parameters, source: str, target: str) -> Part:
    return Part(name, params, {"x": source}, {"out": target})


CONV_ROUTING = register(ConvRoutingOperation())

"""DeepCaps (Rajasegaran et al. 2019, arXiv 1904.09546), in the forms of its published codes."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from math import prod

from fxcaps.network.cells import Cell, capsule_cell
from fxcaps.network.network import Network
from fxcaps.network.parts import PIXELS, class_steps, image_step, single
from fxcaps.network.step import Step
from fxcaps.ops import (
    Affine,
    Concat,
    Conv2d,
    ConvRouting,
    EpsilonAt,
    Reshape,
    RoutingIteration,
    SquashAxes,
    SquashExact,
)
from fxcaps.types import Shape, Signature

DIMS = (4, 8, 8, 8)
"""Components of the capsules of each cell; the last one is routed."""


class DeepCapsCode(StrEnum):
    """Whose code a network follows; both have the softmax of the cell jointly over its grid.

    | | `keras` | `qcapsnets` |
    |---|---|---|
    | squash inside the routing of the last cell | whole grids | capsules |
    | squash of the other convolutions | epsilon of 1e-7 in the root | no epsilon |
    | class capsules read | last cell, then third | third cell, then last |
    | bias of the cells' convolutions and of the votes | none | yes |
    | padding where the stride is 2 | at the end, as little as possible | on all sides |
    | grid that the shared kernel reads | memory as types, components, rows, columns | as it is |

    Both have a bias in the first convolution and in the sums of both routings.
    """

    KERAS = "keras"
    """The authors' (github brjathu/deepcaps)."""

    QCAPSNETS = "qcapsnets"
    """That of Marchisio et al. 2020 (github bbussolino/Q-CapsNets)."""


def deepcaps_network(
    name: str,
    *,
    image: tuple[int, int, int],
    code: DeepCapsCode,
    channels: int = 128,
    types: int = 32,
    dims: tuple[int, int, int, int] = DIMS,
    classes: int = 10,
    dim_out: int = 32,
    iterations: int = 3,
) -> Network:
    """Convolution, batch normalisation, four cells of capsules, class capsules.

    The normalisation is the step `norm`, an identity until `Network.with_params` gives it what
    `fxcaps.quantize.fold_batch_norm` makes of trained statistics. It follows a ReLU and stands
    before zero padding, so that it folds into neither convolution. The epsilon of 1e-7 that the
    Keras code adds to the components of class capsules before their lengths is left out.

    Args:
        name: of the architecture.
        image: height, width, channels; published for `(28, 28, 1)` and `(64, 64, 3)`.
        code: whose form it has.
        channels: of the first convolution.
        types: capsule types of every cell; fewer make a narrow DeepCaps.
        dims: components of the capsules of each cell.
        classes: class capsules.
        dim_out: components of a class capsule.
        iterations: of both routings.
    """
    weights = {"x": "image", "weight": "conv.weight", "bias": "conv.bias"}
    cells = _cells(code, (*image[:2], channels), types, dims, iterations)
    capsules, count = _capsules(code, cells)
    steps = (
        image_step(),
        single("conv", Conv2d(relu=True, padding=(1, 1, 1, 1)), weights, "conv"),
        single("norm", Affine.from_ratios([1] * channels, [0] * channels), {"x": "conv"}, "norm"),
        *(step for cell in cells for step in cell.steps),
        *capsules,
        *class_steps("capsules", iterations, bias=True),
    )
    expected: dict[str, Shape] = {
        "conv.weight": (channels, 3, 3, image[2]),
        "conv.bias": (channels,),
    }
    for cell in cells:
        expected |= cell.expected
    expected["digit.weight"] = (count, classes, dim_out, dims[-1])
    expected["digit.bias"] = (classes, dim_out)
    inputs = {"pixels": Signature(image, PIXELS)}
    return Network(name, inputs, steps, ("length", "class"), expected)


def _cells(
    code: DeepCapsCode, shape: Shape, types: int, dims: Sequence[int], iterations: int
) -> list[Cell]:
    """The cells after each other, the last one routed; `shape` is that of `norm`."""
    keras = code is DeepCapsCode.KERAS
    axes = SquashAxes.GRID if keras else SquashAxes.ATOMS
    routing = ConvRouting(iterations=(RoutingIteration(),) * iterations, squash_axes=axes)
    epsilon = (1, 10**7) if keras else (0, 1)
    source, cells = "norm", []
    for number, dim in enumerate(dims, start=1):
        cell = capsule_cell(
            f"cell{number}",
            source,
            shape,
            types=types,
            dim=dim,
            routing=routing if number == len(dims) else None,
            bias=not keras,
            same=keras,
            types_first=keras,
            squash=SquashExact(epsilon=epsilon, epsilon_at=EpsilonAt.ROOT),
        )
        source, shape = cell.output, cell.shape
        cells.append(cell)
    return cells


def _capsules(code: DeepCapsCode, cells: Sequence[Cell]) -> tuple[list[Step], int]:
    """Steps that put the capsules of the last two cells into one row, and how many there are."""
    order = cells[:-3:-1] if code is DeepCapsCode.KERAS else cells[-2:]
    counts = [prod(cell.shape[:3]) for cell in order]
    names = [f"{cell.output}.out" for cell in order]
    flat = [
        single(name, Reshape(shape=(count, cell.shape[3])), {"x": cell.output}, name)
        for name, count, cell in zip(names, counts, order, strict=True)
    ]
    ports = dict(zip("xy", names, strict=True))
    return [*flat, single("capsules", Concat(axis=0), ports, "capsules")], sum(counts)

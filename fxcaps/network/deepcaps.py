"""DeepCaps (Rajasegaran et al. 2019, arXiv 1904.09546), in the forms of its published codes."""

from __future__ import annotations

from enum import StrEnum
from math import prod

from fxcaps.network.cells import capsule_cell
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
    keras = code is DeepCapsCode.KERAS
    weights = {"x": "image", "weight": "conv.weight", "bias": "conv.bias"}
    steps: list[Step] = [
        image_step(),
        single("conv", Conv2d(relu=True, padding=(1, 1, 1, 1)), weights, "conv"),
        single("norm", Affine.from_ratios([1] * channels, [0] * channels), {"x": "conv"}, "norm"),
    ]
    expected: dict[str, Shape] = {
        "conv.weight": (channels, 3, 3, image[2]),
        "conv.bias": (channels,),
    }
    source, counts = "norm", {}
    shape: Shape = (*image[:2], channels)
    for number, dim in enumerate(dims, start=1):
        cell = capsule_cell(
            f"cell{number}",
            source,
            shape,
            types=types,
            dim=dim,
            routing=_routing(code, iterations) if number == len(dims) else None,
            bias=not keras,
            same=keras,
            types_first=keras,
            squash=SquashExact(epsilon=(1, 10**7), epsilon_at=EpsilonAt.ROOT)
            if keras
            else SquashExact(),
        )
        steps += cell.steps
        expected |= cell.expected
        source, shape, counts[number] = cell.output, cell.shape, prod(cell.shape[:3])
    dim, last = dims[-1], len(dims)
    order = (last, last - 1) if keras else (last - 1, last)
    for number in order:
        flat = Reshape(shape=(counts[number], dim))
        cell_name = f"cell{number}"
        steps.append(single(f"{cell_name}.out", flat, {"x": cell_name}, f"{cell_name}.out"))
    ports = {port: f"cell{number}.out" for port, number in zip("xy", order, strict=True)}
    steps.append(single("capsules", Concat(axis=0), ports, "capsules"))
    steps += class_steps("capsules", iterations, bias=True)
    expected["digit.weight"] = (counts[last - 1] + counts[last], classes, dim_out, dim)
    expected["digit.bias"] = (classes, dim_out)
    inputs = {"pixels": Signature(image, PIXELS)}
    return Network(name, inputs, tuple(steps), ("length", "class"), expected)


def _routing(code: DeepCapsCode, iterations: int) -> ConvRouting:
    axes = SquashAxes.GRID if code is DeepCapsCode.KERAS else SquashAxes.ATOMS
    return ConvRouting(iterations=(RoutingIteration(),) * iterations, squash_axes=axes)

"""Image, strides and iterations, which the shapes of the weights leave open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from fxcaps.importers.draft import Draft
from fxcaps.network import Network, Window, architecture, capsule_stack
from fxcaps.network.builders import ARCHITECTURES
from fxcaps.types import Reason, Rejection

UNNAMED = "imported"
"""The name of a network that neither a user nor an architecture names."""

_SIDES = range(1, 513)
"""Square images among which those that would fit are looked for."""


@dataclass(frozen=True, kw_only=True)
class Stated:
    """What a file states beside its tensors.

    Args:
        image: rows and columns.
        strides: of every convolution, the primary capsules' last.
        iterations: of routing.
    """

    image: tuple[int, int] | None = None
    strides: tuple[int, ...] | None = None
    iterations: int | None = None


NOTHING = Stated()


def plan(
    draft: Draft,
    windows: Sequence[Window],
    *,
    depth: int,
    count: tuple[str, int],
    stated: Stated = NOTHING,
    routed_primary: bool = False,
    capsule_bias: bool = True,
) -> Network:
    """The architecture without weights; the draft learns `high` and `wide`, the grid's extents.

    Args:
        draft: knows `types`, `dim`, `classes` and `dim_out`.
        windows: of the convolutions in order, the primary capsules' last, without strides.
        depth: channels of the image.
        count: a tensor's name and the primary capsules that it has weights for.
        stated: by the file.
        routed_primary: as for `capsule_stack`.
        capsule_bias: likewise.

    Image, strides and iterations are the user's choice, else stated, else a default: 28x28 for
    images of one channel and 32x32 for others, as MNIST and CIFAR-10 have; strides of 1, and of
    2 for the primary capsules; 3 iterations. Rejects those that do not lead to that many
    capsules.
    """
    side = 28 if depth == 1 else 32
    image = draft.choose("image", stated.image, (side, side))
    strides = (1,) * (len(windows) - 1) + (2,)
    strides = draft.choose("strides", stated.strides, strides)
    iterations = draft.choose("iterations", stated.iterations, 3)
    if len(strides) != len(windows):
        raise Rejection(
            Reason.PARAMETER_INVALID,
            f"{len(windows)} strides are needed, the primary capsules' last, found {len(strides)}",
        )
    stack = [
        replace(window, stride=stride) for window, stride in zip(windows, strides, strict=True)
    ]
    sizes = draft.sizes
    grid = _checked(stack, image, sizes["types"], count, depth)
    sizes |= {"high": grid[0], "wide": grid[1]}
    return named(
        draft,
        capsule_stack(
            draft.choices.name or UNNAMED,
            image=(*image, depth),
            convolutions=stack[:-1],
            primary=stack[-1],
            dim=sizes["dim"],
            classes=sizes["classes"],
            dim_out=sizes["dim_out"],
            iterations=iterations,
            routed_primary=routed_primary,
            capsule_bias=capsule_bias,
        ),
    )


def _grid(stack: Sequence[Window], image: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns of primary capsules; none where a window does not fit."""
    for window in stack:
        image = window.grid(image)
        if min(image) < 1:
            return 0, 0
    return image


def _checked(
    stack: Sequence[Window],
    image: tuple[int, int],
    types: int,
    count: tuple[str, int],
    depth: int,
) -> tuple[int, int]:
    def capsules(image: tuple[int, int]) -> int:
        rows, columns = _grid(stack, image)
        return rows * columns * types

    grid = _grid(stack, image)
    strides = ",".join(str(window.stride) for window in stack)
    check_count(
        f"images of {image[0]}x{image[1]}x{depth} and strides {strides} give {grid[0]}x{grid[1]}"
        f"x{types} = {capsules(image)} primary capsules",
        image,
        count,
        capsules,
    )
    return grid


def check_count(
    made: str,
    image: tuple[int, int],
    count: tuple[str, int],
    capsules: Callable[[tuple[int, int]], int],
) -> None:
    """Reject an image that does not lead to the capsules there are, with those that would.

    Args:
        made: what the image leads to, for the message.
        image: rows and columns.
        count: a tensor's name and the capsules that it has weights for.
        capsules: how many an image leads to.
    """
    name, needed = count
    if capsules(image) == needed:
        return
    fit = [f"{side}x{side}" for side in _SIDES if capsules((side, side)) == needed]
    if not fit:
        fitting = "no square images would fit"
    elif len(fit) == 1:
        fitting = f"images of {fit[0]} would fit"
    else:
        fitting = f"images of {fit[0]} to {fit[-1]} would fit"  # grids grow with their image
    raise Rejection(Reason.SHAPE_MISMATCH, f"{made}, {name!r} has weights for {needed}; {fitting}")


def named(draft: Draft, network: Network) -> Network:
    """The network under the name that the user gave, or that of the architecture it is."""
    if draft.choices.name is not None:
        return network
    for known in ARCHITECTURES:
        other = architecture(known)
        if (other.steps, other.inputs, other.expected) == (
            network.steps,
            network.inputs,
            network.expected,
        ):
            return other
    return network

"""Image, strides and iterations, which the shapes of the weights leave open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fxcaps.importers.draft import Draft
from fxcaps.network import Network, Window, architecture, capsule_stack
from fxcaps.network.builders import ARCHITECTURES
from fxcaps.types import Reason, Rejection

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
    return _named(
        draft.choices.name,
        capsule_stack(
            draft.choices.name or "imported",
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
    name, needed = count
    grid = _grid(stack, image)
    if grid[0] * grid[1] * types == needed:
        return grid
    strides = ",".join(str(window.stride) for window in stack)
    fit = []
    for side in _SIDES:
        rows, columns = _grid(stack, (side, side))
        if rows * columns * types == needed:
            fit.append(f"{side}x{side}")
    fitting = f"images of {' or '.join(fit)} would" if fit else "no square images would"
    raise Rejection(
        Reason.SHAPE_MISMATCH,
        f"images of {image[0]}x{image[1]}x{depth} and strides {strides} give {grid[0]}x{grid[1]}"
        f"x{types} = {grid[0] * grid[1] * types} primary capsules, {name!r} has weights for "
        f"{needed}; {fitting} fit these strides",
    )


def _named(name: str | None, network: Network) -> Network:
    """The network under the name given, or that of the architecture it is."""
    if name is not None:
        return network
    for known in ARCHITECTURES:
        named = architecture(known)
        if (named.steps, named.inputs, named.expected) == (
            network.steps,
            network.inputs,
            network.expected,
        ):
            return named
    return network

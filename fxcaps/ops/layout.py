"""layout: pure data movement; words are moved, never changed."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from fxcaps.ops.operands import Operand, Term
from fxcaps.ops.operation import Formats, Operation, Port, Shapes, Signatures, expect
from fxcaps.ops.parameters import Parameters
from fxcaps.ops.registry import register
from fxcaps.ops.selection import Selectable, Selection, Selections
from fxcaps.types import Reason, Rejection, Shape


@dataclass(frozen=True, kw_only=True)
class Reshape(Parameters):
    """The same words in C order under another shape.

    Args:
        shape: the new shape, with as many words.

    Source: specification page `ops/layout.md`.
    """

    operation: ClassVar[str] = "layout"
    algorithm: ClassVar[str] = "reshape"

    shape: tuple[int, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(min(self.shape, default=0) >= 0, f"negative extent in {self.shape}")


@dataclass(frozen=True, kw_only=True)
class Transpose(Parameters):
    """Axes in another order: axis k of the output is axis `axes[k]` of `x`.

    Args:
        axes: every axis once.

    Source: specification page `ops/layout.md`.
    """

    operation: ClassVar[str] = "layout"
    algorithm: ClassVar[str] = "transpose"

    axes: tuple[int, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(
            sorted(self.axes) == list(range(len(self.axes))),
            f"axes must name every axis once, found {self.axes}",
        )


@dataclass(frozen=True, kw_only=True)
class Take(Parameters):
    """Slices of one axis by index, in the order given.

    Args:
        axis: the axis that is indexed.
        indices: at least one index; may repeat.

    Source: specification page `ops/layout.md`.
    """

    operation: ClassVar[str] = "layout"
    algorithm: ClassVar[str] = "take"

    axis: int
    indices: tuple[int, ...]

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(self.axis >= 0, f"axis must not be negative, found {self.axis}")
        self.require(min(self.indices, default=-1) >= 0, "indices must be given and not negative")


@dataclass(frozen=True, kw_only=True)
class Concat(Parameters):
    """`x` followed by `y` along one axis; both have one format.

    Args:
        axis: the axis along which they follow each other.

    Source: specification page `ops/layout.md`.
    """

    operation: ClassVar[str] = "layout"
    algorithm: ClassVar[str] = "concat"

    axis: int

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(self.axis >= 0, f"axis must not be negative, found {self.axis}")


@dataclass(frozen=True, kw_only=True)
class Mask(Parameters):
    """The position of one axis that `index` names; the others become zero.

    Args:
        axis: the axis that is indexed.
        flatten: give one axis with all words in C order, as the layers of a decoder take them.

    Source: specification page `ops/layout.md`; Sabour et al. 2017, section 4.1.
    """

    operation: ClassVar[str] = "layout"
    algorithm: ClassVar[str] = "mask"

    axis: int
    flatten: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(self.axis >= 0, f"axis must not be negative, found {self.axis}")


class LayoutOperation(Operation, Selectable):
    """`x`, for `concat` also `y`, for `mask` also `index`, to `out` in the format of `x`."""

    name = "layout"
    inputs = (Port("x"), Port("y", optional=True), Port("index", optional=True))
    algorithms = (Reshape, Transpose, Take, Concat, Mask)
    structure = frozenset({"shape", "axes", "axis", "indices", "flatten"})

    def shapes(self, params: Any, inputs: Shapes) -> dict[str, Shape]:
        """Each algorithm states what fits."""
        return {"out": _SHAPES[type(params)](params, inputs)}

    def selected(
        self, params: Any, inputs: Shapes, kept: Selections
    ) -> tuple[Any, dict[str, Selection]]:
        """Slices move with the words; only whole slices of the output can be left out."""
        if type(params) not in _SELECTED:
            raise Rejection(
                Reason.SHAPE_MISMATCH, f"layout {params.algorithm}: nothing can be left out"
            )
        made, out = _SELECTED[type(params)](params, inputs["x"], kept["x"])
        return made, {"x": kept["x"], "out": out}

    def check_formats(self, params: Any, inputs: Signatures, formats: Formats) -> None:  # noqa: ARG002
        """An index has no fraction."""
        if "index" in inputs and inputs["index"].format.frac != 0:
            raise Rejection(
                Reason.FORMAT_MISMATCH,
                f"layout mask: index must be an integer without fraction bits, found "
                f"{inputs['index'].format}",
            )

    def same_format(self, params: Any) -> Mapping[str, str]:  # noqa: ARG002
        """The format moves with the words."""
        return {"out": "x"}

    def shared_formats(self, params: Any) -> tuple[tuple[str, ...], ...]:
        """Words that end up in one tensor have one format."""
        return (("x", "y"),) if isinstance(params, Concat) else ()

    def operands(self, params: Any, inputs: Shapes, index: int) -> tuple[Term, ...]:
        """The word that is moved, and the index that a mask goes by."""
        if isinstance(params, Mask):
            return ((Operand("x", index),), (Operand("index", 0),))
        return ((_source(params, inputs, index),),)

    def nonnegative(self, params: Any, inputs: Formats) -> frozenset[str]:  # noqa: ARG002
        """The sign moves with the words."""
        return frozenset() if inputs["x"].signed else frozenset({"out"})


def _source(params: Any, inputs: Shapes, index: int) -> Operand:
    if isinstance(params, Reshape):
        return Operand("x", index)
    place = _unravel(_SHAPES[type(params)](params, inputs), index)
    if isinstance(params, Transpose):
        place = [place[params.axes.index(axis)] for axis in range(len(place))]
    elif isinstance(params, Take):
        place[params.axis] = params.indices[place[params.axis]]
    elif place[params.axis] >= inputs["x"][params.axis]:
        place[params.axis] -= inputs["x"][params.axis]
        return Operand("y", _ravel(inputs["y"], place))
    return Operand("x", _ravel(inputs["x"], place))


def _unravel(shape: Shape, index: int) -> list[int]:
    place = []
    for extent in reversed(shape):
        index, position = divmod(index, extent)
        place.append(position)
    return place[::-1]


def _ravel(shape: Shape, place: Sequence[int]) -> int:
    index = 0
    for extent, position in zip(shape, place, strict=True):
        index = index * extent + position
    return index


def _reshape(params: Reshape, inputs: Shapes) -> Shape:
    x = _only(inputs)
    expect(
        math.prod(x) == math.prod(params.shape),
        f"layout reshape: {x} does not have the words of {params.shape}",
    )
    return params.shape


def _transpose(params: Transpose, inputs: Shapes) -> Shape:
    x = _only(inputs)
    expect(len(x) == len(params.axes), f"layout transpose: axes {params.axes} do not fit shape {x}")
    return tuple(x[axis] for axis in params.axes)


def _take(params: Take, inputs: Shapes) -> Shape:
    x = _only(inputs)
    expect(
        params.axis < len(x) and max(params.indices) < x[params.axis],
        f"layout take: axis {params.axis}, largest index {max(params.indices)} exceed shape {x}",
    )
    return (*x[: params.axis], len(params.indices), *x[params.axis + 1 :])


def _concat(params: Concat, inputs: Shapes) -> Shape:
    if "y" not in inputs:
        raise Rejection(Reason.PORT_MISMATCH, "layout: concat takes a second input")
    _no_index(inputs)
    x, y = inputs["x"], inputs["y"]
    axis = params.axis
    expect(
        len(x) == len(y) and axis < len(x) and _without(x, axis) == _without(y, axis),
        f"layout concat: shapes {x} and {y} do not meet along axis {axis}",
    )
    return (*x[:axis], x[axis] + y[axis], *x[axis + 1 :])


def _mask(params: Mask, inputs: Shapes) -> Shape:
    _no_second(inputs)
    if "index" not in inputs:
        raise Rejection(Reason.PORT_MISMATCH, "layout: mask takes an index")
    x, index = inputs["x"], inputs["index"]
    expect(index == (), f"layout mask: index is one word, found shape {index}")
    expect(params.axis < len(x), f"layout mask: axis {params.axis} exceeds shape {x}")
    return (math.prod(x),) if params.flatten else x


def _without(shape: Shape, axis: int) -> Shape:
    return shape[:axis] + shape[axis + 1 :]


def _only(inputs: Shapes) -> Shape:
    _no_second(inputs)
    _no_index(inputs)
    return inputs["x"]


def _no_second(inputs: Shapes) -> None:
    if "y" in inputs:
        raise Rejection(Reason.PORT_MISMATCH, "layout: only concat takes a second input")


def _no_index(inputs: Shapes) -> None:
    if "index" in inputs:
        raise Rejection(Reason.PORT_MISMATCH, "layout: only mask takes an index")


def _reshape_selected(params: Reshape, x: Shape, kept: Selection) -> tuple[Reshape, Selection]:
    """The indices along each new axis at which any word is left, if they leave no other words."""
    extents = (kept.get(axis, range(extent)) for axis, extent in enumerate(x))
    words = [_ravel(x, place) for place in itertools.product(*extents)]
    places = zip(*(_unravel(params.shape, word) for word in words), strict=True)
    left = [tuple(sorted(set(along))) for along in places]
    expect(
        math.prod(map(len, left)) == len(words),
        f"layout reshape: what is kept of {x} is no slice of {params.shape}",
    )
    return replace(params, shape=tuple(map(len, left))), dict(enumerate(left))


def _transpose_selected(
    params: Transpose,
    x: Shape,  # noqa: ARG001 - one signature for all
    kept: Selection,
) -> tuple[Transpose, Selection]:
    return params, {params.axes.index(axis): indices for axis, indices in kept.items()}


def _take_selected(params: Take, x: Shape, kept: Selection) -> tuple[Take, Selection]:  # noqa: ARG001
    """Indices of what is left, counted anew."""
    if params.axis not in kept:
        return params, kept
    place = {index: n for n, index in enumerate(kept[params.axis])}
    out = tuple(n for n, index in enumerate(params.indices) if index in place)
    expect(len(out) > 0, f"layout take: nothing is left along axis {params.axis}")
    indices = tuple(place[params.indices[n]] for n in out)
    return replace(params, indices=indices), dict(kept) | {params.axis: out}


_SELECTED: dict[type[Parameters], Any] = {
    Reshape: _reshape_selected,
    Transpose: _transpose_selected,
    Take: _take_selected,
}

_SHAPES: dict[type[Parameters], Any] = {
    Reshape: _reshape,
    Transpose: _transpose,
    Take: _take,
    Concat: _concat,
    Mask: _mask,
}

LAYOUT = register(LayoutOperation())

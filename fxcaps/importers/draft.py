"""What a layout works on: the tensors of a file, taken one by one, and what is said of them."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from fxcaps.importers import axes
from fxcaps.types import Reason, Rejection, Shape

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Choices:
    """What a user may say of a network; `None` leaves it to the file, its shapes and defaults.

    Args:
        name: of the network.
        image: rows and columns.
        strides: one for each convolution in order, the primary capsules' last.
        iterations: of routing.
    """

    name: str | None = None
    image: tuple[int, int] | None = None
    strides: tuple[int, ...] | None = None
    iterations: int | None = None

    def __post_init__(self) -> None:
        for name in ("image", "strides", "iterations"):
            value = getattr(self, name)
            numbers = value if isinstance(value, tuple) else (value,)
            if value is not None and not all(type(n) is int and n > 0 for n in numbers):
                raise Rejection(
                    Reason.PARAMETER_INVALID, f"{name} must be positive integers, found {value}"
                )
        if self.image is not None and len(self.image) != len(("rows", "columns")):
            raise Rejection(
                Reason.PARAMETER_INVALID, f"image must be rows and columns, found {self.image}"
            )


class Fact(NamedTuple):
    """Something an import decided, for its report: what, which value, and where from."""

    what: str
    value: str
    origin: str


class Move(NamedTuple):
    """A tensor of the file and what became of it."""

    source: str
    shape: Shape
    target: str
    made: Shape


@dataclass
class Draft:
    """The tensors of a file while a layout takes them.

    Args:
        arrays: by the names that the layout uses.
        texts: what the file says beside them.
        choices: of the user.
        sizes: of the axes known so far, by name.
        tensors: what has been made, by the names of the Network.
        facts: what has been decided.
        moves: which tensor became which.
    """

    arrays: Mapping[str, NDArray[Any]]
    texts: Mapping[str, str]
    choices: Choices
    sizes: dict[str, int] = field(default_factory=dict)
    tensors: dict[str, NDArray[np.floating]] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def __contains__(self, name: str) -> bool:
        return name in self.arrays

    def learn(self, name: str, pattern: str) -> Shape:
        """Check the shape of a tensor against a pattern of axes and learn its sizes.

        Rejects a missing tensor and another shape, naming what is needed.
        """
        if name not in self.arrays:
            raise Rejection(
                Reason.TENSOR_MISSING, f"tensor {name!r} {self._needed(pattern)} is missing"
            )
        shape = self.arrays[name].shape
        sizes = axes.learn(axes.parse(pattern), shape, self.sizes)
        if sizes is None:
            raise Rejection(
                Reason.SHAPE_MISMATCH,
                f"tensor {name!r} needs shape {self._needed(pattern)}, found {shape}",
            )
        self.sizes |= sizes
        return shape

    def _needed(self, pattern: str) -> str:
        return axes.describe(axes.parse(pattern), self.sizes)

    def take(self, name: str, pattern: str, target: str, order: str) -> None:
        """Make a tensor of the Network from one of the file.

        Args:
            name: in the file.
            pattern: its axes.
            target: name in the Network.
            order: the same axes as they stand there.

        Rejects a missing tensor, another shape, and values that are no finite floats.
        """
        self.learn(name, pattern)
        self.put(name, target, self.moved(self.values(name), pattern, order))

    def moved(self, array: NDArray[Any], pattern: str, order: str) -> NDArray[Any]:
        """An array, or a part of one, with its axes in another order; all sizes are known."""
        return axes.move(array, axes.parse(pattern), axes.parse(order), self.sizes)

    def put(self, name: str, target: str, made: NDArray[Any]) -> None:
        """A tensor of the Network, made of one of the file."""
        self.tensors[target] = made
        self.moves.append(Move(name, self.arrays[name].shape, target, made.shape))

    def keep(self, name: str, pattern: str) -> None:
        """Take a tensor as it is, under its name."""
        self.take(name, pattern, name, pattern)

    def values(self, name: str) -> NDArray[np.floating]:
        """The values of a tensor, which counts as taken; rejects what are no finite floats."""
        array = self.arrays[name]
        if array.dtype.kind != "f":
            raise Rejection(
                Reason.DATA_INVALID, f"tensor {name!r} must be float, found {array.dtype}"
            )
        if not np.isfinite(array).all():
            index = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
            raise Rejection(Reason.NOT_A_NUMBER, f"tensor {name!r} has {array[index]} at {index}")
        self.taken.add(name)
        return array

    def leave(self, patterns: Iterable[str]) -> None:
        """Leave out the tensors whose names match."""
        for pattern in patterns:
            for name in fnmatch.filter(self.arrays, pattern):
                if name not in self.taken:
                    self.taken.add(name)
                    self.facts.append(Fact("left out", name, f"matches {pattern}"))

    def choose(self, what: str, stated: T | None, default: T) -> T:
        """The value of the user's choice of that name, else the file's, else the default."""
        given: T | None = getattr(self.choices, what)
        if given is not None:
            differs = stated is not None and given != stated
            origin = f"given; the file states {_shown(what, stated)}" if differs else "given"
            value = given
        elif stated is not None:
            value, origin = stated, "stated by the file"
        else:
            value, origin = default, "default"
        self.facts.append(Fact(what, _shown(what, value), origin))
        return value

    def finish(self, layout: str) -> None:
        """Reject tensors that the layout did not take."""
        rest = [name for name in self.arrays if name not in self.taken]
        if rest:
            more = f" (and {len(rest) - 1} more)" if len(rest) > 1 else ""
            raise Rejection(
                Reason.TENSOR_UNUSED,
                f"tensor {rest[0]!r} {self.arrays[rest[0]].shape} is unknown to the layout "
                f"{layout}{more}; ignore it by name if it may be left out",
            )


def _shown(what: str, value: object) -> str:
    between = "x" if what == "image" else ","
    return between.join(map(str, value)) if isinstance(value, tuple) else str(value)

"""Permuted and tiled words for memories whose order is not the canonical one."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.types import Reason, Rejection, Shape

_AXIS = r"[A-Za-z_]\w*(?:=[1-9]\d*)?"
_GROUP = re.compile(rf"\(\s*({_AXIS}(?:\s+{_AXIS})*)\s*\)|({_AXIS})")

Group = tuple[str, ...]


@dataclass(frozen=True)
class Arrangement:
    """A pattern, read: `i j d k -> j (i lane=4) d k`.

    Args:
        text: the pattern.
        left: the canonical axes; a group is one axis that is split, slowest part first.
        right: the axes of the result, slowest first; a group is merged to one axis.
        sizes: extents that the pattern states.

    An axis that stands only on the right splits the one that it follows in its group: the
    example has `i` in tiles of 4. All axes of the left stand once on the right. An axis that is
    split is first padded with zeros to whole tiles.
    """

    text: str
    left: tuple[Group, ...]
    right: tuple[Group, ...]
    sizes: dict[str, int]

    def shape(self, canonical: Shape) -> Shape:
        """The shape of the result; rejects what the pattern cannot take, `SHAPE_MISMATCH`."""
        extents = self._extents(canonical)
        return tuple(math.prod(extents[axis] for axis in group) for group in self.right)

    def apply(self, words: NDArray[Any]) -> NDArray[Any]:
        """The words in their new order, with the zeros that pad them."""
        extents = self._extents(words.shape)
        padded = [math.prod(extents[axis] for axis in group) for group in self.left]
        missing = [(0, whole - had) for whole, had in zip(padded, words.shape, strict=True)]
        split = [axis for group in self.left for axis in group]
        order = [split.index(axis) for group in self.right for axis in group]
        fine = np.pad(words, missing).reshape([extents[axis] for axis in split])
        return fine.transpose(order).reshape(self.shape(words.shape))

    def _extents(self, canonical: Shape) -> dict[str, int]:
        """Every axis with its extent; one of a group may be left to be found."""
        if len(canonical) != len(self.left):
            raise self._mismatch(canonical, f"names {len(self.left)} axes")
        extents = dict(self.sizes)
        for group, extent in zip(self.left, canonical, strict=True):
            known = math.prod(extents[axis] for axis in group if axis in extents)
            open_axes = [axis for axis in group if axis not in extents]
            if len(open_axes) > 1:
                raise self._mismatch(canonical, f"gives no sizes for {', '.join(open_axes)}")
            if open_axes:
                extents[open_axes[0]] = -(-extent // known)
            elif known < extent:
                raise self._mismatch(canonical, f"has {known} places for {' '.join(group)}")
        return extents

    def _mismatch(self, canonical: Shape, found: str) -> Rejection:
        shape = "x".join(map(str, canonical)) or "a scalar"
        return Rejection(
            Reason.SHAPE_MISMATCH, f"pattern {self.text!r} {found}, the tensor is {shape}"
        )


def read_pattern(text: str) -> Arrangement:
    """Read a pattern; rejects what is none with `PARAMETER_INVALID`."""
    sides = text.split("->")
    if len(sides) != 2:
        raise _invalid(text, "is not 'axes -> axes'")
    sizes: dict[str, int] = {}
    left, right = (_groups(side, text, sizes) for side in sides)
    known = [axis for group in left for axis in group]
    splits: dict[str, list[str]] = {axis: [axis] for axis in known}
    for group in right:
        for before, axis in zip((None, *group), group, strict=False):
            if axis in known:
                continue
            owner = next((own for own, parts in splits.items() if before in parts), None)
            if owner is None:
                raise _invalid(text, f"has {axis!r} behind no axis that it could split")
            splits[owner].append(axis)
    left = tuple(tuple(part for axis in group for part in splits[axis]) for group in left)
    _check_once(text, left, right)
    return Arrangement(" ".join(text.split()), left, right, sizes)


def _check_once(text: str, left: tuple[Group, ...], right: tuple[Group, ...]) -> None:
    axes = [sorted(axis for group in side for axis in group) for side in (left, right)]
    for side in axes:
        for axis in side:
            if side.count(axis) > 1:
                raise _invalid(text, f"has {axis!r} more than once on a side")
    if axes[0] != axes[1]:
        lost = sorted(set(axes[0]) ^ set(axes[1]))
        raise _invalid(text, f"has {', '.join(lost)} on one side only")


def _groups(side: str, text: str, sizes: dict[str, int]) -> tuple[Group, ...]:
    groups = []
    rest = _GROUP.sub("", side)
    if rest.strip():
        raise _invalid(text, f"has {rest.strip()!r} in it")
    for match in _GROUP.finditer(side):
        axes = (match[1] or match[2]).split()
        for axis in axes:
            name, _, size = axis.partition("=")
            if size and sizes.setdefault(name, int(size)) != int(size):
                raise _invalid(text, f"gives two sizes for {name!r}")
        groups.append(tuple(axis.partition("=")[0] for axis in axes))
    return tuple(groups)


def _invalid(text: str, found: str) -> Rejection:
    return Rejection(
        Reason.PARAMETER_INVALID,
        f"pattern {text!r} {found}; an example: 'i j d k -> j (i lane=4) d k'",
    )

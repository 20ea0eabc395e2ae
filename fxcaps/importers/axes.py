"""Axes by name: shapes are checked, sizes learnt, and arrays moved from one order to another.

A pattern names the axes of an array, `types dim rows columns`. Axes flattened into one stand in
parentheses, the slowest first: `(types high wide) dim`. `1` is an axis of extent 1 without a name.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.types import Shape

Axes = tuple[tuple[str, ...], ...]

_TOKEN = re.compile(r"\(([a-z0-9_ ]+)\)|([a-z][a-z0-9_]*|1)")


def parse(pattern: str) -> Axes:
    """The axes of a pattern, each as the names flattened into it; `1` has none."""
    if re.sub(r"\s+", "", _TOKEN.sub("", pattern)):
        raise ValueError(f"not a pattern of axes: {pattern!r}")
    axes = []
    for group, single in _TOKEN.findall(pattern):
        axes.append(tuple(group.split()) if group else () if single == "1" else (single,))
    return tuple(axes)


def learn(axes: Axes, shape: Shape, sizes: Mapping[str, int]) -> dict[str, int] | None:
    """The sizes of all names, or `None` where the shape does not fit.

    Args:
        axes: parsed.
        shape: of the array.
        sizes: what is known already; at most one name of an axis may be unknown.
    """
    known = dict(sizes)
    if len(shape) != len(axes) or 0 in shape:
        return None
    for names, extent in zip(axes, shape, strict=True):
        unknown = [name for name in names if name not in known]
        product = math.prod(known[name] for name in names if name in known)
        if len(unknown) > 1:
            raise ValueError(f"more than one unknown size among {names}")
        if unknown and extent % product == 0:
            known[unknown[0]] = extent // product
        elif product != extent:
            return None
    return known


def move(array: NDArray[Any], axes: Axes, order: Axes, sizes: Mapping[str, int]) -> NDArray[Any]:
    """The array with its axes in another order, contiguous, in this machine's byte order.

    Args:
        array: of the shape that `axes` describe.
        axes: of it.
        order: the same names in another order, flattened in another way.
        sizes: of every name.
    """
    source = [name for names in axes for name in names]
    target = [name for names in order for name in names]
    if sorted(source) != sorted(target):
        raise ValueError(f"axes {source} cannot become {target}")
    split = array.reshape([sizes[name] for name in source])
    turned = split.transpose([source.index(name) for name in target])
    shape = [math.prod(sizes[name] for name in names) for names in order]
    return np.ascontiguousarray(turned.reshape(shape), array.dtype.newbyteorder("="))


def describe(axes: Axes, sizes: Mapping[str, int]) -> str:
    """The shape that is needed: known sizes as numbers, unknown ones by name."""
    parts = []
    for names in axes:
        product = math.prod(sizes.get(name, 1) for name in names)
        if all(name in sizes for name in names):
            parts.append(str(product))
        else:
            parts.append("*".join(str(sizes.get(name, name)) for name in names))
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"

"""Short ways to write tensors and calls by hand."""

from __future__ import annotations

from typing import Any

from fxcaps.ops import Parameters
from fxcaps.strategies import Case
from fxcaps.types import Format, Tensor


def tensor(format: str, nested: Any) -> Tensor:
    """A tensor from nested lists of words, or from one word."""
    shape, words = [], nested
    while isinstance(words, list):
        shape.append(len(words))
        words = words[0] if words else None
    flat = nested if shape else [nested]
    for _ in shape[1:]:
        flat = [item for row in flat for item in row]
    return Tensor(tuple(shape), Format.parse(format), flat)


def call(params: Parameters, out: str, **inputs: Tensor) -> Case:
    """A call with one output of the format `out`."""
    return Case(params, inputs, {"out": Format.parse(out)})

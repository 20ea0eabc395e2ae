"""Wrong versions of argmax."""

from __future__ import annotations

import math
from typing import Any

from fxcaps.ops import ArgmaxSticky, ArgmaxWords
from fxcaps.types import Log, Tensor
from tests.mutants.base import (
    Formats,
    Mutant,
    Tensors,
    first_word_kept,
    reversed_words,
    spec,
    symmetric,
    unsigned,
)


def _last(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
    """The last of equals, by looking from the end."""
    x = inputs["x"]
    axes = 1 if params.algorithm == "words" else 2
    count, size = x.shape[-axes], math.prod(x.shape[-axes:])
    dim = size // count
    words = []
    for start in range(0, len(x.words), size):
        group = [list(x.words[start + k * dim : start + (k + 1) * dim]) for k in range(count)]
        words += [word for row in group[::-1] for word in row]
    made = spec(params, {"x": Tensor(x.shape, x.format, words)}, formats, log)["out"]
    return {"out": Tensor(made.shape, made.format, [count - 1 - word for word in made.words])}


def _magnitude(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
    x = inputs["x"]
    words = [min(abs(word), x.format.max) for word in x.words]
    return spec(params, {"x": Tensor(x.shape, x.format, words)}, formats, log)


def _forgetful(_: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
    """The first of equals, whatever was before."""
    return {"out": spec(ArgmaxWords(), inputs, formats, log)["out"]}


def _from_the_first(params: Any, inputs: Tensors, formats: Formats, log: Log) -> dict[str, Tensor]:
    """Every image on its own, from the initial index."""
    x = inputs["x"]
    alone = (*x.shape[:-1], 1, x.shape[-1])
    made = spec(params, {"x": Tensor(alone, x.format, x.words)}, formats, log)["out"]
    return {"out": Tensor(x.shape[:-1], made.format, made.words)}


def _is_sticky(params: Any, _: Formats) -> bool:
    return isinstance(params, ArgmaxSticky)


MUTANTS = (
    Mutant("last of equals", "AXIS_ORDER", _last, lambda p, _: p.algorithm != "sticky"),
    Mutant("magnitudes", "SIGN_EXTENSION", _magnitude, lambda p, _: p.algorithm != "squares"),
    Mutant("index before forgotten", "STATE_CARRY_OVER", _forgetful, _is_sticky),
    Mutant("initial index for every image", "STATE_CARRY_OVER", _from_the_first, _is_sticky),
    first_word_kept(),
    unsigned("x"),
    symmetric("x"),
    reversed_words("x"),
)

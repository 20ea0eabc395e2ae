"""Wrong versions of argmax."""

from __future__ import annotations

import math
from typing import Any

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


MUTANTS = (
    Mutant("last of equals", "AXIS_ORDER", _last),
    Mutant("magnitudes", "SIGN_EXTENSION", _magnitude, lambda p, _: p.algorithm == "words"),
    first_word_kept(),
    unsigned("x"),
    symmetric("x"),
    reversed_words("x"),
)

"""The twin of argmax."""

from __future__ import annotations

from collections.abc import Mapping

from fxcaps.ops import ArgmaxSquares, ArgmaxSticky, ArgmaxWords
from fxcaps.types import Format, Tensor
from tests.twin.nested import Index, Outcome, at, outcome, values
from tests.twin.rounding import Made


def argmax(
    params: ArgmaxWords | ArgmaxSquares | ArgmaxSticky,
    inputs: Mapping[str, Tensor],
    formats: Mapping[str, Format],
) -> Outcome:
    """The index above every earlier one and below no later one."""
    x, squares = values(inputs["x"]), isinstance(params, ArgmaxSquares)

    def make(index: Index) -> Made:
        scores = at(x, index)
        if squares:
            scores = [sum(component**2 for component in vector) for vector in scores]
        (first,) = (
            k
            for k, score in enumerate(scores)
            if all(score > earlier for earlier in scores[:k])
            and all(score >= later for later in scores[k:])
        )
        if not isinstance(params, ArgmaxSticky):
            return Made(first)
        # What a loop keeps that only a larger word replaces, over all images so far.
        kept = params.initial
        for image in range(index[-1] + 1):
            scores = at(x, (*index[:-1], image))
            for k, score in enumerate(scores):
                kept = k if score > scores[kept] else kept
        return Made(kept)

    return outcome(inputs["x"].shape[: -2 if squares else -1], formats["out"], make)

"""The normative argmax."""

from __future__ import annotations

from collections.abc import Mapping

from fxcaps.ops.argmax import ARGMAX, ArgmaxSquares, ArgmaxSticky, ArgmaxWords
from fxcaps.types import Format, Log, Tensor, signatures


def argmax(
    params: ArgmaxWords | ArgmaxSquares | ArgmaxSticky,
    inputs: Mapping[str, Tensor],
    formats: Mapping[str, Format],
    log: Log,
) -> dict[str, Tensor]:
    """The first index of the largest; page `ops/argmax.md`."""
    # AM-1 guard
    shape = ARGMAX.guard(params, signatures(inputs), formats)["out"]
    x = inputs["x"]
    # AM-2 read: words, or exact sums of squares
    if not isinstance(params, ArgmaxSquares):
        scores, count = list(x.words), x.shape[-1]
    else:
        dim, count = x.shape[-1], x.shape[-2]
        scores = [
            sum(word * word for word in x.words[start : start + dim])
            for start in range(0, len(x.words), dim)
        ]
    # AM-3 compute: a later equal score does not replace an earlier one
    groups = [scores[start : start + count] for start in range(0, len(scores), count)]
    words = [group.index(max(group)) for group in groups]
    if isinstance(params, ArgmaxSticky):
        # AM-4 the index of the group before stays where its score is the largest, too
        images = shape[-1]
        for k, group in enumerate(groups):
            before = words[k - 1] if k % images else params.initial
            words[k] = before if group[before] == max(group) else words[k]
    for index, group in enumerate(groups):
        log.note(range(index, index + 1), "scores", group)
    return {"out": Tensor(shape, formats["out"], words)}

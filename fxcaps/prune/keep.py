"""How many capsule types are to stay."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from fractions import Fraction

from fxcaps.types import Reason, Rejection

_SHARE = re.compile(r"([0-9]+(?:\.[0-9]+)?)%")


def kept_count(keep: int | str, types: int) -> int:
    """The number of types that stay.

    Args:
        keep: a number of types, as an integer or as text, or a share of them such as `25%`, which
            is rounded to the nearest number of types, ties upwards.
        types: that there are.

    Rejects what is neither, and what keeps none or more than there are (`PARAMETER_INVALID`).
    """
    text = str(keep)
    share = _SHARE.fullmatch(text)
    if share and Fraction(share[1]) > 100:
        raise Rejection(
            Reason.PARAMETER_INVALID, f"keep: {text:.40} leaves more than 100% of the types"
        )
    if share:
        count = int(Fraction(share[1]) * types / 100 + Fraction(1, 2))
    elif re.fullmatch(r"-?[0-9]+", text):
        count = int(text)
    else:
        raise Rejection(
            Reason.PARAMETER_INVALID,
            f"keep: expected a number of types or a share such as 25%, found {text!r:.40}",
        )
    if not 1 <= count <= types:
        raise Rejection(
            Reason.PARAMETER_INVALID,
            f"keep: {text:.40} leaves {count} of {types} types; 1 to {types} can be kept",
        )
    return count


def check_indices(indices: Iterable[int], count: int, what: str) -> tuple[int, ...]:
    """Indices in ascending order; rejects none, repeated ones and those that do not exist."""
    found = tuple(sorted(indices))
    if not found:
        raise Rejection(Reason.PARAMETER_INVALID, f"{what}: none are named")
    for index in found:
        if not 0 <= index < count:
            raise Rejection(
                Reason.PARAMETER_INVALID,
                f"{what}: {index} does not exist; there are 0 to {count - 1}",
            )
    for index, following in itertools.pairwise(found):
        if index == following:
            raise Rejection(Reason.PARAMETER_INVALID, f"{what}: {index} is named twice")
    return found

"""Mutants that no input can tell under some parameters, and why."""

from __future__ import annotations

from typing import NamedTuple


class Equivalent(NamedTuple):
    """A mutant that is no mistake under some parameters.

    Args:
        operations: their names.
        mutant: its name.
        folders: of the vectors, as the beginnings of their names.
        reason: why no input tells it.
    """

    operations: tuple[str, ...]
    mutant: str
    folders: tuple[str, ...]
    reason: str


EQUIVALENT: tuple[Equivalent, ...] = (
    Equivalent(
        ("length", "relu", "sigmoid", "softmax"),
        "ties away",
        (
            *("fxcaps-exact", "fxcaps-hardware", "fxcaps-acc16", "fxcaps-q7-corrected"),
            *("by_b2", "by_constant", "by_exact", "by_lnu", "by_lut", "by_taylor"),
        ),
        "nothing that is rounded is negative, so that ties away are ties up",
    ),
    Equivalent(
        ("length", "relu", "sigmoid", "softmax"),
        "truncates the magnitude",
        ("fxcaps-truncate", "fxcaps-wrap", "qcapsnets-truncation", "q7-", "by_q7"),
        "nothing that is rounded is negative, so that the magnitude's floor is the floor",
    ),
    Equivalent(
        ("softmax",),
        "unsigned x",
        ("by_constant",),
        "a constant coefficient reads no logit",
    ),
    Equivalent(
        ("softmax",),
        "symmetric x",
        ("by_constant",),
        "a constant coefficient reads no logit",
    ),
    Equivalent(
        ("softmax",),
        "reversed x",
        ("by_constant",),
        "a constant coefficient reads no logit",
    ),
    Equivalent(
        ("softmax",),
        "register one bit short",
        ("fxcaps-wrap", "fxcaps-q7-corrected"),
        "ten exponentials of at most 17 bits never reach the 31st bit of the register",
    ),
)
"""Everything that survives the smoke tier."""


FULL_ONLY: frozenset[tuple[str, str, str]] = frozenset(
    {
        ("affine", "qcapsnets-rtn", "truncates"),
    }
)
"""What the smoke tier cannot tell though inputs can: the full tier does."""


def expected(operation: str, folder: str, mutant: str) -> bool:
    """Whether a survivor is known and has its reason."""
    return (operation, folder, mutant) in FULL_ONLY or any(
        operation in known.operations
        and mutant == known.mutant
        and folder.startswith(known.folders)
        for known in EQUIVALENT
    )

"""How far a search is, and how long it may still take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """How far a search is.

    Args:
        evaluations: that have ended, those that were resumed included.
        expected: at most so many, where the method can say; 0 where not.
        images: of the evaluation under way that are done.
        total: images of a whole evaluation.
        macs: executed in all.
        seconds: since the evaluator was made.
    """

    evaluations: int
    expected: int
    images: int
    total: int
    macs: int
    seconds: float
    remaining: float | None
    """Seconds to go at the mean speed so far, at most; `None` before anything is known."""

"""What remains of an operation when slices of the tensors that it reads are left out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

from fxcaps.types import Reason, Rejection, Shape

Selection = Mapping[int, tuple[int, ...]]
"""Axis -> indices that are kept, ascending; an axis that is absent is kept whole."""

Selections = Mapping[str, Selection]
"""Port -> what is kept of its tensor; a port that is absent is kept whole."""


class Selectable(ABC):
    """An operation that gives the same words when slices that count for nothing are left out."""

    @abstractmethod
    def selected(
        self, params: Any, inputs: Mapping[str, Shape], kept: Selections
    ) -> tuple[Any, dict[str, Selection]]:
        """Parameters over the slices that are kept, and what is kept of every port.

        On these slices the step makes what is kept of the words that it makes of whole tensors
        in which all that is left out is zero, if its sums are exact.

        Args:
            params: over whole tensors.
            inputs: shapes of the whole inputs by port.
            kept: what is kept of some inputs; the result names what this asks of the others.

        Rejects what cannot be left out with `SHAPE_MISMATCH`.
        """


def only_axes(kept: Selections, port: str, axes: tuple[int, ...], where: str) -> Selection:
    """What is kept of a port; rejects a selection along other axes than these."""
    found = kept.get(port, {})
    for axis in found:
        if axis not in axes:
            raise Rejection(
                Reason.SHAPE_MISMATCH, f"{where}: nothing can be left out along axis {axis}"
            )
    return found


def shared_rows(kept: tuple[int, ...], rows: int, where: str) -> tuple[int, ...]:
    """Rows that remain of a table whose row `k mod rows` belongs to position k.

    Rejects positions after which the rows that remain no longer repeat in that way.
    """
    found = [k % rows for k in kept]
    left = tuple(dict.fromkeys(found))
    if any(row != left[n % len(left)] for n, row in enumerate(found)):
        raise Rejection(
            Reason.SHAPE_MISMATCH,
            f"{where}: {rows} rows are shared, and the positions that remain do not repeat them",
        )
    return left

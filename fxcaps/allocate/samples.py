"""How far class scores move: the error that sensitivities are made of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.allocate.journal import Record
from fxcaps.allocate.store import PrefixStore, Shelf
from fxcaps.allocate.work import Parcel, Plan, compute, jobs
from fxcaps.allocate.workers import Workers
from fxcaps.network import Network, Program, Tables
from fxcaps.network.sums import with_whole_sums
from fxcaps.quantize.widths import Widths
from fxcaps.types import Reason, Rejection

_BATCH = 100
"""Samples a part."""


def scores_of(network: Network, decision: str) -> str:
    """The tensor that a decision is made of; rejects a network without one."""
    for step in network.steps:
        if decision in step.outputs.values():
            return next(iter(step.inputs.values()))
    raise Rejection(Reason.TENSOR_MISSING, f"{network.name}: no step makes {decision!r}")


class Samples:
    """Class scores of some images by widths.

    Args:
        network: whose scores.
        images: `(n, *shape)`.
        tables: operation tables.
        decision: tensor that holds the class.
        place: directory for prefixes; `None` keeps none.
        budget: bytes of them.
    """

    def __init__(
        self,
        network: Network,
        images: NDArray[Any],
        tables: Tables,
        decision: str,
        place: Path | None,
        budget: int,
    ) -> None:
        self.images, self.tables = images, tables
        self.scores = scores_of(network, decision)
        self._ends = (*range(_BATCH, len(images), _BATCH), len(images))
        store = PrefixStore(place / f"samples-{len(images)}") if place and budget else None
        self._shelf = Shelf(store, budget) if store else None
        self._wide: dict[str, NDArray[np.float64]] = {}

    def compare(
        self,
        program: Callable[[Widths], Program],
        widths: Widths,
        wide: Widths,
        workers: Workers,
    ) -> Record:
        """The mean squared difference of the scores in two widths, as a record without widths.

        Args:
            program: makes one of widths.
            widths: to be judged; without a Program that runs there is a failure and no error.
            wide: to be compared with.
            workers: who computes.
        """
        reference = program(wide)
        macs = 0
        if reference.digest not in self._wide:
            self._wide[reference.digest], macs = self._values(reference, workers)
        try:
            made = program(widths)
            values, executed = self._values(made, workers)
        except Rejection as rejection:
            return Record({}, "", None, 0, 0, macs, 0.0, str(rejection))
        error = float(np.mean((values - self._wide[reference.digest]) ** 2))
        return Record({}, made.digest, None, 0, 0, macs + executed, 0.0, error=error)

    def _values(self, program: Program, workers: Workers) -> tuple[NDArray[np.float64], int]:
        """Scores as numbers, and the multiply-accumulates that they took."""
        budget = self._shelf.budget if self._shelf else 0
        plan = Plan.of(with_whole_sums(program), self._ends, budget, self.scores)
        given = jobs(
            Parcel(plan),
            self.images,
            None,
            self._ends,
            self.tables,
            self._shelf,
            wanted=self.scores,
        )
        parts = list(workers.map(compute, given))
        words = np.concatenate([part.words for part in parts if part.words is not None])
        step = float(program.tensors[self.scores].format.step)
        return words.astype(np.float64) * step, sum(part.macs for part in parts)

"""The search for widths, beside itself without reuse and early stopping."""

from __future__ import annotations

from typing import Any

import fxcaps
from benchmarks.speed.row import Counts, Setting, expect
from fxcaps.allocate import CostModel, Evaluator, allocate, hardest_first, method_named
from fxcaps.api import calibrate, load_network
from fxcaps.oracle import TABLES
from fxcaps.quantize.widths import Widths
from fxcaps.real import REAL

METHOD, TOLERANCE = "qcapsnets", 0.5
"""The search of Marchisio et al. 2020, and the points of accuracy that it may lose."""

BUDGET = 8
"""Bits a weight of the memory budget that the search takes, so that all of its steps are run.

Without a budget it lowers weights alone, each time from the first step on: nothing is there to be
used again, and as a yes takes all images that must be right, half of its evaluations can be saved.
"""


class Whole(Evaluator):
    """Answers every question from all images, and keeps no words of earlier ones."""

    def reaches(self, width: Widths, needed: int) -> bool:
        """As the evaluator's, but from all images."""
        return self.correct(width) >= needed


def executed(setting: Setting) -> Counts:
    """Executed multiply-accumulates of both, and the same answers."""
    network = load_network("mnist-small")
    calibration = calibrate(network, fxcaps.digits("calibration")[0])
    count = setting.size(1000, 200)
    images, labels = (part[:count] for part in fxcaps.digits("evaluation"))
    order = hardest_first(network, images, labels, REAL)
    budget = BUDGET * CostModel(network).cost(1).weights.words
    found: list[tuple[Any, int, int]] = []
    for evaluator, options in ((Evaluator, {}), (Whole, {"budget": 0})):
        given = network, calibration, images[order], labels[order], TABLES
        batch = setting.size(100, 20)
        with evaluator(*given, batch=batch, **options) as search:  # type: ignore[arg-type]
            made = allocate(
                search, method_named(METHOD), REAL, tolerance=TOLERANCE, weight_bits=budget
            )
            answers = [(one.outcome, one.widths) for one in made]
            found.append((answers, search.macs, len(search.records)))
    (ours, few, records), (theirs, many, _) = found
    expect(ours == theirs, "other widths were found")
    note = (
        f"`{METHOD}` on mnist-small, {count} digits, {TOLERANCE} points, {BUDGET} bits a weight; "
        f"{records} evaluations, "
        f"{few / 1e9:.1f} against {many / 1e9:.1f} thousand million multiply-accumulates"
    )
    return Counts(few, many, "the same widths", note)

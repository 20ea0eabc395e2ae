"""Allocation from a trained network to certificates."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.allocate.certificate import Certificate
from fxcaps.allocate.confidence import LEVEL, accuracy_interval, images_needed, paired_interval
from fxcaps.allocate.cost import PROGRAM, QCAPSNETS, Accounting, Cost, CostModel
from fxcaps.allocate.evaluator import Evaluator
from fxcaps.allocate.method import Answer, Method, Problem
from fxcaps.network import Network, Program, Run, predict, run
from fxcaps.quantize import Calibration, clipping
from fxcaps.types import Reason, Rejection

ACCOUNTINGS: dict[str, Accounting] = {"program": PROGRAM, "qcapsnets": QCAPSNETS}
"""The ways of counting that certificates state."""


def allocate(
    evaluator: Evaluator,
    method: Method,
    real: Mapping[str, Callable[..., Any]],
    *,
    tolerance: float | str | Fraction,
    weight_bits: int | None = None,
    accounting: Accounting = PROGRAM,
    level: float = LEVEL,
    margin: float | None = None,
) -> tuple[Certificate, ...]:
    """Choose widths by a method and certify what it found.

    Args:
        evaluator: of the network, with calibration and validation images; it stays open.
        method: of `METHODS`, or another.
        real: table of real functions.
        tolerance: points (of 100) that the accuracy on the validation images may be below that
            of the floats; text and fractions are exact.
        weight_bits: most bits of all weights.
        accounting: how weights are counted against that.
        level: of confidence of the intervals.
        margin: points within which the accuracy shall be known at that level; no matter where
            left out.

    Rejects a tolerance that is less than an image or that no widths keep, a budget below one bit
    a weight, and too few images for the margin, each with what would work.
    """
    begun = time.monotonic()
    network, labels = evaluator.network, np.asarray(evaluator.labels)
    classes = predict(network, evaluator.images, real)[evaluator.decision].astype(np.int64)
    floats = classes == labels
    problem = _problem(
        network,
        floats,
        tolerance=tolerance,
        weight_bits=weight_bits,
        accounting=accounting,
        level=level,
        margin=margin,
    )
    answers = method.search(problem, evaluator)
    made = []
    for answer in answers:
        program = evaluator.program(_without_inputs(answer.widths, network.inputs))
        found = run(program, evaluator.images, evaluator.tables, keep=(evaluator.decision,))
        words = found.words[evaluator.decision].astype(np.int64)
        content = _content(problem, evaluator, method, answer) | {
            "program": program.digest,
            "formats": {name: str(entry.format) for name, entry in program.tensors.items()},
            "cost": {
                name: _cost(CostModel(network, rule).of_program(program))
                for name, rule in ACCOUNTINGS.items()
            },
            "accuracy": _accuracy(floats, words == labels, level),
            "tensors": _tensors(evaluator.calibration, program, found),
            "confusion": _confusion(classes, words),
            "seconds": round(time.monotonic() - begun, 3),
        }
        made.append(Certificate(content, program))
    return tuple(made)


def problem_of(
    network: Network,
    images: NDArray[Any],
    labels: NDArray[Any],
    real: Mapping[str, Callable[..., Any]],
    *,
    decision: str = "class",
    **choices: Any,
) -> Problem:
    """What `allocate` would be asked, with its rejections of what cannot be.

    Args:
        network: with its tensors.
        images: validation images.
        labels: of them.
        real: table of real functions.
        decision: tensor that holds the class.
        choices: tolerance, weight_bits, accounting, level and margin of `allocate`.
    """
    classes = predict(network, images, real)[decision].astype(np.int64)
    return _problem(network, classes == np.asarray(labels), **choices)


def _problem(
    network: Network,
    floats: NDArray[np.bool_],
    *,
    tolerance: float | str | Fraction,
    weight_bits: int | None = None,
    accounting: Accounting = PROGRAM,
    level: float = LEVEL,
    margin: float | None = None,
) -> Problem:
    try:
        points = Fraction(str(tolerance))
    except (ValueError, ZeroDivisionError):
        raise Rejection(
            Reason.PARAMETER_INVALID, f"tolerance must be a number of points, found {tolerance!r}"
        ) from None
    problem = Problem(
        network=network,
        float_correct=int(floats.sum()),
        total=len(floats),
        tolerance=points,
        weight_bits=weight_bits,
        accounting=accounting,
    )
    _check_margin(problem, level, margin)
    return problem


def _check_margin(problem: Problem, level: float, margin: float | None) -> None:
    if margin is None:
        return
    share = problem.float_correct / problem.total
    needed = images_needed(share, margin / 100, level)
    if problem.total < needed:
        raise Rejection(
            Reason.DATA_INVALID,
            f"{problem.total} validation images do not tell an accuracy of {100 * share:.2f} % to "
            f"within {margin} points at a confidence of {level}; {needed} would",
        )


def _without_inputs(widths: Mapping[str, int], inputs: Mapping[str, Any]) -> dict[str, int]:
    return {name: width for name, width in widths.items() if name not in inputs}


def _tensors(calibration: Calibration, program: Program, found: Run) -> dict[str, Any]:
    """What is known of each tensor: range, what its format clips, events on validation images."""
    clipped = clipping(calibration, program)
    made = {}
    for name, entry in program.tensors.items():
        row: dict[str, Any] = {"kind": entry.kind.value, "shape": list(entry.shape)}
        seen = calibration.constants.get(name) or calibration.tensors.get(name)
        if seen is not None:
            row["range"] = [seen.low, seen.high]
        if name in clipped:
            row["clipped"] = clipped[name].share
            row["sqnr"] = _finite(clipped[name].sqnr)
            row["sqnr_unclipped"] = _finite(clipped[name].sqnr_unclipped)
        events = found.events.get(name, {})
        row["events"] = {event.value: total.count for event, total in events.items() if total.count}
        made[name] = row
    return made


def _finite(value: float) -> float | None:
    return round(value, 3) if math.isfinite(value) else None


def _confusion(floats: NDArray[np.int64], words: NDArray[np.int64]) -> list[list[int]]:
    """Images by the class that floats, and the class that words, put them in."""
    size = 1 + int(max(floats.max(), words.max()))
    table = np.zeros((size, size), np.int64)
    np.add.at(table, (floats, words), 1)
    counts: list[list[int]] = table.tolist()
    return counts


def _content(
    problem: Problem, evaluator: Evaluator, method: Method, answer: Answer
) -> dict[str, Any]:
    records = evaluator.records
    return {
        "method": str(method),
        "outcome": answer.outcome,
        "network": problem.network.name,
        "tolerance": str(problem.tolerance),
        "needed": problem.needed,
        "weight_bits": problem.weight_bits,
        "basis": evaluator.about,
        "calibration_images": evaluator.calibration.images,
        "seeds": {},
        "widths": dict(answer.widths),
        "details": dict(answer.details),
        "evaluations": len(records),
        "images_evaluated": _images(records),
        "macs_executed": evaluator.macs,
        "path": [asdict(record) for record in records],
    }


def _images(records: Any) -> int:
    """Images that were run: what each evaluation added to those known of its widths."""
    known: dict[str, int] = {}
    added = 0
    for record in records:
        if record.program:
            before = known.get(record.program, 0)
            added += max(0, record.images - before)
            known[record.program] = max(before, record.images)
    return added


def _accuracy(floats: Any, right: Any, level: float) -> dict[str, Any]:
    total, correct = len(right), int(right.sum())
    lost, gained = int((floats & ~right).sum()), int((~floats & right).sum())
    return {
        "images": total,
        "level": level,
        "float": {
            "correct": int(floats.sum()),
            "interval": list(accuracy_interval(int(floats.sum()), total, level)),
        },
        "words": {"correct": correct, "interval": list(accuracy_interval(correct, total, level))},
        "loss": {
            "lost": lost,
            "gained": gained,
            "interval": list(paired_interval(lost, gained, total, level)),
        },
    }


def _cost(cost: Cost) -> dict[str, Any]:
    return {
        "weights": asdict(cost.weights) | {"reduction": cost.weights.ratio},
        "activations": asdict(cost.activations) | {"reduction": cost.activations.ratio},
        "peak_bits": cost.peak_bits,
        "macs": cost.macs,
        "bit_operations": cost.bit_operations,
    }

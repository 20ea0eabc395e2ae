"""A diagnosis as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fxcaps.cli.report import table
from fxcaps.inside import (
    CouplingMeasure,
    Diagnosis,
    RegisterMeasure,
    Severity,
    Survey,
    TensorMeasure,
    percent,
)
from fxcaps.types import Event

_LABELS = {
    Severity.CRITICAL: "CRITICAL",
    Severity.WARNING: "WARNING",
    Severity.NOTICE: "notice",
    Severity.GOOD: "good",
}


def to_text(found: Diagnosis) -> str:
    """The verdict first, then what it rests on."""
    survey = found.survey
    blocks = [
        f"diagnosis of {survey.program.name}, images {survey.images:,}",
        "\n".join(_verdict(found)),
    ]
    if survey.updates:
        blocks.append(_updates(survey))
    if survey.couplings:
        blocks.append(_couplings(survey))
    blocks.append(_tensors(survey))
    if survey.registers:
        blocks.append(_registers(survey))
    blocks += [_choices(survey)] if survey.choices else []
    undecided = ", ".join(f"{name} {rows}" for name, rows in survey.undecided.items())
    blocks.append(f"rows left to the specification: {undecided or 'none'}")
    return "\n\n".join(blocks)


def _verdict(found: Diagnosis) -> Iterator[str]:
    counts = {
        label: sum(item.severity is severity for item in found.findings)
        for severity, label in _LABELS.items()
    }
    serious = counts["CRITICAL"] + counts["WARNING"]
    yield (
        f"verdict: {counts['CRITICAL']} critical, {counts['WARNING']} warnings, "
        f"{counts['notice']} notices" + ("" if serious else "; nothing serious")
    )
    for item in found.findings:
        yield f"  {_LABELS[item.severity]:<8}  {item.where}: {item.text}"


def _updates(survey: Survey) -> str:
    rows = [
        [
            item.after,
            item.agreement,
            f"{item.logits:,}",
            percent(item.zero_agreements / item.logits),
            f"{item.changed:,}",
            percent(item.changed / item.logits),
            percent(item.far / item.logits),
        ]
        for item in survey.updates.values()
    ]
    head = [
        "logits",
        "agreement",
        "words",
        "agreements zero",
        "logits changed",
        "share",
        "not the sum",
    ]
    return table(head, rows)


def _couplings(survey: Survey) -> str:
    rows = [
        [
            item.name,
            f"{item.rows:,}",
            percent(item.uniform / item.rows),
            percent(item.vanished / item.rows),
            percent(item.zeros / (item.rows * item.outputs)),
            f"{item.sharpness:.3f}",
        ]
        for item in survey.couplings.values()
    ]
    head = ["coupling", "rows", "uniform", "vanished", "zero words", "mean largest / uniform"]
    return table(head, rows)


def _tensors(survey: Survey) -> str:
    rows = [
        [
            item.name,
            str(item.format),
            str(item.least),
            str(item.largest),
            f"{item.used_bits} of {item.format.width}",
            percent(item.zeros / item.words),
            *(_rate(item, event) for event in Event),
            percent(item.fixed_words / item.places) if item.varies else "-",
        ]
        for item in survey.tensors.values()
        if item.words
    ]
    events = [event.value for event in Event]
    head = ["tensor", "format", "least", "largest", "bits used", "zero", *events, "never changes"]
    head[head.index("accumulator_overflow")] = "register overflow"
    return table(head, rows)


def _rate(item: TensorMeasure, event: Event) -> str:
    return percent(item.rate(event)) if event in item.events else "-"


def _registers(survey: Survey) -> str:
    rows = [
        [
            item.tensor,
            str(item.accumulator.format or "unbounded"),
            item.accumulator.check.value,
            str(item.static_bits),
            "-" if item.seen_bits is None else str(item.seen_bits),
            "-" if item.spare_bits is None else str(item.spare_bits),
        ]
        for item in survey.registers.values()
    ]
    head = ["register of", "has", "check", "bits any input", "bits these images", "spare"]
    return table(head, rows)


def _choices(survey: Survey) -> str:
    rows = [
        [item.step, f"{item.images:,}", percent(item.images / survey.images), _first(item.first)]
        for item in survey.choices.values()
    ]
    return table(["choice", "images tied", "share", "first image"], rows)


def _first(image: int | None) -> str:
    return "-" if image is None else str(image)


def to_json(found: Diagnosis) -> dict[str, Any]:
    """Findings and every measurement."""
    survey = found.survey
    return {
        "program": survey.program.name,
        "digest": survey.program.digest,
        "images": survey.images,
        "findings": [
            {
                "severity": item.severity.name.lower(),
                "kind": item.kind,
                "where": item.where,
                "text": item.text,
                "numbers": dict(item.numbers),
            }
            for item in found.findings
        ],
        "updates": {
            name: {
                "agreement": item.agreement,
                "logits": item.logits,
                "zero_agreements": item.zero_agreements,
                "changed": item.changed,
                "far": item.far,
                "farthest": item.farthest,
            }
            for name, item in survey.updates.items()
        },
        "couplings": {name: _coupling(item) for name, item in survey.couplings.items()},
        "tensors": {name: _tensor(item) for name, item in survey.tensors.items() if item.words},
        "registers": {name: _register(item) for name, item in survey.registers.items()},
        "choices": {
            name: {"images_tied": item.images, "first": item.first}
            for name, item in survey.choices.items()
        },
        "undecided": survey.undecided,
    }


def _coupling(item: CouplingMeasure) -> dict[str, Any]:
    return {
        "rows": item.rows,
        "outputs": item.outputs,
        "uniform": item.uniform,
        "vanished": item.vanished,
        "zeros": item.zeros,
        "sharpness": item.sharpness,
    }


def _tensor(item: TensorMeasure) -> dict[str, Any]:
    return {
        "format": str(item.format),
        "words": item.words,
        "least": item.least,
        "largest": item.largest,
        "used_bits": item.used_bits,
        "unused_bits": item.unused_bits,
        "zeros": item.zeros,
        "zero_slices": list(item.dead_slices),
        "never_changing": item.fixed_words if item.varies else None,
        "events": {
            event.value: {"count": count, "first": list(item.first[event])}
            for event, count in item.events.items()
        },
    }


def _register(item: RegisterMeasure) -> dict[str, Any]:
    return {
        "format": None if item.accumulator.format is None else str(item.accumulator.format),
        "check": item.accumulator.check.value,
        "static": list(item.static),
        "static_bits": item.static_bits,
        "seen": None if item.seen is None else list(item.seen),
        "seen_bits": item.seen_bits,
        "spare_bits": item.spare_bits,
    }

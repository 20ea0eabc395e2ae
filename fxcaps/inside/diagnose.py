"""What is wrong inside a Program: findings with numbers, the worst first."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum

from fxcaps.inside.measure import CouplingMeasure, TensorMeasure, UpdateMeasure
from fxcaps.inside.routing import Routing
from fxcaps.inside.survey import Survey
from fxcaps.types import Event

_OFTEN = 0.01
"""One in a hundred: what happens that often is a fault of the formats, not a rare extreme."""

_VERY_OFTEN = 0.1
"""One in ten: the tensor no longer carries what it is for."""

_ALIVE = 0.01
"""Updates that move fewer logits than one in a hundred route next to nothing."""

_NAMED = 8
"""Tensors that one sentence lists."""


class Severity(IntEnum):
    """How bad a finding is; the larger the worse."""

    GOOD = 0
    NOTICE = 1
    WARNING = 2
    CRITICAL = 3


@dataclass(frozen=True)
class Finding:
    """One fact worth knowing.

    Args:
        severity: how bad it is.
        kind: which rule found it.
        where: tensor, step or routing.
        text: a sentence.
        numbers: what the sentence rests on.
    """

    severity: Severity
    kind: str
    where: str
    text: str
    numbers: Mapping[str, int | float]


@dataclass(frozen=True)
class Diagnosis:
    """Findings, the worst first, and the measurements that they rest on."""

    findings: tuple[Finding, ...]
    survey: Survey


def diagnose(survey: Survey) -> Diagnosis:
    """Judge a survey by every rule; findings of equal severity keep the order of the rules."""
    found = [finding for rule in _RULES for finding in rule(survey)]
    return Diagnosis(tuple(sorted(found, key=lambda item: -item.severity)), survey)


def _routing(survey: Survey) -> Iterator[Finding]:
    """Updates that never change a logit, and couplings that stay uniform or vanish."""
    for routing in survey.routings:
        if routing.updates:
            yield _updates(survey, routing)
            yield from _misaligned(survey, routing)
        dead = is_dead(survey, routing)
        for update in () if dead else routing.updates:
            yield from _still(survey.updates[update.after])
        for item in routing.couplings:
            coupling = survey.couplings[item.tensor]
            yield from _vanished(coupling)
            if coupling.varies and not dead:
                yield from _uniform(coupling)


def _still(update: UpdateMeasure) -> Iterator[Finding]:
    if update.changed == 0:
        text = f"no logit of {update.logits:,} changed in this update, while others change some"
        numbers = {"logits": update.logits, "zero_agreements": update.zero_agreements}
        yield Finding(Severity.WARNING, "still_logits", update.after, text, numbers)


def _misaligned(survey: Survey, routing: Routing) -> Iterator[Finding]:
    """Updates whose result is another value than logit plus agreement, beyond rounding."""
    for update in (survey.updates[item.after] for item in routing.updates):
        if update.far:
            share = update.far / update.logits
            text = (
                f"{percent(share)} of {update.logits:,} logits are not logit plus agreement: up to "
                f"{update.farthest:,.1f} steps of {survey.tensors[update.after].format} away"
            )
            numbers = {"logits": update.logits, "far": update.far, "farthest": update.farthest}
            severity = Severity.CRITICAL if share >= _VERY_OFTEN else Severity.WARNING
            yield Finding(severity, "misaligned_update", update.after, text, numbers)


def is_dead(survey: Survey, routing: Routing) -> bool:
    """Whether a routing has updates and none ever changed a logit."""
    updates = [survey.updates[item.after] for item in routing.updates]
    return bool(updates) and not any(update.changed for update in updates)


def _updates(survey: Survey, routing: Routing) -> Finding:
    updates = [survey.updates[item.after] for item in routing.updates]
    logits = sum(update.logits for update in updates)
    changed = sum(update.changed for update in updates)
    zeros = sum(update.zero_agreements for update in updates)
    numbers = {"logits": logits, "changed": changed, "zero_agreements": zeros}
    share, zero_share = changed / logits, zeros / logits
    if changed == 0:
        why = (
            f"every agreement is zero in {_formats(survey, routing)}"
            if zeros == logits
            else f"{percent(zero_share)} of the agreements are zero, the others vanish in the sum"
        )
        uniform = all(
            survey.couplings[item.tensor].uniform == survey.couplings[item.tensor].rows
            for item in routing.couplings
        )
        what = (
            "the coupling stays uniform and the iterations route nothing"
            if uniform
            else "the coupling never changes and the iterations route nothing"
        )
        text = f"no logit of {logits:,} ever changed: {what} ({why})"
        return Finding(Severity.CRITICAL, "dead_routing", routing.name, text, numbers)
    text = (
        f"{percent(share)} of {logits:,} logit updates changed a logit; "
        f"{percent(zero_share)} of the agreements are zero in {_formats(survey, routing)}"
    )
    if share < _ALIVE:
        return Finding(
            Severity.WARNING,
            "weak_routing",
            routing.name,
            f"routing is nearly dead: {text}",
            numbers,
        )
    return Finding(Severity.GOOD, "routing", routing.name, f"routing is alive: {text}", numbers)


def _formats(survey: Survey, routing: Routing) -> str:
    names = (item.agreement for item in routing.updates)
    return ", ".join(dict.fromkeys(str(survey.tensors[name].format) for name in names))


def _uniform(coupling: CouplingMeasure) -> Iterator[Finding]:
    share = coupling.uniform / coupling.rows
    if share < 0.5:
        return
    text = (
        f"{percent(share)} of {coupling.rows:,} rows stay uniform: most input capsules are not "
        "routed"
    )
    numbers = {"rows": coupling.rows, "uniform": coupling.uniform}
    severity = Severity.WARNING if share > 1 - _VERY_OFTEN else Severity.NOTICE
    yield Finding(severity, "uniform_coupling", coupling.name, text, numbers)


def _vanished(coupling: CouplingMeasure) -> Iterator[Finding]:
    if coupling.vanished:
        share = coupling.vanished / coupling.rows
        text = (
            f"{percent(share)} of {coupling.rows:,} rows are zero in {coupling.format}: these "
            "input capsules reach no output"
        )
        numbers = {"rows": coupling.rows, "vanished": coupling.vanished}
        severity = Severity.CRITICAL if share > _VERY_OFTEN else Severity.WARNING
        yield Finding(severity, "vanished_coupling", coupling.name, text, numbers)


def _constant(survey: Survey) -> Iterator[Finding]:
    """Tensors, and slices of them, that are always zero or the same in every image."""
    told = {
        name for routing in survey.routings if is_dead(survey, routing) for name in routing.tensors
    }
    for name, tensor in survey.tensors.items():
        if not tensor.varies or name in told or not tensor.words:
            continue
        numbers = {"words": tensor.words, "zeros": tensor.zeros}
        same = survey.images > 1 and tensor.fixed_words == tensor.places
        if name in survey.fixed:
            if same:
                text = f"the same choice in all {survey.images:,} images"
                yield Finding(Severity.WARNING, "same_choice", name, text, numbers)
        elif tensor.zeros == tensor.words:
            text = f"all {tensor.words:,} words are zero"
            yield Finding(Severity.CRITICAL, "always_zero", name, text, numbers)
        elif same:
            text = f"the same {tensor.places:,} words in all {survey.images:,} images"
            yield Finding(Severity.CRITICAL, "constant", name, text, numbers)
        elif tensor.dead_slices and tensor.slices > 1:
            dead = tensor.dead_slices
            text = (
                f"{len(dead)} of {tensor.slices} slices of the last axis are always zero: "
                f"{_listed(map(str, dead))}"
            )
            numbers = {"slices": tensor.slices, "zero": len(dead)}
            yield Finding(Severity.NOTICE, "zero_slices", name, text, numbers)


def _events(survey: Survey) -> Iterator[Finding]:
    """Words that did not fit."""
    for event, kind, verb in (
        (Event.ACCUMULATOR_OVERFLOW, "accumulator_overflow", "overflowed in their register"),
        (Event.WRAPPED, "wrapping", "wrapped around"),
        (Event.SATURATED, "saturation", "saturated"),
    ):
        for name, tensor in survey.tensors.items():
            count = tensor.events.get(event, 0)
            if not count:
                continue
            image, index = tensor.first[event]
            text = (
                f"{percent(tensor.rate(event))} of {tensor.words:,} words {verb} ({count:,} in "
                f"{tensor.format}, the first in image {image}, word {index})"
            )
            numbers = {"words": tensor.words, "events": count, "image": image, "index": index}
            severity = _severity(tensor, event)
            yield Finding(severity, kind, name, text, numbers)


def _severity(tensor: TensorMeasure, event: Event) -> Severity:
    """A saturated word is near its value; a wrapped one is far from it."""
    rate, harmless = tensor.rate(event), event is Event.SATURATED
    if rate >= (_VERY_OFTEN if harmless else _OFTEN):
        return Severity.CRITICAL
    return Severity.NOTICE if harmless and rate < _OFTEN else Severity.WARNING


def _ties(survey: Survey) -> Iterator[Finding]:
    """Predictions that the order of the classes decided."""
    for name, choice in survey.choices.items():
        if choice.images:
            share = choice.images / survey.images
            text = (
                f"{choice.images:,} of {survey.images:,} images ({percent(share)}) have several "
                f"largest: their order decided, first in image {choice.first}"
            )
            numbers = {"images": survey.images, "tied": choice.images, "first": choice.first or 0}
            severity = Severity.WARNING if share >= _OFTEN else Severity.NOTICE
            yield Finding(severity, "ties", name, text, numbers)


def _headroom(survey: Survey) -> Iterator[Finding]:
    """Top bits that no word needed."""
    unused = {
        name: tensor.unused_bits
        for name, tensor in survey.tensors.items()
        if tensor.unused_bits and name not in survey.fixed
    }
    if unused:
        worst = sorted(unused, key=lambda name: -unused[name])
        listed = _listed(
            f"{name} {unused[name]} of {survey.tensors[name].format.width}" for name in worst
        )
        text = f"top bits that no word used: {listed}"
        numbers = {"tensors": len(unused), "most": unused[worst[0]]}
        yield Finding(Severity.NOTICE, "headroom", "formats", text, numbers)


def _registers(survey: Survey) -> Iterator[Finding]:
    """Accumulators that are wider than any input can need."""
    spare = {
        name: register.spare_bits
        for name, register in survey.registers.items()
        if register.spare_bits is not None and register.spare_bits > 0
    }
    if spare:
        worst = sorted(spare, key=lambda name: -spare[name])
        text = f"bits that no input can need: {_listed(f'{name} {spare[name]}' for name in worst)}"
        numbers = {"registers": len(spare), "most": spare[worst[0]]}
        yield Finding(Severity.NOTICE, "wide_accumulators", "registers", text, numbers)


def _undecided(survey: Survey) -> Iterator[Finding]:
    """Rows that the engine left to the specification: right, and slow."""
    for name, rows in survey.undecided.items():
        text = f"{rows:,} of {survey.images:,} images were computed by the specification"
        yield Finding(Severity.NOTICE, "undecided", name, text, {"rows": rows})


_RULES: tuple[Callable[[Survey], Iterator[Finding]], ...] = (
    _routing,
    _constant,
    _events,
    _ties,
    _headroom,
    _registers,
    _undecided,
)


def _listed(items: Iterator[str] | map[str]) -> str:
    every = list(items)
    rest = len(every) - _NAMED
    return ", ".join(every[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")


def percent(share: float) -> str:
    """A share with what matters of it: `12.3 %`, `0.02 %`, `<0.01 %`."""
    if 0 < share < 0.0001:
        return "<0.01 %"
    if 0.9999 < share < 1:
        return ">99.99 %"
    return f"{100 * share:.2f} %" if share < 0.1 else f"{100 * share:.1f} %"

"""One case and one reply: equal word for word and reason for reason, or not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from fxcaps.conform.device import Reply, Status
from fxcaps.types import Format, Reason
from fxcaps.vectors.pick import Asked

REASONS = frozenset(reason.value for reason in Reason)


class Verdict(StrEnum):
    """What becomes of a case."""

    PASS = "pass"  # noqa: S105 - no password
    MISMATCH = "mismatch"
    FAILED = "failed"
    """The device gave no reply that could be compared."""

    NOT_APPLICABLE = "not applicable"
    WAIVED = "waived"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class Difference:
    """A word that differs, of an output port or a tap; what is not there is `None`."""

    name: str
    index: int
    expected: int | None
    found: int | None


@dataclass(frozen=True)
class Finding:
    """What became of a case.

    Args:
        id: of the case.
        setup: name of its setup.
        verdict: what became of it.
        why: one line, empty for a pass.
        differences: words that differ, ports in the order of the setup.
        reply: what the device gave, if anything.
        step: of a chain, the first that may be wrong; 0 otherwise.
    """

    id: str
    setup: str
    verdict: Verdict
    why: str = ""
    differences: tuple[Difference, ...] = ()
    reply: Reply | None = None
    step: int = 0


def judge(setup: str, case: Asked, reply: Reply, outputs: Mapping[str, Format]) -> Finding:
    """Compare, exactly.

    Args:
        setup: the name of the case's setup.
        case: with its expected words or reason.
        reply: of the device.
        outputs: formats of the output ports.
    """
    verdict, why, differences = _compared(case, reply, outputs)
    return Finding(case.id, setup, verdict, why, differences, reply)


def _compared(
    case: Asked, reply: Reply, outputs: Mapping[str, Format]
) -> tuple[Verdict, str, tuple[Difference, ...]]:
    if reply.status is Status.FAILED:
        return Verdict.FAILED, reply.reason, ()
    if reply.status is Status.SKIP:
        if not reply.reason.strip():
            return Verdict.FAILED, "skipped without a reason", ()
        return Verdict.SKIPPED, reply.reason, ()
    if reply.status is Status.REJECT:
        return _compared_reason(case, reply)
    if case.reject:
        return Verdict.MISMATCH, f"expected rejection {case.reject}, found words", ()
    return _compared_words(case.out, reply.words, outputs)


def _compared_reason(case: Asked, reply: Reply) -> tuple[Verdict, str, tuple[Difference, ...]]:
    if reply.reason not in REASONS:
        return Verdict.FAILED, f"rejected with {reply.reason!r:.60}, which is no reason", ()
    if reply.reason == case.reject:
        return Verdict.PASS, "", ()
    expected = f"rejection {case.reject}" if case.reject else "words"
    return Verdict.MISMATCH, f"expected {expected}, found rejection {reply.reason}", ()


def _compared_words(
    expected: Mapping[str, Sequence[int]],
    found: Mapping[str, Sequence[int]],
    outputs: Mapping[str, Format],
) -> tuple[Verdict, str, tuple[Difference, ...]]:
    differences: list[Difference] = []
    if set(found) != set(expected):
        given, wanted = (", ".join(sorted(names)) or "none" for names in (found, expected))
        return Verdict.FAILED, f"expected outputs {wanted}, found {given}", ()
    for port in outputs:
        wanted_words, words = expected[port], found[port]
        if len(words) != len(wanted_words):
            why = f"{port}: expected {len(wanted_words)} words, found {len(words)}"
            return Verdict.FAILED, why, ()
        differences += [
            Difference(port, index, *pair)
            for index, pair in enumerate(zip(wanted_words, words, strict=True))
            if pair[0] != pair[1]
        ]
    if not differences:
        return Verdict.PASS, "", ()
    first, total = differences[0], sum(map(len, expected.values()))
    why = (
        f"{len(differences)} of {total} words differ, first {first.name}[{first.index}]: "
        f"expected {first.expected}, found {first.found}"
    )
    return Verdict.MISMATCH, why, tuple(differences)

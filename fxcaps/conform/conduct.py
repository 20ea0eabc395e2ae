"""A run: every case of a selection asked, judged, controlled and counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fxcaps.conform.codes import WORST_FIRST, Code
from fxcaps.conform.control import controls
from fxcaps.conform.device import Device, DeviceError, Question, Reply, Skip, Status
from fxcaps.conform.judge import Finding, Verdict, judge
from fxcaps.conform.select import Chosen, Selection
from fxcaps.vectors.pick import Asked

CODES = {
    Verdict.PASS: Code.CONFORMANT,
    Verdict.MISMATCH: Code.MISMATCH,
    Verdict.FAILED: Code.NO_VERDICT,
    Verdict.NOT_APPLICABLE: Code.CONFORMANT,
    Verdict.WAIVED: Code.WAIVED,
    Verdict.SKIPPED: Code.SKIPPED,
}
"""What one case of a verdict makes of a run."""

COMPARED = (Verdict.PASS, Verdict.MISMATCH, Verdict.WAIVED)


@dataclass(frozen=True)
class Result:
    """A run.

    Args:
        adapter: that asked.
        selection: what was asked.
        findings: one for every case, in the order in which they were asked.
        controls: wrong answers that the comparison was given, and those that it told.
        faults: lines on the device or the run as a whole.
    """

    adapter: str
    selection: Selection
    findings: tuple[Finding, ...]
    controls: tuple[int, int]
    faults: tuple[str, ...] = ()

    def counts(self) -> dict[Verdict, int]:
        """Cases by verdict."""
        return {
            verdict: sum(finding.verdict is verdict for finding in self.findings)
            for verdict in Verdict
        }

    def accounts(self) -> list[str]:
        """Why the run proves nothing, if it does not: counts, comparisons, controls."""
        selection, given = self.selection, len(self.findings)
        counted = given + selection.other_setups + selection.other_shards
        found = []
        if counted != selection.recorded:
            found.append(f"the manifest records {selection.recorded} cases, found {counted}")
        if len({finding.id for finding in self.findings}) != given:
            found.append("a case was counted twice")
        if not any(finding.verdict in COMPARED for finding in self.findings):
            found.append("nothing was compared")
        asked, told = self.controls
        if told != asked or not asked:
            found.append(f"the comparison told {told} of {asked} wrong answers")
        return found

    @property
    def code(self) -> Code:
        """The exit code."""
        codes = {CODES[finding.verdict] for finding in self.findings}
        if self.accounts() or self.faults:
            codes.add(Code.NO_VERDICT)
        return next(code for code in WORST_FIRST if code in codes)


def conduct(device: Device, selection: Selection) -> Result:
    """Ask a device everything that was selected; the device is closed at the end."""
    findings: list[Finding] = []
    asked = told = 0
    faults: list[str] = []
    try:
        for chosen in selection.chosen:
            findings += _not_given(chosen)
            for case, finding in _judged(device, chosen, faults):
                findings.append(finding)
                if case is not None and finding.reply is not None:
                    given, right = controls(case, finding.reply, chosen.block.outputs)
                    asked, told = asked + given, told + right
    finally:
        device.close()
    return Result(device.adapter, selection, tuple(findings), (asked, told), tuple(faults))


def _not_given(chosen: Chosen) -> Iterator[Finding]:
    why = "no device of this setup can be given its words"
    for name in chosen.unaskable:
        yield Finding(name, chosen.pick.setup.name, Verdict.NOT_APPLICABLE, why)
    why = "this adapter does not feed outputs back"
    for chain in chosen.chains:
        yield Finding(chain.id, chosen.pick.setup.name, Verdict.NOT_APPLICABLE, why)


def _judged(
    device: Device, chosen: Chosen, faults: list[str]
) -> Iterator[tuple[Asked | None, Finding]]:
    """The findings of a block; the case beside those that were answered."""
    name, cases = chosen.pick.setup.name, []
    for case in chosen.pick.cases:
        why = _why_not(device, case)
        if why:
            yield None, Finding(case.id, name, Verdict.NOT_APPLICABLE, why)
        else:
            cases.append(case)
    if not cases:
        return
    for case, reply in zip(cases, _replies(device, chosen, cases, faults), strict=True):
        finding = judge(name, case, reply, chosen.block.outputs)
        answered = reply.status in (Status.WORDS, Status.REJECT)
        yield (case if answered else None), finding


def _why_not(device: Device, case: Asked) -> str:
    if case.reject and not device.rejects:
        return "the device has no channel for rejections"
    if case.image and not device.images:
        return "the device is not told the index of the sample"
    return ""


def _replies(
    device: Device, chosen: Chosen, cases: Sequence[Asked], faults: list[str]
) -> list[Reply]:
    """A reply for every case: the device's, or what stands in for one that did not come."""
    questions = [Question(seq, case.words, case.image) for seq, case in enumerate(cases)]
    given: list[Reply] = []
    why = ""
    try:
        _collect(device, chosen, questions, given)
    except Skip as skip:
        given = [Reply(question.seq, Status.SKIP, reason=str(skip)) for question in questions]
    except DeviceError as error:
        why = str(error)
        faults.append(f"{chosen.pick.setup.name}: {why}")
    missing = questions[len(given) :]
    return given + [Reply(question.seq, Status.FAILED, reason=why) for question in missing]


def _collect(
    device: Device, chosen: Chosen, questions: Sequence[Question], given: list[Reply]
) -> None:
    """Append the replies that come in order, one for each question."""
    device.begin(chosen.block)
    for reply in device.ask(questions):
        if len(given) == len(questions):
            raise DeviceError(f"a reply {reply.seq} after the last, {len(given) - 1}")
        if reply.seq != len(given):
            raise DeviceError(f"expected reply {len(given)}, found {reply.seq}")
        given.append(reply)
    device.end()
    if len(given) < len(questions):
        raise DeviceError(f"{len(given)} replies to {len(questions)} questions")

"""A run: every case of a selection asked, judged, controlled and counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from fxcaps.conform.chain import controls_of_chain, follow
from fxcaps.conform.codes import WORST_FIRST, Code
from fxcaps.conform.control import controls
from fxcaps.conform.device import Device, DeviceError, Question, Reply, Skip, Status
from fxcaps.conform.judge import Finding, Verdict, judge
from fxcaps.conform.select import Chosen, Selection
from fxcaps.conform.waivers import Waiver, waive
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
        device: what the device calls itself, or how it was started.
        selection: what was asked.
        findings: one for every case, in the order in which they were asked.
        controls: wrong answers that the comparison was given, and those that it told.
        faults: lines on the device or the run as a whole.
        notes: lines that change nothing, such as on waivers.
    """

    adapter: str
    device: str
    selection: Selection
    findings: tuple[Finding, ...]
    controls: tuple[int, int]
    faults: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

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
        asked, told = self.controls
        if not asked or not any(finding.verdict in COMPARED for finding in self.findings):
            found.append("nothing was compared")
        if told != asked:
            found.append(f"the comparison told {told} of {asked} wrong answers")
        return found

    @property
    def code(self) -> Code:
        """The exit code."""
        codes = {CODES[finding.verdict] for finding in self.findings}
        if self.accounts() or self.faults:
            codes.add(Code.NO_VERDICT)
        return next(code for code in WORST_FIRST if code in codes)


def conduct(
    device: Device,
    selection: Selection,
    *,
    waivers: Sequence[Waiver] = (),
    today: dt.date | None = None,
) -> Result:
    """Ask a device everything that was selected; the device is closed at the end.

    Args:
        device: that is asked.
        selection: the cases.
        waivers: cases that may be wrong for now.
        today: on which waivers are looked at.
    """
    made = _Made()
    try:
        for chosen in selection.chosen:
            _block(device, chosen, made)
    finally:
        try:
            device.close()
        except DeviceError as error:
            made.faults.append(str(error))
    day = today or dt.datetime.now(dt.UTC).date()
    findings, notes = waive(made.findings, waivers, day)
    return Result(
        device.adapter,
        device.name,
        selection,
        tuple(findings),
        (made.given, made.told),
        tuple(made.faults),
        tuple(notes),
    )


@dataclass
class _Made:
    """What a run has so far."""

    findings: list[Finding] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    given: int = 0
    told: int = 0

    def control(self, given: int, told: int) -> None:
        self.given += given
        self.told += told


def _block(device: Device, chosen: Chosen, made: _Made) -> None:
    """All cases of a setup."""
    setup = chosen.pick.setup.name
    for name in chosen.unaskable:
        why = "no device of this setup can be given its words"
        made.findings.append(Finding(name, setup, Verdict.NOT_APPLICABLE, why))
    replies: list[Reply] = []
    verdict, why = Verdict.FAILED, ""
    try:
        device.begin(chosen.block)
        cases = [
            case for case in chosen.pick.cases if device.asked or not _why_not(device, chosen, case)
        ]
        _collect(device, cases, replies)
        _chains(device, chosen, made)
        device.end()
    except Skip as skip:
        verdict, why = Verdict.SKIPPED, str(skip)
    except DeviceError as error:
        why = str(error)
        made.faults.append(f"{setup}: {why}")
    due = iter(replies)
    for case in chosen.pick.cases:
        without = _why_not(device, chosen, case)
        reply = next(due, None) if device.asked or not without else None
        if without:
            made.findings.append(Finding(case.id, setup, Verdict.NOT_APPLICABLE, without))
        elif reply is None:
            made.findings.append(Finding(case.id, setup, verdict, why))
        else:
            made.findings.append(judge(setup, case, reply, chosen.block.outputs))
            if reply.status in (Status.WORDS, Status.REJECT):
                made.control(*controls(case, reply, chosen.block.outputs))
    done = {finding.id for finding in made.findings}
    made.findings += [
        Finding(chain.id, setup, verdict, why) for chain in chosen.chains if chain.id not in done
    ]


def _why_not(device: Device, chosen: Chosen, case: Asked) -> str:
    if case.id in chosen.withdrawn:
        return f"withdrawn: {chosen.withdrawn[case.id]}"
    if case.reject and not device.rejects:
        return "the device has no channel for rejections"
    if case.image and not device.images:
        return "the device is not told the index of the sample"
    return ""


def _collect(device: Device, cases: Sequence[Asked], given: list[Reply]) -> None:
    """Append the replies that come in order, one for each case."""
    questions = [Question(seq, case.words, case.image) for seq, case in enumerate(cases)]
    for reply in device.ask(questions) if questions else ():
        if len(given) == len(questions):
            raise DeviceError(f"reply {reply.seq} after the last, {len(given) - 1}")
        if reply.seq != len(given):
            raise DeviceError(f"expected reply {len(given)}, found {reply.seq}")
        given.append(reply)
    if len(given) < len(questions):
        raise DeviceError(f"{len(given)} replies to {len(questions)} questions")


def _chains(device: Device, chosen: Chosen, made: _Made) -> None:
    """The chains of a setup, one step after the other."""
    for chain in chosen.chains:
        why = "" if device.again else "this adapter does not feed outputs back"
        if chain.id in chosen.withdrawn:
            why = f"withdrawn: {chosen.withdrawn[chain.id]}"
        if why:
            finding = Finding(chain.id, chosen.pick.setup.name, Verdict.NOT_APPLICABLE, why)
        else:
            finding = follow(device, chosen, chain)
            if finding.verdict in COMPARED:
                made.control(*controls_of_chain(chain))
        made.findings.append(finding)

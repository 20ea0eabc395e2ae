"""What long projects hold on to: a pinned set, and cases that they may get wrong for now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from fxcaps.conform.device import PROTOCOL
from fxcaps.conform.judge import Finding, Verdict
from fxcaps.network.files import field, read_json, to_json, write_text
from fxcaps.types import Reason, Rejection
from fxcaps.vectors.files import SPEC_VERSION, VectorSet

WAIVERS_KIND, WAIVERS_VERSION = "fxcaps-waivers", 1

PIN_KIND, PIN_VERSION = "fxcaps-pin", 1

WAIVABLE = (Verdict.MISMATCH, Verdict.SKIPPED)
"""A device that failed gave nothing that could be waived."""


class Waiver(NamedTuple):
    """A case that may be wrong until a day, that day included."""

    id: str
    reason: str
    expires: dt.date


def read_waivers(path: Path) -> list[Waiver]:
    """Read waivers; rejects what is no list of them, or has no reason, with `DATA_INVALID`."""
    data = _json(path, WAIVERS_KIND, WAIVERS_VERSION)
    found: dict[str, Waiver] = {}
    for item in field(data, "waivers", list, str(path)):
        waiver = _waiver(item, str(path))
        if waiver.id in found:
            raise Rejection(Reason.DATA_INVALID, f"{path}: {waiver.id} is waived twice")
        found[waiver.id] = waiver
    return list(found.values())


def _waiver(item: Any, where: str) -> Waiver:
    if not isinstance(item, dict) or set(item) != {"id", "reason", "expires"}:
        raise Rejection(
            Reason.DATA_INVALID, f"{where}: a waiver has id, reason and expires, found {item!r:.80}"
        )
    name, reason, text = (item[key] for key in ("id", "reason", "expires"))
    try:
        expires = dt.date.fromisoformat(text)
    except (TypeError, ValueError):
        raise Rejection(
            Reason.DATA_INVALID,
            f"{where}: {name!r:.80} expires on a day such as 2030-01-31, found {text!r:.40}",
        ) from None
    if not isinstance(name, str) or not isinstance(reason, str) or not reason.strip():
        raise Rejection(Reason.DATA_INVALID, f"{where}: the waiver of {name!r:.80} has no reason")
    return Waiver(name, reason, expires)


def waive(
    findings: Sequence[Finding], waivers: Sequence[Waiver], today: dt.date
) -> tuple[list[Finding], list[str]]:
    """Findings with waived ones marked, and a line on each waiver that is over or not needed."""
    known = {waiver.id: waiver for waiver in waivers}
    made, notes = [], []
    for finding in findings:
        waiver = known.get(finding.id)
        if waiver is None:
            made.append(finding)
        elif finding.verdict not in WAIVABLE:
            notes.append(f"the waiver of {finding.id} is not used: {finding.verdict}")
            made.append(finding)
        elif waiver.expires < today:
            notes.append(f"the waiver of {finding.id} expired on {waiver.expires}")
            made.append(finding)
        else:
            why = f"until {waiver.expires}: {waiver.reason} ({finding.why})"
            made.append(replace(finding, verdict=Verdict.WAIVED, why=why))
    return made, notes


def write_pin(path: Path, found: VectorSet) -> None:
    """Write down a set's digest and the revisions in it."""
    data = {
        "kind": PIN_KIND,
        "version": PIN_VERSION,
        "set_digest": found.digest,
        "set": found.version,
        "spec": SPEC_VERSION,
        "protocol": PROTOCOL,
        "revisions": _revisions(found),
    }
    write_text(path, to_json(data))


def check_pin(path: Path, found: VectorSet) -> None:
    """Reject a set or a package other than the pinned ones with `FILE_CORRUPT`."""
    data = _json(path, PIN_KIND, PIN_VERSION)
    here = {
        "set_digest": found.digest,
        "set": found.version,
        "spec": SPEC_VERSION,
        "protocol": PROTOCOL,
        "revisions": _revisions(found),
    }
    for name, value in here.items():
        if data.get(name) != value:
            raise Rejection(
                Reason.FILE_CORRUPT,
                f"{path}: {name} is pinned to {data.get(name)!r:.80}, {found.root} has "
                f"{value!r:.80}",
            )


def _revisions(found: VectorSet) -> dict[str, int]:
    return {entry.op: entry.revision for entry in found.entries if entry.op}


def _json(path: Path, kind: str, version: int) -> dict[str, Any]:
    """A file of the user's: what is wrong with it says nothing of the vectors."""
    try:
        return read_json(path, kind, version)
    except Rejection as rejection:
        raise Rejection(Reason.DATA_INVALID, rejection.message) from None

"""What `fxcaps conform` prints and writes of a run."""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from typing import Any

import fxcaps
from fxcaps.conform import Code, Result, Verdict, report
from fxcaps.conform.render import junit, markdown, tap_lines
from fxcaps.network.files import to_json, write_text

SHOWN = {Verdict.MISMATCH: 10, Verdict.FAILED: 1}
"""Cases that are printed; a report has all. When a device is lost, one says why."""

SHOWN_REASONS = 10
"""Likewise of why cases do not apply, were skipped or are waived."""

RENDERED = {"junit": junit, "markdown": markdown}


def reported(result: Result, options: argparse.Namespace) -> Code:
    """Write reports and print what matters."""
    data = report(result, fxcaps.__version__, options.set)
    if options.json:
        write_text(options.json, to_json(data))
    for name, text in RENDERED.items():
        if getattr(options, name):
            write_text(getattr(options, name), text(data))
    counts = data["counts"]
    verdicts = [verdict.value for verdict in result.counts() if counts[verdict.value]]
    print(f"{data['op']} {data['profile']}: {data['device']['name']} ({data['device']['adapter']})")
    print(f"set_digest: {data['set']['digest']}")
    print("cases: " + ", ".join(f"{counts[name]} {name}" for name in verdicts))
    apart = {name: counts[name] for name in ("of other setups", "of other shards") if counts[name]}
    if apart:
        print("not asked: " + ", ".join(f"{count} {name}" for name, count in apart.items()))
    control = data["control"]
    print(f"control: {control['told']} of {control['given']} wrong answers told")
    for line in [*_left(data), *_trouble(data)]:
        print(line)
    print(f"result: {data['result']}")
    for line in [*data["faults"], *data["notes"]]:
        print(f"fxcaps: {line}", file=sys.stderr)
    return result.code


def _left(data: dict[str, Any]) -> list[str]:
    """Why cases are neither equal nor wrong, and how many for each reason."""
    lines = []
    for verdict in (Verdict.NOT_APPLICABLE, Verdict.SKIPPED, Verdict.WAIVED):
        whys = Counter(case["why"] for case in data["cases"] if case["verdict"] == verdict)
        lines += [f"{verdict}, {count}: {why}" for why, count in whys.most_common(SHOWN_REASONS)]
        if len(whys) > SHOWN_REASONS:
            lines.append(f"and {len(whys) - SHOWN_REASONS} more reasons; --json FILE has all")
    return lines


def _trouble(data: dict[str, Any]) -> list[str]:
    """The first cases that are not equal, and how to see them alone."""
    lines = []
    for verdict, shown in SHOWN.items():
        found = [case for case in data["cases"] if case["verdict"] == verdict]
        for case in found[:shown]:
            lines.append(f"{verdict} {case['id']}: {case['why']}")
            lines += [f"  {line}" for line in [*tap_lines(case), case["repro"]]]
        if len(found) > shown:
            lines.append(f"and {len(found) - shown} more {verdict}; --json FILE has all")
    return lines

"""Reports for build servers and for people, both made of the JSON alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from xml.etree import ElementTree as ET

Json = dict[str, Any]

_TROUBLE = {"mismatch": "failure", "failed": "error", "skipped": "skipped"}
"""Verdict -> element of JUnit; what is not applicable or waived is skipped there, too."""


def junit(report: Json) -> str:
    """JUnit XML, which most build servers show."""
    cases, counts = report["cases"], report["counts"]
    faulty = bool(report["faults"])
    attributes = {
        "name": f"{report['op']} {report['profile']}",
        "tests": str(len(cases) + faulty),
        "failures": str(counts["mismatch"]),
        "errors": str(counts["failed"] + faulty),
        "skipped": str(counts["skipped"] + counts["not applicable"] + counts["waived"]),
    }
    suite = ET.Element("testsuite", attributes)
    properties = ET.SubElement(suite, "properties")
    for name, value in _facts(report):
        ET.SubElement(properties, "property", {"name": name, "value": value})
    for case in cases:
        element = ET.SubElement(
            suite, "testcase", {"classname": attributes["name"], "name": case["id"]}
        )
        if case["verdict"] != "pass":
            kind = _TROUBLE.get(case["verdict"], "skipped")
            message = f"{case['verdict']}: {case.get('why', '')}"
            trouble = ET.SubElement(element, kind, {"message": _clean(message)})
            trouble.text = _clean("\n".join(_details(case)))
    if faulty:
        element = ET.SubElement(
            suite, "testcase", {"classname": attributes["name"], "name": "the run"}
        )
        ET.SubElement(element, "error", {"message": _clean("; ".join(report["faults"]))})
    ET.indent(suite)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(suite, "unicode")}\n'


def _clean(text: str) -> str:
    """Text without what XML cannot hold."""
    return "".join(c if c >= " " or c in "\n\t" else "?" for c in text)


def markdown(report: Json) -> str:
    """Markdown, for people."""
    lines = [f"# Conformance of {report['op']} {report['profile']}: {report['result']}", ""]
    lines += ["| fact | value |", "|---|---|"]
    lines += [f"| {name} | {_cell(value)} |" for name, value in _facts(report)]
    lines += ["", "| cases | number |", "|---|---|"]
    lines += [f"| {name} | {count} |" for name, count in report["counts"].items()]
    for title, found in (("Faults", report["faults"]), ("Notes", report["notes"])):
        lines += ["", f"## {title}", "", *(f"- {line}" for line in found)] if found else []
    for verdict in ("mismatch", "failed", "waived", "skipped", "not applicable"):
        cases = [case for case in report["cases"] if case["verdict"] == verdict]
        lines += ["", f"## {verdict.capitalize()}"] if cases else []
        for case in cases:
            lines += ["", f"`{case['id']}`: {case.get('why', '')}"]
            details = _details(case)
            lines += ["", "```text", *details, "```"] if details else []
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _facts(report: Json) -> Iterator[tuple[str, str]]:
    device, control = report["device"], report["control"]
    yield "result", f"{report['result']} (exit code {report['exit_code']})"
    yield "device", f"{device['name']} ({device['adapter']})"
    yield "operation", f"{report['op']} revision {report['revision']}"
    yield "profile", report["profile"]
    yield "set_digest", report["set"]["digest"]
    yield "set", report["set"]["version"]
    yield "specification", report["spec"]
    yield "package", report["package"]
    yield "shard", report["shard"]
    yield "control", f"{control['told']} of {control['given']} wrong answers told"


def _details(case: Json) -> list[str]:
    """What is known of a case that is not equal, a line each."""
    lines = [f"in {port}: {words}" for port, words in case.get("in", {}).items()]
    for side in ("expected", "found"):
        lines += [f"{side} {port}: {words}" for port, words in case.get(side, {}).items()]
    for item in case.get("differences", []):
        bits = f", bits {item['bits']}" if "bits" in item else ""
        lines.append(
            f"{item['port']}[{item['index']}]: expected {item['expected']}, "
            f"found {item['found']}{bits}"
        )
    lines += tap_lines(case)
    return lines + ([case["repro"]] if "repro" in case else [])


def tap_lines(case: Json) -> list[str]:
    """The first wrong tap and the mutants, a line each."""
    lines = []
    first = case.get("first_wrong_tap")
    if isinstance(first, dict):
        unknown = f" (unknown: {', '.join(first['unknown'])})" if first["unknown"] else ""
        lines.append(
            f"first wrong tap: {first['tap']}[{first['index']}], expected {first['expected']}, "
            f"found {first['found']}{unknown}"
        )
    elif first:
        lines.append(f"first wrong tap: {first}")
    if case.get("mutants"):
        names = ", ".join(f"{item['name']} ({item['flag']})" for item in case["mutants"])
        lines.append(f"mutants that give these words: {names}")
    elif case.get("mutants_told"):
        lines.append(
            f"no known mutant gives these words; the case tells {', '.join(case['mutants_told'])}"
        )
    return lines

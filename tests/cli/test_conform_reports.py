"""fxcaps conform: pins, waivers, and reports in every form."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from fxcaps.vectors.files import VectorSet
from tests.cli.command import Done, command, refused
from tests.cli.conformance import (
    CASES,
    CONFORMANT,
    CORRUPT,
    MISMATCH,
    NO_VERDICT,
    SKIPPED,
    WAIVED,
    form,
    piped,
)
from tests.conform.build import OP, SETUP
from tests.vectors.test_schemas import faults


def test_pins(vectors: VectorSet, copied: Path, tmp_path: Path) -> None:
    """Given a pinned set, when another is used, then exit code 3, and with the same none."""
    pin = tmp_path / "pin.json"
    done = command("conform", "pin", "--set", vectors.root, "-o", pin)
    assert (done.code, done.value("set_digest")) == (CONFORMANT, vectors.digest)
    data = json.loads(pin.read_text("ascii"))
    assert list(faults(data, form("pin"), "pin")) == []
    assert data["revisions"] == {OP: 1}
    assert piped("right", copied, "--pin", pin).code == CONFORMANT
    pin.write_text(json.dumps(data | {"set_digest": "0" * 64}), "ascii")
    done = piped("right", copied, "--pin", pin)
    assert done == Done(
        CORRUPT,
        "",
        f"fxcaps: FILE_CORRUPT: {pin}: set_digest is pinned to '{'0' * 64}', {copied} has "
        f"'{vectors.digest}'\n",
    )
    pin.write_text("[]", "ascii")
    done = piped("right", copied, "--pin", pin)
    assert done == refused(f"DATA_INVALID: {pin}: expected kind 'fxcaps-pin', found []")


def waived(path: Path, *waivers: dict[str, str]) -> Path:
    data = {"kind": "fxcaps-waivers", "version": 1, "waivers": list(waivers)}
    path.write_text(json.dumps(data), "utf-8")
    return path


def waiver(number: int, expires: str = "9999-12-31") -> dict[str, str]:
    return {"id": CASES[number], "reason": "known, ticket 12", "expires": expires}


def test_waivers(vectors: VectorSet, tmp_path: Path) -> None:
    """Given waivers of all that differs, when run, then neither 0 nor 1, and they are told."""
    file = waived(tmp_path / "waivers.json", *map(waiver, range(4)))
    assert list(faults(json.loads(file.read_text()), form("waivers"), "file")) == []
    report = tmp_path / "report.json"
    done = piped("truncates", vectors.root, "--waivers", file, "--json", report)
    assert (done.code, done.value("result"), done.value("cases")) == (
        WAIVED,
        "waived",
        "4 waived",
    )
    assert json.loads(report.read_text())["cases"][0]["why"] == (
        "until 9999-12-31: known, ticket 12 "
        "(13 of 16 words differ, first out[0]: expected 1, found 0)"
    )


def test_waivers_that_do_not_hold(vectors: VectorSet, tmp_path: Path) -> None:
    """Given waivers that expired or that nothing needs, when run, then each is told."""
    file = waived(tmp_path / "waivers.json", waiver(0, "2020-01-31"), waiver(1))
    done = piped("truncates", vectors.root, "--waivers", file)
    assert (done.code, done.value("cases")) == (MISMATCH, "3 mismatch, 1 waived")
    assert done.err == f"fxcaps: the waiver of {CASES[0]} expired on 2020-01-31\n"
    done = piped("right", vectors.root, "--waivers", file)
    assert (done.code, done.value("cases")) == (CONFORMANT, "4 pass")
    assert done.err == "".join(
        f"fxcaps: the waiver of {name} is not used: pass\n" for name in CASES[:2]
    )
    done = piped("crash", vectors.root, "--waivers", file)
    assert done.code == NO_VERDICT


@pytest.mark.parametrize(
    ("item", "line"),
    [
        (waiver(0) | {"reason": " "}, f"the waiver of {CASES[0]!r} has no reason"),
        (
            waiver(0) | {"expires": "soon"},
            f"{CASES[0]!r} expires on a day such as 2030-01-31, found 'soon'",
        ),
        ({"id": CASES[0]}, f"a waiver has id, reason and expires, found {{'id': {CASES[0]!r}}}"),
    ],
)
def test_waivers_that_are_none(
    item: dict[str, str], line: str, vectors: VectorSet, tmp_path: Path
) -> None:
    """Given a waiver without a reason or a day, when read, then one line and exit code 2."""
    file = waived(tmp_path / "waivers.json", item)
    done = piped("right", vectors.root, "--waivers", file)
    assert done == refused(f"DATA_INVALID: {file}: {line}")


def test_a_case_waived_twice(vectors: VectorSet, tmp_path: Path) -> None:
    """Given two waivers of a case, when read, then it is told."""
    file = waived(tmp_path / "waivers.json", waiver(0), waiver(0))
    done = piped("right", vectors.root, "--waivers", file)
    assert done == refused(f"DATA_INVALID: {file}: {CASES[0]} is waived twice")


@pytest.mark.parametrize(
    ("way", "code"),
    [("right", CONFORMANT), ("truncates", MISMATCH), ("crash", NO_VERDICT), ("skips one", SKIPPED)],
)
def test_reports(way: str, code: int, vectors: VectorSet, tmp_path: Path) -> None:
    """Given a run, when reported, then JSON as published, and the others made of it alone."""
    paths = {name: tmp_path / f"report.{name}" for name in ("json", "junit", "markdown")}
    options = [item for name, path in paths.items() for item in (f"--{name}", path)]
    done = piped(way, vectors.root, *options)
    assert done.code == code
    data = json.loads(paths["json"].read_text())
    assert list(faults(data, form("report"), "report")) == []
    assert (data["exit_code"], data["set"]["digest"]) == (code, vectors.digest)
    counts = data["counts"]
    verdicts = [case["verdict"] for case in data["cases"]]
    assert {name: verdicts.count(name) for name in set(verdicts)} == {
        name: counts[name] for name in set(verdicts)
    }
    assert counts["recorded"] == len(verdicts) + counts["of other setups"]
    for name in ("junit", "markdown"):
        made = command("conform", "render", paths["json"], "--to", name)
        assert made == Done(0, paths[name].read_text(), "")
    suite = ET.fromstring(paths["junit"].read_text())  # noqa: S314 - written above
    assert len(suite.findall("testcase")) == int(suite.get("tests") or 0)
    for kind, name in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        assert len(suite.findall(f"testcase/{kind}")) == int(suite.get(name) or -1)
    assert bool(suite.findall("testcase/error")) is (code == NO_VERDICT)
    assert (
        paths["markdown"]
        .read_text()
        .startswith(f"# Conformance of requantize fxcaps-exact: {data['result']}\n")
    )


def test_a_failure_in_full(vectors: VectorSet, tmp_path: Path) -> None:
    """Given a word that differs, when reported, then all that is known of its case."""
    report = tmp_path / "report.json"
    assert piped("truncates", vectors.root, "--json", report).code == MISMATCH
    case = json.loads(report.read_text())["cases"][1]
    differences = case.pop("differences")
    assert case == {
        "id": CASES[1],
        "setup": SETUP,
        "verdict": "mismatch",
        "why": "8 of 16 words differ, first out[1]: expected 1, found 0",
        "repro": f"fxcaps repro {CASES[1]} --set {vectors.root}",
        "in": {"x": [7, 9, 23, 25, 39, 41, 55, 57, -9, -7, -25, -23, -41, -39, -57, -55]},
        "expected": {"out": [0, 1, 1, 2, 2, 3, 3, 4, -1, 0, -2, -1, -3, -2, -4, -3]},
        "found": {"out": [0, 0, 1, 1, 2, 2, 3, 3, -1, -1, -2, -2, -3, -3, -4, -4]},
        "first_wrong_tap": {
            "tap": "rounded",
            "index": 1,
            "expected": 1,
            "found": 0,
            "unknown": [],
        },
        "mutants": [],
        "mutants_told": [],
    }
    assert differences[4] == {
        "port": "out",
        "index": 9,
        "expected": 0,
        "found": -1,
        "expected_hex": "00",
        "found_hex": "ff",
        "bits": "ff",
    }


def test_a_report_that_is_none(tmp_path: Path) -> None:
    """Given half a report, when rendered, then one line and exit code 2."""
    path = tmp_path / "report.json"
    path.write_text('{"kind": "fxcaps-conformance", "version": 1}', "ascii")
    done = command("conform", "render", path, "--to", "junit")
    assert done == refused(f"{path}: not a whole report (KeyError('cases'))")

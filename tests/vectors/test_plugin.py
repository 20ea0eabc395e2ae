"""The pytest plugin: one test a case, failures that say how to go on, and no empty selection."""

from __future__ import annotations

import math
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from fxcaps.types import Reason, Rejection
from fxcaps.vectors.ask import VectorCase, vector_cases
from fxcaps.vectors.files import VectorSet, open_set
from tests.support.outcomes import Rejected, rejection_of
from tests.vectors.build import PUBLISHED, ROOT

MINE = """
import math

import numpy as np
import pytest

ROOTS = dict(op="isqrt", profile="fxcaps-hardware", setup="u8f4-u8f6")


@pytest.mark.fxcaps(**ROOTS)
def test_right(fxcaps_case):
    assert fxcaps_case.inputs["x"].dtype == np.int16
    fxcaps_case.check(lambda x: [math.isqrt(word << 8) for word in x.tolist()])


@pytest.mark.fxcaps(**ROOTS)
def test_wrong(fxcaps_case):
    fxcaps_case.check(lambda x: [math.isqrt(word << 8) | 1 for word in x.tolist()])


@pytest.mark.fxcaps(**ROOTS, kind="edge")
def test_own_assertion(fxcaps_case):
    assert fxcaps_case.out["out"].tolist() == []
"""

EMPTY = {
    "case": ('op="isqrt", profile="fxcaps-hardware", setup="none"', "fxcaps_case"),
    "profile": ('op="isqrt"', "fxcaps_case"),
    "argument": ('op="isqrt", profile="fxcaps-hardware"', ""),
}
"""What is missing: arguments of the marker and of the test."""


class Ran(NamedTuple):
    """What a run of pytest leaves."""

    code: int
    out: str


def _pytest(folder: Path, **sources: str) -> Ran:
    for name, source in sources.items():
        (folder / f"test_{name}.py").write_text(source)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "fxcaps.pytest_plugin", "-q"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    return Ran(done.returncode, done.stdout + done.stderr)


def test_a_run(tmp_path: Path) -> None:
    """Given three tests of a root, when run, then each case once, and how to repeat failures."""
    ran = _pytest(tmp_path, mine=MINE)
    stem = "isqrt.fxcaps-exact.edge."
    names = [f"{stem}{name}-u8f4-u8f6" for name in ("first", "squares", "powers")]
    digest = open_set(PUBLISHED).digest
    assert ran.code == 1
    assert f"fxcaps: 3 of 9 cases passed, set_digest: {digest}" in ran.out.splitlines()
    assert sorted(re.findall(r"^fxcaps repro (.*)$", ran.out, re.MULTILINE)) == sorted(2 * names)
    assert (
        f"AssertionError: {names[0]}: out[0]: expected 0 (00), found 1, u8f6 bits 01 differ; "
        in ran.out
    )
    assert "made against ROOT_OFF_BY_ONE: a root that is one too large or too small" in ran.out


def test_nothing_is_no_success(tmp_path: Path) -> None:
    """Given markers that mean no case, when collected, then errors with one line each."""
    sources = {
        name: f"import pytest\n@pytest.mark.fxcaps({marker})\ndef test_it({argument}):\n    pass\n"
        for name, (marker, argument) in EMPTY.items()
    }
    ran = _pytest(tmp_path, **sources)
    assert ran.code == 2
    expected = {
        "case": f"NAME_UNKNOWN: {ROOT}/vectors: no case of isqrt fxcaps-hardware setup=none can "
        "be asked; see fxcaps vectors list --setups",
        "profile": "the marker fxcaps takes op, profile, setup, kind, tier, rejects by name, op "
        "and profile always",
        "argument": "the marker fxcaps and fxcaps_case belong together",
    }
    lines = ran.out.splitlines()
    told = [f"test_{name}.py::test_it: {line}" for name, line in expected.items()]
    assert [line for line in told if line not in lines] == []


@pytest.fixture(scope="module")
def found() -> VectorSet:
    """The published set."""
    return open_set(PUBLISHED)


def _case(found: VectorSet, op: str, profile: str, name: str) -> VectorCase:
    cases = vector_cases(found, op, profile, rejects=True)
    return next(case for case in cases if case.id.endswith(name))


def _told(case: VectorCase, function: Any) -> str:
    with pytest.raises(AssertionError) as caught:
        case.check(function)
    return str(caught.value).splitlines()[0]


def test_a_rejection_is_an_answer(found: VectorSet) -> None:
    """Given a case that is rejected, when a function gives words or a reason, then compared."""
    case = _case(found, "divide", "by_exact", "edge.one-zero")

    def refuses(reason: Reason) -> Any:
        def function(*_: Any) -> Any:
            raise Rejection(reason, "mine")

        return function

    case.check(refuses(Reason.DIVISION_BY_ZERO))
    assert case.reject == "DIVISION_BY_ZERO"
    assert _told(case, lambda a, _: a) == (
        "divide.by_exact.edge.one-zero: expected reject(DIVISION_BY_ZERO), found words"
    )
    assert _told(case, refuses(Reason.NEGATIVE_ROOT)) == (
        "divide.by_exact.edge.one-zero: expected reject(DIVISION_BY_ZERO), found "
        "NEGATIVE_ROOT: mine"
    )
    other = _case(found, "divide", "by_exact", "edge.no-zero")
    assert _told(other, refuses(Reason.DIVISION_BY_ZERO)) == (
        "divide.by_exact.edge.no-zero: expected words, found DIVISION_BY_ZERO: mine"
    )


def test_several_outputs(found: VectorSet) -> None:
    """Given a routing, when a function gives tensors by port, then every one is compared."""
    case = _case(found, "dynamic_routing", "fxcaps-exact", "edge.one-iteration-equal")
    assert list(case.out) == ["b0", "c0", "s0", "v0"]
    case.check(lambda _: {port: array.tolist() for port, array in case.out.items()})
    assert _told(case, lambda _: {"v0": case.out["v0"]}) == (
        f"{case.id}: expected words of b0, c0, s0, v0, found v0"
    )
    short = case.out | {"s0": case.out["s0"][:1]}
    size = case.out["s0"].size
    assert _told(case, lambda _: short) == (
        f"{case.id}: s0: expected {size} integers, found {size // 2} of int8"
    )


def test_what_a_case_knows(found: VectorSet) -> None:
    """Given a case, when looked into, then parameters and formats; wide words stay integers."""
    case = _case(found, "isqrt", "fxcaps-hardware", "edge.first-u62f0-u31f0")
    assert case.params.operation == "isqrt"
    assert {port: str(format) for port, format in case.formats.items()} == {
        "x": "u62f0",
        "out": "u31f0",
    }
    assert case.inputs["x"].dtype == np.int64
    case.check(lambda x: [math.isqrt(word) for word in x.tolist()])
    wide = [
        case
        for case in vector_cases(found, "requantize", "by_modes")
        if max(format.width for format in case.formats.values()) > 64
    ]
    assert all(array.dtype == object for case in wide for array in case.inputs.values())
    assert rejection_of(lambda: vector_cases(found, "layout", "fxcaps-exact")) == Rejected(
        Reason.NAME_UNKNOWN,
        f"{PUBLISHED}: no vectors of op=layout profile=fxcaps-exact; see fxcaps vectors list",
    )

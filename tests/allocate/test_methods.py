"""Methods: what they are asked and give, and whole allocations."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fxcaps import api
from fxcaps.allocate import (
    METHODS,
    QCAPSNETS,
    Certificate,
    Evaluator,
    Method,
    Problem,
    QCapsNets,
    Scheme,
    Uniform,
    allocate,
    method_named,
    register_method,
)
from fxcaps.network import run
from fxcaps.profiles import load_profile
from fxcaps.quantize.widths import table_widths
from fxcaps.real import REAL
from fxcaps.types import Reason
from tests.allocate.build import CALIBRATION, IMAGES, LABELS, NETWORK, evaluator
from tests.allocate.oracle import SHALLOW, TOTAL, Oracle
from tests.network.build import ON_ENGINE
from tests.support.outcomes import Rejected, rejection_of


@pytest.mark.parametrize("threshold", range(1, 17))
def test_uniform_finds_the_narrowest(threshold: int) -> None:
    """Given a width from which on all is right, when searched, then that, in five questions."""
    oracle = Oracle(lambda widths: 0.0 if widths["conv"] >= threshold else 500.0)
    problem = _problem()
    (answer,) = Uniform().search(problem, oracle)  # type: ignore[arg-type]
    assert answer.outcome == "satisfied"
    assert answer.widths == table_widths(SHALLOW, threshold)
    assert len(oracle.asked) <= oracle.expected == 5


def _problem(**changes: Any) -> Problem:
    given: dict[str, Any] = {
        "network": SHALLOW,
        "float_correct": TOTAL - 50,
        "total": TOTAL,
        "tolerance": Fraction("0.5"),
    }
    return Problem(**(given | changes))


def test_uniform_says_when_memory_is_short() -> None:
    """Given a budget below what the tolerance needs, when searched, then accuracy alone is met."""
    oracle = Oracle(lambda widths: 0.0 if widths["conv"] >= 8 else 500.0)
    (answer,) = Uniform().search(_problem(weight_bits=50_000_000), oracle)  # type: ignore[arg-type]
    assert answer.outcome == "accuracy"


@pytest.mark.parametrize("method", [Uniform(), QCapsNets()])
def test_tolerances_that_nothing_meets(method: Method) -> None:
    """Given a loss at every width, when searched, then what would be met is said."""
    oracle = Oracle(lambda _: 120.0)
    asked = {
        "uniform": "words of 16 bits",
        "qcapsnets": "words of 32 bits",
    }[method.name]
    why = {
        "uniform": "0.5 points; a tolerance of 1.2 points would do",
        "qcapsnets": (
            "0.5 points, of which the first step may use 5 %; a tolerance above 24 points would do"
        ),
    }[method.name]
    assert rejection_of(lambda: method.search(_problem(), oracle)) == Rejected(  # type: ignore[arg-type]
        Reason.PARAMETER_INVALID,
        f"{asked} get 9830 of 10000 images right, the floats 9950; the tolerance is {why}",
    )


@pytest.mark.parametrize(
    ("change", "reason", "message"),
    [
        (
            {"tolerance": Fraction(-1)},
            Reason.PARAMETER_INVALID,
            "tolerance must be at least 0 points, found -1.0",
        ),
        (
            {"tolerance": Fraction("0.005")},
            Reason.DATA_INVALID,
            (
                "a tolerance of 0.005 points is less than one of 10000 validation images; give at "
                "least 20000 images, or allow 0.01 points"
            ),
        ),
        (
            {"weight_bits": 6_804_383, "accounting": QCAPSNETS},
            Reason.PARAMETER_INVALID,
            (
                "a budget of 6804383 bits is below one bit for each of 6804384 weights; allow at "
                "least 6804384, or prune the network"
            ),
        ),
    ],
)
def test_rejects_problems(change: dict[str, Any], reason: Reason, message: str) -> None:
    """Given what no widths can meet, when stated, then rejected with what would work."""
    assert rejection_of(lambda: _problem(**change)) == Rejected(reason, message)


@pytest.mark.parametrize("tolerance", ["0", "0.5", "0.123", "100"])
def test_tolerances_are_counted_in_images(tolerance: str) -> None:
    """Given points, when counted, then the fewest right images that are not below them."""
    problem = _problem(tolerance=Fraction(tolerance))
    needed = problem.needed
    floats, allowed = Fraction(9950, 100), Fraction(tolerance)
    assert Fraction(needed, 100) >= floats - allowed
    assert needed == 0 or Fraction(needed - 1, 100) < floats - allowed


def test_names() -> None:
    """Given the methods, when named, then they are there; others are not, names go once."""
    found = {name: str(method) for name, method in METHODS.items()}
    assert found == {
        "optimal": "optimal(widest=16)",
        "progressive-block": "progressive-block",
        "progressive-layer": "progressive-layer",
        "progressive-routing": "progressive-routing",
        "qcapsnets": "qcapsnets(as_released=False)",
        "uniform": "uniform(widest=16)",
    }
    assert method_named("uniform") == Uniform()
    assert rejection_of(lambda: method_named("annealing")) == Rejected(
        Reason.NAME_UNKNOWN, f"no method 'annealing'; known: {', '.join(METHODS)}"
    )
    assert rejection_of(lambda: register_method(Uniform(widest=9))) == Rejected(
        Reason.PARAMETER_INVALID, "a method named uniform is registered already"
    )


def certified(search: Evaluator, name: str, **choices: Any) -> tuple[Certificate, ...]:
    """An allocation of the small network."""
    given = {"tolerance": "5"} | choices
    return allocate(search, method_named(name), REAL, **given)


def test_a_certificate_can_be_checked(tmp_path: Path) -> None:
    """Given a search on a real network, when certified, then every figure can be recomputed."""
    with evaluator() as search:
        (made,) = certified(search, "qcapsnets", tolerance="30", weight_bits=6 * 290)
    assert made.outcome == "satisfied"
    content = made.content
    found = run(made.program, IMAGES, ON_ENGINE).words["class"] == LABELS
    assert content["accuracy"]["words"]["correct"] == int(found.sum()) >= content["needed"] == 49
    assert content["accuracy"]["float"]["correct"] == 70
    assert content["accuracy"]["loss"]["lost"] == 70 - int(found.sum())
    assert content["widths"] == {
        name: entry.format.width for name, entry in made.program.tensors.items()
    }
    assert content["cost"]["program"]["weights"]["bits"] <= 6 * 290
    assert content["macs_executed"] == sum(record["macs"] for record in content["path"])
    assert 0 < content["images_evaluated"] < 70 * content["evaluations"]
    made.save(tmp_path / "certificate")
    again = Certificate.load(tmp_path / "certificate")
    assert again.content == content
    assert (again.program.digest, again.widths) == (made.program.digest, made.widths)
    again.save(tmp_path / "certificate")  # its own place may be written again
    (tmp_path / "other").mkdir()
    assert rejection_of(lambda: made.save(tmp_path / "other")) == Rejected(
        Reason.FILE_UNWRITABLE,
        f"{tmp_path / 'other'}: exists and is not a certificate; choose another place",
    )


def test_a_certificate_of_another_program_is_refused(tmp_path: Path) -> None:
    """Given a certificate whose Program was replaced, when loaded, then rejected."""
    with evaluator() as search:
        (made,) = certified(search, "uniform")
        other = search.program(3)
    Certificate(made.content, other).save(tmp_path / "certificate")
    assert rejection_of(lambda: Certificate.load(tmp_path / "certificate")) == Rejected(
        Reason.FILE_CORRUPT,
        f"{tmp_path / 'certificate' / 'certificate.json'}: is of the Program "
        f"{made.program.digest!r}, found {other.digest!r}",
    )


def test_a_resumed_allocation_is_the_same(tmp_path: Path) -> None:
    """Given a search cut after any evaluation, when resumed, then the same certificate."""
    dropped = {"seconds", "macs_executed", "path"}
    place = tmp_path / "search.jsonl"
    with evaluator(journal=place) as search:
        (whole,) = certified(search, "uniform")
    lines = place.read_bytes().splitlines(keepends=True)
    for kept in (1, 3, len(lines)):
        place.write_bytes(b"".join(lines[:kept]))
        with evaluator(journal=place, resume=True) as search:
            (again,) = certified(search, "uniform")
        assert {k: v for k, v in again.content.items() if k not in dropped} == {
            k: v for k, v in whole.content.items() if k not in dropped
        }


def test_too_few_images_for_the_confidence() -> None:
    """Given 70 images, when the accuracy shall be known to a point, then rejected with how many."""
    with evaluator() as search:
        assert rejection_of(lambda: certified(search, "uniform", margin=1.0)) == Rejected(
            Reason.DATA_INVALID,
            "70 validation images do not tell an accuracy of 100.00 % to within 1.0 points at a "
            "confidence of 0.95; 189 would",
        )
        assert search.records == ()


def test_methods_share_the_evaluator() -> None:
    """Given another scheme, when allocated, then Programs are of it and the certificate says so."""
    scheme = Scheme(arithmetic=load_profile("fxcaps-truncate"))
    with evaluator(scheme=scheme) as search:
        (made,) = certified(search, "uniform")
    assert made.content["basis"]["arithmetic"].startswith("fxcaps-truncate ")
    assert made.content["method"] == "uniform(widest=16)"
    assert math.isclose(
        made.content["cost"]["qcapsnets"]["weights"]["reduction"],
        32
        / (
            made.content["cost"]["qcapsnets"]["weights"]["bits"]
            / made.content["cost"]["qcapsnets"]["weights"]["words"]
        ),
    )
    assert np.unique(list(made.widths.values())).size <= 3  # pixels and classes have their own


def test_the_library_call_is_the_same_search(tmp_path: Path) -> None:
    """Given the call of the library, when searched, then the Program of the parts put together."""
    with evaluator(batch=100) as search:
        (expected,) = certified(search, "uniform")
    place = tmp_path / "search.jsonl"
    for resume in (False, True):
        (found,) = api.allocate(
            NETWORK,
            CALIBRATION,
            IMAGES,
            LABELS,
            tolerance="5",
            method="uniform",
            journal=place,
            resume=resume,
        )
        assert found.program.digest == expected.program.digest

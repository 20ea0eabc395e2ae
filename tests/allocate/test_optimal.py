"""The method `optimal`: sensitivities, solutions, repair, budgets."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from fxcaps.allocate import Certificate, CostModel, Optimal, Problem, Scheme, allocate
from fxcaps.allocate.reasons import reasons
from fxcaps.allocate.sensitivity import NARROWEST, filled, items_of
from fxcaps.ops import Arithmetic
from fxcaps.quantize.widths import table_widths
from fxcaps.real import REAL
from fxcaps.types import Overflow, Reason
from tests.allocate.build import NETWORK, evaluator
from tests.network.build import small_images
from tests.support.outcomes import Rejected, rejection_of

WIDEST = 10
METHOD = Optimal(widest=WIDEST)
WORDS = CostModel(NETWORK).cost(1).weights.words


def searched(**choices: Any) -> tuple[Certificate, ...]:
    """A search on the small network."""
    given = {"tolerance": "10"} | choices
    with evaluator(samples=small_images(4, seed=2)) as search:
        return allocate(search, METHOD, REAL, **given)


@pytest.fixture(scope="module")
def found() -> Certificate:
    """The answer without a budget."""
    (made,) = searched()
    return made


def test_items_are_what_can_be_chosen() -> None:
    """Given a network, when its items are listed, then their bits add up to those of all words."""
    costs = CostModel(NETWORK)
    items = items_of(NETWORK, costs, WIDEST)
    names = [item.name for item in items]
    assert "primary.s" not in names  # moved words keep the format of `primary.maps`
    assert not {"pixels", "class"} & set(names)
    wide, narrow = (costs.cost(width) for width in (WIDEST, WIDEST - 1))
    assert sum(item.weight_bits for item in items) == wide.weights.bits - narrow.weights.bits
    fewer = wide.activations.bits - narrow.activations.bits
    assert sum(item.activation_bits for item in items) == fewer
    chosen = {item.name: 3 + k % 5 for k, item in enumerate(items)}
    table = table_widths(NETWORK, {"*": WIDEST} | chosen)
    assert {name: table[name] for name in names} == chosen


def test_errors_are_filled_between_and_beyond() -> None:
    """Given errors at some widths, when filled, then geometric between, a quarter a bit beyond."""
    made = filled({2: 1.0, 4: 1 / 4, 6: 1 / 2}, 8)
    assert list(made) == list(range(NARROWEST, 9))
    assert made[7] == pytest.approx(1 / 8)
    assert made[8] == pytest.approx(1 / 32)
    assert made[5] == made[4] == made[6] == 0.5  # a smaller error of fewer bits is luck
    assert made[3] == pytest.approx(0.5)
    assert made[2] == 1.0
    assert filled({2: math.inf, 4: 0.0}, 5) == {2: math.inf, 3: math.inf, 4: 0.0, 5: 0.0}


def test_no_single_step_is_left(found: Certificate) -> None:
    """Given an answer, when any chosen tensor loses a bit, then too few images are right."""
    assert found.outcome == "satisfied"
    own = {name: width for name, width in found.widths.items() if name != "pixels"}
    needed = found.content["needed"]
    left = []
    with evaluator() as search:
        assert search.reaches(own, needed)
        for item in items_of(NETWORK, CostModel(NETWORK), WIDEST):
            fewer = own | {item.name: own[item.name] - 1}
            if fewer[item.name] >= NARROWEST and search.reaches(fewer, needed):
                left.append(item.name)
    assert left == []


def test_it_needs_no_more_bits_than_one_width_for_all(found: Certificate) -> None:
    """Given the narrowest uniform words, when compared, then weights and activations are fewer."""
    with evaluator() as search:
        uniform = next(w for w in range(1, 17) if search.reaches(w, found.content["needed"]))
    costs = CostModel(NETWORK)
    own = {name: width for name, width in found.widths.items() if name != "pixels"}
    assert costs.cost(own).weights.bits <= costs.cost(uniform).weights.bits


def test_a_certificate_says_why(found: Certificate) -> None:
    """Given an answer, when explained, then each tensor has a reason; the front only falls."""
    why = reasons(found)
    assert set(why) == set(found.widths)
    assert why["pixels"] == "given from outside"
    assert why["primary.s"].endswith(
        ("follows from another tensor or its operation", "of all are allowed")
    )
    assert "were refused" in why["digit.weight"]
    for kind in ("weights", "activations"):
        front = [p for p in found.content["details"]["front"] if p["tensors"] == kind]
        assert [p["error"] for p in front] == sorted((p["error"] for p in front), reverse=True)
        assert [p["bits"] for p in front] == sorted(p["bits"] for p in front)


def test_a_budget_leaves_the_rest_to_activations(found: Certificate) -> None:
    """Given a budget with room to spare, when searched, then weights take it up, within it."""
    (made,) = searched(weight_bits=7 * WORDS)
    used = made.content["cost"]["program"]["weights"]["bits"]
    assert made.outcome == "satisfied"
    assert found.content["cost"]["program"]["weights"]["bits"] < used <= 7 * WORDS


def test_a_budget_that_is_too_small_gives_both(found: Certificate) -> None:
    """Given a budget that costs accuracy, when searched, then one answer for each bound."""
    accuracy, memory = searched(weight_bits=2 * WORDS)
    assert (accuracy.outcome, memory.outcome) == ("accuracy", "memory")
    assert accuracy.widths == found.widths
    assert memory.content["cost"]["program"]["weights"]["bits"] <= 2 * WORDS
    assert memory.content["accuracy"]["words"]["correct"] < memory.content["needed"]


def test_resumed_it_takes_the_same_way(tmp_path: Path, found: Certificate) -> None:
    """Given a journal cut in the middle, when resumed, then the same questions and answer."""
    place = tmp_path / "search.jsonl"
    given: dict[str, Any] = {"samples": small_images(4, seed=2), "journal": place}
    with evaluator(**given) as search:
        allocate(search, METHOD, REAL, tolerance="10")
        asked = [(r.widths, r.needed, r.limit, r.images, r.correct) for r in search.records]
    lines = place.read_bytes().splitlines(keepends=True)
    place.write_bytes(b"".join(lines[: len(lines) * 2 // 3]))
    with evaluator(**given, resume=True) as search:
        (again,) = allocate(search, METHOD, REAL, tolerance="10")
        found_again = [(r.widths, r.needed, r.limit, r.images, r.correct) for r in search.records]
    assert found_again == asked
    assert again.widths == found.widths


def test_a_tolerance_that_nothing_meets() -> None:
    """Given arithmetic in which no Program runs, when searched, then it is said."""
    scheme = Scheme(arithmetic=Arithmetic(overflow=Overflow.REJECT))
    with evaluator(scheme=scheme, samples=small_images(2, seed=2)) as search:
        problem = Problem(network=NETWORK, float_correct=70, total=70, tolerance=10)  # type: ignore[arg-type]
        refused = rejection_of(lambda: Optimal(widest=9).search(problem, search))
    assert isinstance(refused, Rejected)
    assert refused.reason in {Reason.PARAMETER_INVALID, Reason.OUTPUT_OUT_OF_RANGE}

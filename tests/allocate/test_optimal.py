"""The method `optimal`: sensitivities, solutions, repair, budgets."""

from __future__ import annotations

import math
import shutil
from fractions import Fraction
from pathlib import Path

import pytest

from fxcaps.allocate import Certificate, CostModel, Evaluator, Optimal, Problem, allocate
from fxcaps.allocate.reasons import reasons
from fxcaps.allocate.sensitivity import NARROWEST, filled, items_of
from fxcaps.quantize.widths import table_widths
from fxcaps.real import REAL
from fxcaps.types import Reason
from tests.allocate.build import CALIBRATION, IMAGES, LABELS, NETWORK, evaluator
from tests.network.build import ON_ENGINE, small_images
from tests.support.outcomes import Rejected, rejection_of

WIDEST = 10
METHOD = Optimal(widest=WIDEST)
WORDS = CostModel(NETWORK).cost(1).weights.words


SAMPLES = small_images(4, seed=2)


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the search is written down, so that others need not ask the same again."""
    return tmp_path_factory.mktemp("search") / "search.jsonl"


@pytest.fixture(scope="module")
def found(journal: Path) -> Certificate:
    """The answer without a budget."""
    with evaluator(samples=SAMPLES, journal=journal) as search:
        (made,) = allocate(search, METHOD, REAL, tolerance="10")
    return made


def resumed(place: Path, weight_bits: int | None = None) -> tuple[Certificate, ...]:
    """A search that goes on with a journal."""
    with evaluator(samples=SAMPLES, journal=place, resume=True) as search:
        return allocate(search, METHOD, REAL, tolerance="10", weight_bits=weight_bits)


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
    assert any("were refused" in text for text in why.values())
    least = [
        name
        for name, errors in found.content["details"]["sensitivity"].items()
        if found.widths[name] == min(map(int, errors))
    ]
    assert all(why[name].startswith("the fewest bits that are considered") for name in least)
    for kind in ("weights", "activations"):
        front = [p for p in found.content["details"]["front"] if p["tensors"] == kind]
        assert [p["error"] for p in front] == sorted((p["error"] for p in front), reverse=True)
        assert [p["bits"] for p in front] == sorted(p["bits"] for p in front)


def test_a_budget_that_is_too_small_gives_both(
    found: Certificate, journal: Path, tmp_path: Path
) -> None:
    """Given a budget that costs accuracy, when searched, then one answer for each bound."""
    shutil.copy(journal, tmp_path / "search.jsonl")
    accuracy, memory = resumed(tmp_path / "search.jsonl", 2 * WORDS)
    assert (accuracy.outcome, memory.outcome) == ("accuracy", "memory")
    assert accuracy.widths == found.widths
    assert memory.content["cost"]["program"]["weights"]["bits"] <= 2 * WORDS
    assert memory.content["accuracy"]["words"]["correct"] < memory.content["needed"]


def test_resumed_it_takes_the_same_way(found: Certificate, journal: Path, tmp_path: Path) -> None:
    """Given a journal cut near its end, when resumed, then the same questions and answer."""
    place = tmp_path / "search.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    place.write_bytes(b"".join(lines[: len(lines) * 4 // 5]))
    (again,) = resumed(place)
    dropped = {"macs", "seconds"}
    paths = [
        [{k: v for k, v in record.items() if k not in dropped} for record in one.content["path"]]
        for one in (found, again)
    ]
    assert paths[0] == paths[1]
    assert again.widths == found.widths


def test_a_tolerance_that_nothing_meets() -> None:
    """Given labels that no words agree with, when searched, then what would be met is said."""
    wrong = (LABELS + 1) % 3
    problem = Problem(network=NETWORK, float_correct=70, total=70, tolerance=Fraction(10))
    with Evaluator(
        NETWORK, CALIBRATION, IMAGES, wrong, ON_ENGINE, samples=SAMPLES[:2], batch=10
    ) as search:
        best = search.correct(9)
        refused = rejection_of(lambda: Optimal(widest=9).search(problem, search))
    loss = Fraction(100 * (70 - best), 70)
    assert refused == Rejected(
        Reason.PARAMETER_INVALID,
        f"words of 9 bits get {best} of 70 images right, the floats 70; the tolerance is 10.0 "
        f"points; a tolerance of {float(loss):.4g} points would do",
    )

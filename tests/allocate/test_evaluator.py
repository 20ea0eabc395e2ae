"""The evaluator: exact answers, from as little work as decides them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fxcaps.allocate import (
    Evaluator,
    Progress,
    Scheme,
    Workers,
    WorkersLostError,
)
from fxcaps.network import macs, run
from fxcaps.ops import Arithmetic
from fxcaps.quantize import Granularity, Mse, calibrate
from fxcaps.real import REAL
from fxcaps.types import Overflow, Reason
from tests.allocate.build import (
    CALIBRATION,
    IMAGES,
    LABELS,
    MARKER,
    NETWORK,
    deadly_tables,
    evaluator,
)
from tests.network.build import ON_ENGINE, small_images, small_network
from tests.support.outcomes import Rejected, rejection_of

WIDTHS: list[Any] = [
    8,
    {"*": 8, "length": 3},
    {"*": 8, "digit.weight": 3},
    4,
    {"*": 4, "conv.weight": 2},
    3,
    8,
]
"""A search that comes back to widths and changes them late and early in the schedule."""


def truth(width: Any) -> int:
    """Right images, by a whole run."""
    program = Scheme().program(NETWORK, CALIBRATION, width)
    return int((run(program, IMAGES, ON_ENGINE).words["class"] == LABELS).sum())


TRUTH = [truth(width) for width in WIDTHS]


def test_the_search_tells_widths_apart() -> None:
    """Given these widths, when run whole, then their accuracies differ, or nothing is tested."""
    assert TRUTH[0] > 60
    assert len(set(TRUTH)) > 3


@pytest.mark.parametrize("budget", [0, 3000, 1 << 20])
@pytest.mark.parametrize("batch", [7, 70, 1000])
def test_accuracies_are_exact(budget: int, batch: int) -> None:
    """Given any budget and parts of any size, when asked, then those of whole runs."""
    with evaluator(budget=budget, batch=batch) as search:
        assert [search.correct(width) for width in WIDTHS] == TRUTH
        assert len(search.records) == len(WIDTHS) - 1  # the last was known


@pytest.mark.parametrize("needed", [0, 1, 40, 62, 71])
def test_questions_end_early_and_rightly(needed: int) -> None:
    """Given a bound, when asked in several orders, then the answer is that of all images."""
    for order in (1, -1):
        with evaluator() as search:
            found = [search.reaches(width, needed) for width in WIDTHS[::order]]
            assert found == [right >= needed for right in TRUTH[::order]]
            for record in search.records:
                rest = 70 - record.images
                assert record.correct >= needed or record.correct + rest < needed
                last = min(record.images, 10)
                undecided = (record.correct, record.correct - last)  # before its last part
                assert not record.images or undecided[1] < needed


def test_stopping_saves_images() -> None:
    """Given bounds far from the accuracy, when asked, then few images answer."""
    with evaluator() as search:
        assert not search.reaches(3, 70)
        assert search.reaches(8, 10)
        assert [record.images for record in search.records] == [4, 10]
        assert search.records[0].needed == 70


def test_what_is_known_is_not_asked_again() -> None:
    """Given a question that stopped, when more is asked, then only the images after it are run."""
    with evaluator(budget=0) as search:
        search.reaches(8, 10)
        assert search.reaches(8, 9)
        assert len(search.records) == 1
        assert search.correct(8) == TRUTH[0]
        each = sum(macs(NETWORK.steps, NETWORK.shapes()).values())
        assert [record.macs for record in search.records] == [10 * each, 60 * each]
        assert search.macs == 70 * each
        assert not search.reaches(8, 71)
        assert len(search.records) == 2


def test_unchanged_prefixes_are_not_run_again() -> None:
    """Given a change at each step, when evaluated, then only steps from there on are executed."""
    counted = macs(NETWORK.steps, NETWORK.shapes())
    assert list(counted) == ["conv", "primary.conv", "votes", "digit"]
    with evaluator() as search:
        for width in (
            6,
            {"*": 6, "length": 5},
            {"*": 6, "digit.v1": 5},
            {"*": 6, "digit.weight": 5},
            {"*": 6, "primary": 5},
            {"*": 6, "primary.weight": 5},
            {"*": 6, "conv.weight": 5},
        ):
            search.correct(width)
        rest = [sum(list(counted.values())[k:]) for k in range(5)]
        executed = [record.macs // 70 for record in search.records]
    assert executed == [rest[k] for k in (0, 4, 3, 2, 2, 1, 0)]


def test_a_budget_is_kept(tmp_path: Path) -> None:
    """Given little room, when evaluated, then it is kept, and filled with what saves most."""
    counted = list(macs(NETWORK.steps, NETWORK.shapes()).values())
    # room for the last capsules alone: 6 bytes an image, a header a part; an eighth is for samples
    for budget, saved in (((70 * 6 + 11 * 128) * 8 // 7 + 1, 4), (0, 0)):
        with evaluator(budget=budget, directory=tmp_path / str(budget)) as search:
            for width in (6, {"*": 6, "length": 5}, {"*": 6, "conv.weight": 5}, 5, 6):
                search.correct(width)
            stored = sum(f.stat().st_size for f in (tmp_path / str(budget)).rglob("*.npy"))
            assert stored <= budget
            assert search.records[1].macs == 70 * sum(counted[saved:])


def _threads() -> Executor:
    return ThreadPoolExecutor(2)


def _processes() -> Executor:
    return ProcessPoolExecutor(2, mp_context=get_context("spawn"))


@pytest.mark.parametrize("make", [_threads, _processes])
def test_any_executor_gives_the_same_search(make: Callable[[], Executor]) -> None:
    """Given threads or processes, when searched, then answers and images are those of one."""
    paths = []
    for workers in (None, make):
        with evaluator(workers=workers) as search:
            answers = [search.reaches(width, 62) for width in WIDTHS]
            answers.append(search.correct(WIDTHS[1]) == TRUTH[1])
            path = [(r.program, r.needed, r.images, r.correct) for r in search.records]
            paths.append((answers, path))
    assert paths[0] == paths[1]


def test_an_executor_of_the_caller_stays_open() -> None:
    """Given an executor, when the evaluator is closed, then it can still be used."""
    with ThreadPoolExecutor(1) as pool:
        with evaluator(workers=pool) as search:
            assert search.correct(8) == TRUTH[0]
        assert pool.submit(int, "7").result() == 7


def test_dead_workers_are_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a worker that dies twice, when evaluated, then others finish with the same answer."""
    monkeypatch.setenv(MARKER, f"{tmp_path}:2")

    def make() -> Executor:
        return ProcessPoolExecutor(1, mp_context=get_context("spawn"))

    with evaluator(workers=make, tables=deadly_tables(), batch=35) as search:
        assert search.correct(8) == TRUTH[0]
    assert len(list(tmp_path.iterdir())) == 2


def test_dead_workers_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given workers that always die, or an executor that cannot be replaced, then it is said."""
    monkeypatch.setenv(MARKER, f"{tmp_path}:1000")

    def make() -> Executor:
        return ProcessPoolExecutor(1, mp_context=get_context("spawn"))

    with (
        evaluator(workers=Workers(make, in_flight=1), tables=deadly_tables(), batch=70) as search,
        pytest.raises(WorkersLostError) as caught,
    ):
        search.correct(8)
    assert str(caught.value).startswith("workers died 3 times in a row on the same images (")
    assert len(list(tmp_path.iterdir())) == 3
    assert search.records == ()
    with (
        make() as pool,
        evaluator(workers=pool, tables=deadly_tables()) as search,
        pytest.raises(WorkersLostError) as caught,
    ):
        search.correct(8)
    assert str(caught.value).startswith("a worker died (")
    assert str(caught.value).endswith(
        "give a function that makes executors to have them replaced, or resume with a new one"
    )


def test_a_dask_cluster() -> None:
    """Given a local Dask cluster, when evaluated on it, then answers are those of one thread."""
    distributed = pytest.importorskip("distributed", reason="the extra `dask` is not installed")
    with (
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=None) as at,
        distributed.Client(at) as client,
        client.get_executor() as pool,
        evaluator(workers=Workers(pool, in_flight=2)) as search,
    ):
        assert [search.correct(width) for width in WIDTHS[:3]] == TRUTH[:3]
        assert search.reaches(3, 70) is False


def test_widths_without_a_program_are_wrong_everywhere() -> None:
    """Given words that overflow a rejecting mode, when evaluated, then none is right, and why."""
    scheme = Scheme(arithmetic=Arithmetic(constant_overflow=Overflow.REJECT))
    weights = dict(NETWORK.tensors)
    weights["conv.weight"] = np.where(weights["conv.weight"] > 0.3, 0.5, 0.0)
    network = NETWORK.with_tensors(weights)
    calibration = calibrate(network, small_images(3), REAL)
    images = small_images(10, seed=8)
    with Evaluator(
        network, calibration, images, np.zeros(10, np.int64), ON_ENGINE, scheme=scheme
    ) as search:
        assert search.correct(4) == 0
        assert search.reaches(4, 1) is False
    (record,) = search.records
    assert (record.images, record.program) == (10, "")
    assert record.failure.startswith("OUTPUT_OUT_OF_RANGE: tensor 'conv.weight': 8 at (")


def test_a_run_that_is_rejected_is_wrong_everywhere() -> None:
    """Given words that overflow while running, when evaluated, then none is right, and why."""
    scheme = Scheme(arithmetic=Arithmetic(overflow=Overflow.REJECT))
    with evaluator(scheme=scheme) as search:
        assert search.correct(4) == 0
    (record,) = search.records
    assert (record.images, record.correct) == (70, 0)
    assert record.failure.startswith("OUTPUT_OUT_OF_RANGE: step ")


def test_the_scheme_decides_programs() -> None:
    """Given another rule and granularity, when asked for a Program, then it has them."""
    scheme = Scheme(rule=Mse(), granularity=Granularity.BLOCK)
    with evaluator(scheme=scheme) as search:
        assert search.program(5).digest == scheme.program(NETWORK, CALIBRATION, 5).digest
        assert search.program(5).digest != Scheme().program(NETWORK, CALIBRATION, 5).digest
        assert search.about["rule"] == "mse"
        assert search.about["granularity"] == "block"


def test_progress_tells_what_is_left() -> None:
    """Given two evaluations expected, when run, then counts add up and the estimate ends at 0."""
    told: list[Progress] = []
    with evaluator(progress=told.append, batch=35) as search:
        search.expected = 2
        search.correct(8)
        search.correct(7)
    parts = (8, 16, 24, 32, 35, 70)
    assert [(p.evaluations, p.images) for p in told] == [
        *((0, images) for images in parts),
        (1, 0),
        *((1, images) for images in parts),
        (2, 0),
    ]
    assert all(p.expected == 2 and p.total == 70 for p in told)
    assert all(p.remaining is not None for p in told)
    assert told[-1].remaining == 0.0
    assert [p.macs for p in told] == sorted(p.macs for p in told)
    first = told[len(parts)]
    assert first.remaining == pytest.approx(first.seconds, rel=1e-6)


@pytest.mark.parametrize(
    ("change", "reason", "message"),
    [
        (
            {"labels": LABELS[:5]},
            Reason.DATA_INVALID,
            "expected 70 integer labels, one an image, found (5,) of int64",
        ),
        (
            {"images": np.concatenate([IMAGES[:-2], small_images(20, seed=2)[:2]])},
            Reason.DATA_INVALID,
            (
                "2 of 70 validation images were calibrated with; take others, or the accuracy is "
                "not one of new images"
            ),
        ),
        (
            {"decision": "length"},
            Reason.SHAPE_MISMATCH,
            "'length' of small must be one class an image, found shape (3,)",
        ),
        ({"batch": 0}, Reason.PARAMETER_INVALID, "batch must be at least 1, found 0"),
        (
            {"network": small_network(iterations=2)},
            Reason.FILE_FOREIGN,
            (
                f"the calibration is of small {NETWORK.digest[:16]}, the network is small "
                f"{small_network(iterations=2).digest[:16]}; calibrate it anew"
            ),
        ),
    ],
)
def test_rejects_what_does_not_fit(change: dict[str, Any], reason: Reason, message: str) -> None:
    """Given one thing that does not belong, when an evaluator is made, then it is named."""
    given: dict[str, Any] = {
        "network": NETWORK,
        "calibration": CALIBRATION,
        "images": IMAGES,
        "labels": LABELS,
        "tables": ON_ENGINE,
    }
    assert rejection_of(lambda: Evaluator(**(given | change))) == Rejected(reason, message)

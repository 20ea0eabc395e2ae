"""Checkpoints: the same result after a stop, and clear refusals."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fxcaps.types import Reason, Rejection

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
from training import loop  # noqa: E402 - after the skip
from training.data import Split  # noqa: E402
from training.loop import CHECKPOINT, Log, Stop, run_epochs  # noqa: E402
from training.state import Recipe, Training  # noqa: E402

RECIPE = Recipe(network="mnist-small", data="mnist", epochs=2, images=44, batch=16)


class _StopAfter(Stop):
    """Asks to stop once so many looks have been taken."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    @property  # type: ignore[override]
    def asked(self) -> bool:
        self.looks -= 1
        return self.looks < 0

    @asked.setter
    def asked(self, value: bool) -> None:
        """Nobody else asks."""


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return torch.equal(one, other) if isinstance(one, torch.Tensor) else bool(one == other)


def _state(path: Path) -> dict[str, Any]:
    """A checkpoint without its clock."""
    state: dict[str, Any] = torch.load(path, weights_only=True)
    del state["position"]["seconds"]
    return state


@pytest.mark.parametrize("steps", [0, 2, 3, 4])
def test_a_resumed_run_ends_the_same(tmp_path: Path, split: Split, steps: int) -> None:
    """Given a run stopped anywhere, when resumed, then it ends as one without stop, bit for bit.

    Weights, optimiser, rate, random state and position are compared, after six steps.
    """
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    for folder in (whole, parts):
        folder.mkdir()
    assert run_epochs(Training(RECIPE), split, whole, Log(whole / "log"), Stop())
    log = Log(parts / "log")
    assert not run_epochs(Training(RECIPE), split, parts, log, _StopAfter(steps))
    resumed = Training(replace(RECIPE))
    resumed.restore(parts / CHECKPOINT)
    assert resumed.steps_done == steps
    assert run_epochs(resumed, split, parts, log, Stop())
    assert _same(_state(whole / CHECKPOINT), _state(parts / CHECKPOINT))


def test_a_checkpoint_lies_there_within_the_interval(
    tmp_path: Path, split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given an interval that has passed, when a step ends, then a checkpoint of it is written."""
    monkeypatch.setattr(loop, "SAVE_EVERY", 0.0)
    saved = []

    def save(training: Training, path: Path) -> None:  # noqa: ARG001 - the signature
        saved.append(training.steps_done)

    monkeypatch.setattr(Training, "save", save)
    assert run_epochs(Training(RECIPE), split, tmp_path, Log(tmp_path / "log"), Stop())
    assert saved == [1, 2, 3, 3, 4, 5, 6, 6]


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("network", "q7-mnist", "network is 'mnist-small' in it, 'q7-mnist' here"),
        ("data", "fashion-mnist", "data is 'mnist' in it, 'fashion-mnist' here"),
        ("epochs", 3, "epochs is 2 in it, 3 here"),
        ("seed", 9, "seed is 1 in it, 9 here"),
    ],
)
def test_a_checkpoint_of_another_run_is_refused(
    tmp_path: Path, field: str, value: Any, told: str
) -> None:
    """Given a checkpoint of another network or recipe, when restored, then the line says which."""
    path = tmp_path / CHECKPOINT
    Training(RECIPE).save(path)
    with pytest.raises(Rejection) as refused:
        Training(replace(RECIPE, **{field: value})).restore(path)
    assert refused.value.reason is Reason.PARAMETER_INVALID
    assert refused.value.message == f"{path}: a checkpoint of another run: {told}"


def test_a_truncated_checkpoint_is_refused(tmp_path: Path) -> None:
    """Given half a checkpoint, when restored, then it is refused in one line."""
    path = tmp_path / CHECKPOINT
    Training(RECIPE).save(path)
    path.write_bytes(path.read_bytes()[:10_000])
    _assert_refused(path, Reason.FILE_FOREIGN, "not a complete checkpoint")


def test_a_pickle_is_not_run(tmp_path: Path) -> None:
    """Given a pickle that would call a function, when restored, then it is refused unrun."""
    path, witness = tmp_path / CHECKPOINT, tmp_path / "ran"

    class Mischief:
        def __reduce__(self) -> tuple[Any, ...]:
            return (Path.touch, (witness,))

    path.write_bytes(pickle.dumps(Mischief(), protocol=2))
    _assert_refused(path, Reason.FILE_FOREIGN, "not a complete checkpoint")
    torch.save(Mischief(), path)
    _assert_refused(path, Reason.FILE_FOREIGN, "not a complete checkpoint")
    assert not witness.exists()


def test_other_files_of_pytorch_are_refused(tmp_path: Path) -> None:
    """Given a state dict of something else, or none, when restored, then the line says so."""
    path = tmp_path / CHECKPOINT
    _assert_refused(path, Reason.FILE_UNREADABLE, "No such file or directory")
    torch.save({"weight": torch.zeros(3)}, path)
    told = "expected fxcaps-checkpoint version 1, found another file"
    _assert_refused(path, Reason.FILE_FOREIGN, told)


def _assert_refused(path: Path, reason: Reason, told: str) -> None:
    with pytest.raises(Rejection) as refused:
        Training(RECIPE).restore(path)
    assert (refused.value.reason, refused.value.message) == (reason, f"{path}: {told}")


def test_the_rate_is_one_cycle() -> None:
    """Given 100 steps, when taken, then the rate rises to the peak at 30 % and falls to near 0."""
    training = Training(replace(RECIPE, epochs=50, images=32))
    rates = []
    for _ in range(100):
        rates.append(training.rate)
        training.optimiser.step()
        if len(rates) < 100:
            training.schedule.step()
    assert max(rates) == pytest.approx(RECIPE.rate)
    assert rates.index(max(rates)) == 29
    assert rates[0] == pytest.approx(RECIPE.rate / 25)
    assert rates[-1] < RECIPE.rate / 10_000

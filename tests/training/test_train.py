"""The command: what it writes, what it refuses, and how it stops."""

from __future__ import annotations

import hashlib
import json
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fxcaps
from fxcaps.network import load_network

pytest.importorskip("torch", reason="PyTorch is not installed")
from training import train
from training.data import Split
from training.loop import CHECKPOINT, LOG
from training.state import Recipe, Training
from training.train import INTERRUPTED, OK, REFUSED, main, parser


def _events(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / LOG).read_text().splitlines()]


def test_a_whole_run(command: list[str], split: Split) -> None:
    """Given a small split, when trained, then log, checkpoint, network and card lie there.

    The card's accuracy is that of the file under fxcaps' float forward.
    """
    folder = Path(command[-1])
    assert main(command) == OK
    names = {CHECKPOINT, LOG, "card.json", "mnist-small-mnist.npz"}
    assert {path.name for path in folder.iterdir()} == names
    assert [event["event"] for event in _events(folder)] == [
        *("start", "step", "epoch", "step", "epoch", "card")
    ]
    network = load_network(folder / "mnist-small-mnist.npz")
    assert {tensor.dtype for tensor in network.tensors.values()} == {np.dtype(np.float16)}
    found = fxcaps.predict(network, split.validation.images)["class"]
    correct = int((found == split.validation.labels).sum())
    card = json.loads((folder / "card.json").read_text())
    seconds = card.pop("training_seconds")
    assert seconds >= 0
    assert card == {
        "kind": "fxcaps-card",
        "version": 1,
        "file": "mnist-small-mnist.npz",
        "sha256": hashlib.sha256((folder / "mnist-small-mnist.npz").read_bytes()).hexdigest(),
        "architecture": "mnist-small",
        "parameters": 296_860,
        "stored_as": "float16",
        "data": "mnist",
        "split": "embedded digits",
        "seed": 1,
        "epochs": 2,
        "recipe": {"batch": 16, "peak_rate": 0.004, "shift": 2, "bfloat16_convolutions": False},
        "float_accuracy": {
            "validation": {"images": 20, "correct": correct, "share": correct / 20},
            "test": None,
        },
        "licence": "CC0-1.0",
    }


def test_an_interrupt_loses_nothing(
    command: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given Ctrl-C in a step, when resumed as told, then the file is that of a run without."""
    folder = Path(command[-1])
    assert main([*command[:-1], str(folder.with_name("whole"))]) == OK
    capsys.readouterr()
    learn = Training.learn

    def interrupted(training: Training, images: Any, labels: Any) -> None:
        if training.steps_done == 3:
            os.kill(os.getpid(), signal.SIGINT)
        learn(training, images, labels)

    with monkeypatch.context() as patched:
        patched.setattr(Training, "learn", interrupted)
        assert main(command) == INTERRUPTED
    resume = f"python -m training.train {' '.join(command)} --resume"
    told = capsys.readouterr().err.splitlines()
    assert told[-1] == f"training: interrupted; continue with: {resume}"
    assert _events(folder)[-1] == {"event": "stopped", "epoch": 1, "step": 4}
    assert main([*command, "--resume"]) == OK
    name = "mnist-small-mnist.npz"
    assert (folder / name).read_bytes() == (folder.with_name("whole") / name).read_bytes()


def test_an_interrupt_before_the_first_step(
    command: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given Ctrl-C while data load, when told how to go on, then there is nothing to resume."""

    def interrupted(*_: Any, **__: Any) -> Split:
        raise KeyboardInterrupt

    monkeypatch.setattr(train, "load_split", interrupted)
    assert main(command) == INTERRUPTED
    assert capsys.readouterr().err == (
        f"training: interrupted; continue with: python -m training.train {' '.join(command)}\n"
    )


def test_a_finished_run_is_measured_again(
    command: list[str], split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given a finished run, when resumed with --test, then only the card's test figure is new."""

    def test_images(*_: Any) -> Any:
        return split.validation

    folder = Path(command[-1])
    assert main(command) == OK
    before = json.loads((folder / "card.json").read_text())
    monkeypatch.setattr(train, "_test_images", test_images)
    assert main([*command, "--resume", "--test"]) == OK
    after = json.loads((folder / "card.json").read_text())
    before["float_accuracy"]["test"] = before["float_accuracy"]["validation"]
    assert after == before


def test_an_existing_run_is_not_overwritten(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a folder with a checkpoint, when trained into without --resume, then refused."""
    checkpoint = Path(command[-1]) / CHECKPOINT
    checkpoint.parent.mkdir()
    checkpoint.write_bytes(b"precious")
    assert main(command) == REFUSED
    assert checkpoint.read_bytes() == b"precious"
    assert capsys.readouterr().err == (
        f"training: FILE_UNWRITABLE: {checkpoint} exists: "
        "continue with --resume, or choose another --output\n"
    )


def test_nothing_to_resume(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Given no checkpoint, when resumed, then refused in one line."""
    assert main([*command, "--resume"]) == REFUSED
    checkpoint = Path(command[-1]) / CHECKPOINT
    assert capsys.readouterr().err == (
        f"training: FILE_UNREADABLE: {checkpoint}: no checkpoint to resume\n"
    )


def test_a_checkpoint_of_another_network(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Given another network's checkpoint, when resumed, then refused and the file kept."""
    assert main(command) == OK
    checkpoint = Path(command[-1]) / CHECKPOINT
    before = checkpoint.read_bytes()
    capsys.readouterr()
    other = ["--network", "q7-mnist", *command[2:], "--resume"]
    assert main(other) == REFUSED
    assert checkpoint.read_bytes() == before
    assert capsys.readouterr().err == (
        f"training: PARAMETER_INVALID: {checkpoint}: a checkpoint of another run: "
        "network is 'mnist-small' in it, 'q7-mnist' here\n"
    )


def test_a_missing_data_set(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Given a directory that is none, when trained, then refused in one line."""
    output = ["--output", str(tmp_path / "run"), "--data-dir", str(tmp_path / "none")]
    assert main(["--network", "mnist-small", *output]) == REFUSED
    assert capsys.readouterr().err == (
        f"training: FILE_UNREADABLE: {tmp_path / 'none'}: no such directory\n"
    )
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("options", "rate", "bfloat16"),
    [
        ("--network mnist-small", 4e-3, False),
        ("--network shallowcaps", 2e-3, True),
        ("--network deepcaps-28-16", 2e-3, True),
        ("--network shallowcaps --precision float32 --rate 0.001", 1e-3, False),
        ("--network mnist-small --precision bfloat16", 4e-3, True),
    ],
)
def test_rate_and_precision_suit_the_network(
    split: Split, options: str, rate: float, bfloat16: bool
) -> None:
    """Given a network, when nothing else is asked, then its recipe is the one that served."""
    recipe = train._recipe(parser().parse_args([*options.split(), "--output", "run"]), split)
    assert recipe == Recipe(
        network=options.split()[1],
        data="mnist",
        epochs=6,
        images=44,
        rate=rate,
        bfloat16=bfloat16,
    )


def test_one_step_in_all(command: list[str], split: Split, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given so few images that the rate's cycle has one step, when trained, then it ends well."""
    few = Split(split.training.chosen(slice(5)), split.validation, "five")
    monkeypatch.setattr(train, "load_split", lambda *_, **__: few)
    assert main([*command, "--epochs", "1"]) == OK
    assert _events(Path(command[-1]))[1]["step"] == 1


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--epochs", "0"], "argument --epochs: must be at least 1, found 0"),
        (["--rate", "-1"], "argument --rate: must lie between 0 and 1, found -1.0"),
    ],
)
def test_wrong_options(
    command: list[str], options: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a number outside its range, when parsed, then the option is named."""
    with pytest.raises(SystemExit) as refused:
        main([*command, *options])
    assert refused.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1] == f"python -m training.train: error: {told}"

"""The diagnosis of the published MNIST network of Q7-CapsNets: what the README shows.

Nothing in the package knows of that network; these findings are those of any Program.
"""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path

import pytest

from fxcaps import api
from fxcaps.cli import diagnosed
from fxcaps.cli.main import main
from fxcaps.inside import Severity
from fxcaps.network import load_program
from tests.support.data import mnist_test, real_file
from tests.support.q7_networks import published

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")


def test_the_readme_shows_the_report() -> None:
    """Given the network as published and all test images, when diagnosed, then as the README."""
    (shown,) = re.findall(r"^```text published\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    found = api.diagnose(published("mnist", "arm_tuned"), mnist_test()[0], threads=2)
    text = diagnosed.to_text(found)
    assert text.startswith(shown.rstrip("\n") + "\n")
    (dead,) = (item for item in found.findings if item.kind == "dead_routing")
    assert (dead.severity, dead.where) == (Severity.CRITICAL, "digit")
    assert (dead.numbers["logits"], dead.numbers["changed"]) == (204_800_000, 0)
    (ties,) = (item for item in found.findings if item.kind == "ties")
    assert ties.numbers == {"images": 10_000, "tied": 14, "first": 1224}


def test_gap8_routes_nothing_either() -> None:
    """Given GAP8 and images up to the first tie, when diagnosed, then both are found."""
    found = api.diagnose(published("mnist", "gap8"), mnist_test()[0][1000:1225], threads=2)
    worst = found.findings[0]
    assert (worst.severity, worst.kind) == (Severity.CRITICAL, "dead_routing")
    assert worst.numbers["logits"] == 225 * 2 * 10_240
    (ties,) = (item for item in found.findings if item.kind == "ties")
    assert ties.numbers == {"images": 225, "tied": 1, "first": 224}


def test_live_logits_are_told_so() -> None:
    """Given shifts in one scale, when diagnosed, then routing is alive and every logit a sum."""
    found = api.diagnose(published("mnist", "arm_tuned", live=True), mnist_test()[0][:50])
    kinds = {item.kind for item in found.findings}
    assert "routing" in kinds
    assert not kinds & {"dead_routing", "weak_routing", "misaligned_update"}


@pytest.mark.skipif(
    os.environ.get("FXCAPS_HYPOTHESIS") != "long",
    reason="half a minute: FXCAPS_HYPOTHESIS=long runs it",
)
def test_the_readme_makes_the_published_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given the authors' float weights, when made as the README says, then the same Program."""
    text = README.split("```text published")[1]
    (block,) = re.findall(r"^```sh\n(fxcaps import.*?)^```", text, re.MULTILINE | re.DOTALL)
    monkeypatch.chdir(tmp_path)
    folder = str(real_file("q7/mnist_float_weights.npz").parents[1])
    for line in block.splitlines()[:2]:
        assert main(shlex.split(line.replace("DIR", folder))[1:]) == 0
    assert load_program(Path("q7-arm-14")).digest == published("mnist", "arm_tuned").digest

"""fxcaps diagnose: verdict first, then tables, JSON, figure."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from fxcaps import api
from fxcaps.cli import diagnosed
from fxcaps.network import save_program, with_parameters
from fxcaps.ops import Requantize
from fxcaps.types import Overflow
from tests.cli.command import command, refused, saved_images, saved_program
from tests.inside.build import dead_program, picture_program
from tests.network.build import small_images

MATPLOTLIB = importlib.util.find_spec("matplotlib") is not None


def test_a_small_program_in_full(tmp_path: Path) -> None:
    """Given two words that wrap and unused bits, when diagnosed, then the text is this."""
    program = picture_program(Requantize(overflow=Overflow.WRAP), "s4f0")
    save_program(program, tmp_path / "program")
    np.save(tmp_path / "images.npy", np.array([[[1, 2]], [[3, 9]]], np.uint8))
    done = command("diagnose", tmp_path / "program", tmp_path / "images.npy")
    assert done.code == 0
    assert done.err.startswith("diagnosing 2/2, ")
    assert done.out == (
        "diagnosis of picture, images 2\n"
        "\n"
        "verdict: 1 critical, 0 warnings, 1 notices\n"
        "  CRITICAL  made: 25.0 % of 4 words wrapped around (1 in s4f0, the first in image 1, "
        "word 1)\n"
        "  notice    formats: top bits that no word used: given 4 of 8\n"
        "\n"
        "tensor  format  least  largest  bits used  zero    saturated  wrapped  inexact  "
        "register overflow  never changes\n"
        "given   u8f0        1        9  4 of 8     0.00 %  -          -        -        "
        "-                  0.00 %\n"
        "made    s4f0       -7        3  4 of 4     0.00 %  -          25.0 %   -        "
        "-                  0.00 %\n"
        "\n"
        "rows left to the specification: none\n"
    )


def test_dead_and_live_routing(tmp_path: Path) -> None:
    """Given a Program that routes nothing and one that does, then the first lines differ."""
    images = saved_images(tmp_path)
    alive, _ = saved_program(tmp_path)
    save_program(dead_program(), tmp_path / "dead")
    dead = command("diagnose", tmp_path / "dead", images).out.splitlines()
    assert dead[3] == (
        "  CRITICAL  digit: no logit of 240 ever changed: the coupling stays uniform and the "
        "iterations route nothing (every agreement is zero in s6f-6)"
    )
    rows = [line.split() for line in dead if line.startswith("digit.b")]
    assert rows[:2] == [
        ["digit.b1", "digit.a0", "120", "100.0", "%", "0", "0.00", "%", "0.00", "%"],
        ["digit.b2", "digit.a1", "120", "100.0", "%", "0", "0.00", "%", "0.00", "%"],
    ]
    lines = command("diagnose", alive, images).out.splitlines()
    assert [line for line in lines if "never changed" in line or "ever changed" in line] == []
    assert [line for line in lines if line.startswith("  good      digit: routing is alive")]


def test_diagnoses_other_parameters(tmp_path: Path) -> None:
    """Given --set, when diagnosed, then it is the Program with that parameter."""
    path, program = saved_program(tmp_path)
    done = command(
        "diagnose", path, saved_images(tmp_path), "--set", "votes.rounding=floor", "--json"
    )
    changed = with_parameters(program, {"votes.rounding": "floor"})
    assert json.loads(done.out) == json.loads(
        json.dumps(diagnosed.to_json(api.diagnose(changed, small_images())))
    )
    assert json.loads(done.out)["digest"] == changed.digest != program.digest


def test_healthy_programs_are_told_so(tmp_path: Path) -> None:
    """Given nothing to find, when diagnosed, then the verdict says that."""
    save_program(picture_program(Requantize(), "u8f0"), tmp_path / "program")
    np.save(tmp_path / "images.npy", np.array([[[7, 255]], [[255, 7]]], np.uint8))
    done = command("diagnose", tmp_path / "program", tmp_path / "images.npy")
    assert done.out.splitlines()[2] == (
        "verdict: 0 critical, 0 warnings, 0 notices; nothing serious"
    )


def test_json_and_count(tmp_path: Path) -> None:
    """Given --json and --count, when diagnosed, then the library's object of the first images."""
    path, program = saved_program(tmp_path)
    done = command("diagnose", path, saved_images(tmp_path), "--count", 3, "--json")
    found = api.diagnose(program, small_images()[:3])
    assert done.code == 0
    assert json.loads(done.out) == json.loads(json.dumps(diagnosed.to_json(found)))
    data = json.loads(done.out)
    assert (data["images"], data["program"], data["digest"]) == (3, "small", program.digest)
    assert list(data["tensors"]) == [*program.constants, *program.traced]
    assert data["updates"]["digit.b1"] == {
        "agreement": "digit.a0",
        "logits": 72,
        "zero_agreements": found.survey.updates["digit.b1"].zero_agreements,
        "changed": found.survey.updates["digit.b1"].changed,
        "far": 0,
        "farthest": found.survey.updates["digit.b1"].farthest,
    }
    assert set(data["couplings"]) == {"digit.c0", "digit.c1", "digit.c2"}
    register = data["registers"]["conv"]
    assert (register["check"], register["spare_bits"]) == ("exact", 0)
    assert data["choices"] == {"class": {"images_tied": 0, "first": None}}


@pytest.mark.skipif(not MATPLOTLIB, reason="the figure needs matplotlib, which is not installed")
@pytest.mark.parametrize("name", ["figure.png", "figure.svg"])
def test_draws(name: str, tmp_path: Path) -> None:
    """Given --figure, when diagnosed, then it is drawn, and told where, but not among JSON."""
    path, _ = saved_program(tmp_path)
    images = saved_images(tmp_path)
    figure = tmp_path / name
    done = command("diagnose", path, images, "--figure", figure)
    assert done.out.endswith(f"\n\nfigure written to {figure}\n")
    assert figure.read_bytes().startswith(b"\x89PNG" if name == "figure.png" else b"<?xml")
    done = command("diagnose", path, images, "--figure", figure, "--json")
    assert json.loads(done.out)["images"] == 5


def test_needs_matplotlib_for_the_figure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given no matplotlib, when a figure is asked for, then one line says so before the run."""
    path, _ = saved_program(tmp_path)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert command("diagnose", path, saved_images(tmp_path), "--figure", "f.png") == refused(
        "PARAMETER_INVALID: --figure needs matplotlib, which is not installed "
        '(pip install "fxcaps[plots]")'
    )


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--count", 0], "PARAMETER_INVALID: --count must be 1 to 5, found 0"),
        (["--count", 6], "PARAMETER_INVALID: --count must be 1 to 5, found 6"),
        (["--threads", 0], "PARAMETER_INVALID: threads must be at least 1, found 0"),
    ],
)
def test_refuses(options: list[object], line: str, tmp_path: Path) -> None:
    """Given numbers out of range, when diagnosed, then one line and exit code 2."""
    path, _ = saved_program(tmp_path)
    assert command("diagnose", path, saved_images(tmp_path), *options) == refused(line)

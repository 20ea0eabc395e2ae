"""fxcaps demo: the main job, and the same by parts."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from fxcaps import api, datasets
from fxcaps.network import load_program
from fxcaps.network.files import read_archive
from tests.cli.command import Done, command, refused

DIGEST = "0822950bf8b6d22f14e4a57415a205741c07081931da0a2ae9d5bfc45ca34667"
"""Of the output words of the 1,000 evaluation digits."""

MATPLOTLIB = importlib.util.find_spec("matplotlib") is not None

PRINTED = """\
network mnist-small: 8-bit words, 250 calibration digits
float accuracy:   99.40 %
integer accuracy: 99.10 %
disagreements:    3 of 1000

memory         words  float32 kB  integer kB  smaller
weights      296,860     1,187.4       296.9    4.00x
activations  165,331       661.3       165.3    4.00x

tensor        saturated  wrapped   inexact  accumulator_overflow  first overflow
image              3953  -          145596  -                     image 0, word 272
conv                  -  -         1683250  -                     -
primary.maps          -  -         4094034  -                     -
primary             120  -         2928881  -                     image 5, word 237
digit.votes           -  -        56810969  -                     -
digit.c0              -  -        10240000  -                     -
digit.s0              1  -           59885  -                     image 802, word 14
digit.v0              -  -           57427  -                     -
digit.a0              -  -         7794523  -                     -
digit.c1              -  -        10239977  -                     -
digit.s1              3  -           59804  -                     image 802, word 14
digit.v1              -  -           55136  -                     -
digit.a1              -  -         7294288  -                     -
digit.b2              -  -          690826  -                     -
digit.c2              -  -        10239992  -                     -
digit.s2              -  -           59850  -                     -
digit.v2              -  -           42218  -                     -
length                -  -            8676  -                     -
undecided rows left to the specification: none
digest of the output words: {digest}
Program written to {place}/program, trace to {place}/trace.npz
"""


class Demo(NamedTuple):
    """What the demo printed and where it wrote."""

    done: Done
    place: Path


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """The demo, run once."""
    place = tmp_path_factory.mktemp("demo") / "results"
    return Demo(command("demo", "-o", place), place)


def test_prints_the_whole_story(shown: Demo) -> None:
    """Given the package alone, when the demo runs, then accuracies, events and digest are these."""
    assert shown.done.code == 0
    story, last = shown.done.out.rstrip("\n").rsplit("\n", 1)
    assert re.fullmatch(r"done in \d+\.\d s", last)
    expected = PRINTED.format(digest=DIGEST, place=shown.place)
    figure = f"figure written to {shown.place}/ranges.png"
    absent = 'no figure: matplotlib is not installed (pip install "fxcaps[plots]")'
    assert story == expected + (figure if MATPLOTLIB else absent)


def test_shows_progress(shown: Demo) -> None:
    """Given no terminal, when the demo runs, then the error stream tells each stage's end."""
    lines = [re.sub(r"\d+\.\d s", "T", line) for line in shown.done.err.splitlines()]
    ends = [line for line in lines if re.search(r"(250/250|1000/1000), T$|compiles", line)]
    assert ends == [
        "calibrating 250/250, T",
        "float forward 1000/1000, T",
        "integer forward: the first run compiles the engine",
        "integer forward 1000/1000, T",
    ]


def test_writes_the_program_and_a_trace(shown: Demo) -> None:
    """Given its files, when read, then the Program runs to the trace, tensor by tensor."""
    names = {"program", "trace.npz"} | ({"ranges.png"} if MATPLOTLIB else set())
    assert {path.name for path in shown.place.iterdir()} == names
    program = load_program(shown.place / "program")
    images, _ = datasets.digits("evaluation")
    made = api.run(program, images[:1], keep=program.traced)
    description, arrays = read_archive(shown.place / "trace.npz")
    assert description["program_digest"] == program.digest
    assert list(arrays) == list(program.traced)
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, made.words[name], strict=True)


@pytest.mark.skipif(not MATPLOTLIB, reason="the figure needs matplotlib, which is not installed")
def test_draws_the_figure(shown: Demo) -> None:
    """Given matplotlib, when the demo has run, then its figure is a PNG of some size."""
    content = (shown.place / "ranges.png").read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = (int.from_bytes(content[at : at + 4], "big") for at in (16, 20))
    assert (width, height > 1000) == (1200, True)


def test_the_parts_give_the_same(shown: Demo, tmp_path: Path) -> None:
    """Given quantize and run by hand, when done, then Program and digest are the demo's."""
    program = tmp_path / "program"
    quantized = command(
        "quantize", "mnist-small", "--calibrate", "digits/calibration", "--width", 8, "-o", program
    )
    assert quantized.code == 0
    expected = load_program(shown.place / "program")
    assert load_program(program).digest == expected.digest
    done = command("run", program, "digits/evaluation", "--trace", tmp_path / "trace.npz")
    assert done.code == 0
    assert done.value("digest of the output words") == DIGEST
    assert done.value("accuracy") == "99.10 % (991 of 1000)"
    assert (tmp_path / "trace.npz").read_bytes() == (shown.place / "trace.npz").read_bytes()


@pytest.fixture
def _few_digits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten digits of each split."""
    digits = datasets.digits

    def few(split: str) -> tuple[Any, Any]:
        images, labels = digits(split)
        return images[:10], labels[:10]

    monkeypatch.setattr(datasets, "digits", few)


@pytest.mark.usefixtures("_few_digits")
def test_says_where_matplotlib_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given no matplotlib, when the demo runs, then it says so and writes the rest."""
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "matplotlib" else find(name)
    )
    done = command("demo", "-o", tmp_path / "made", "--threads", 1)
    assert done.code == 0
    line = 'no figure: matplotlib is not installed (pip install "fxcaps[plots]")'
    assert done.out.splitlines()[-2] == line
    assert {path.name for path in (tmp_path / "made").iterdir()} == {"program", "trace.npz"}


@pytest.mark.usefixtures("_few_digits")
def test_runs_twice_into_one_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given the default place, when the demo runs again, then it replaces its own files."""
    monkeypatch.chdir(tmp_path)
    first, second = command("demo"), command("demo")
    assert (first.code, second.code) == (0, 0)
    assert first.out.splitlines()[:-1] == second.out.splitlines()[:-1]
    assert [path.name for path in tmp_path.iterdir()] == ["fxcaps-demo"]


def test_refuses_places_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a place that cannot be written, when the demo starts, then nothing is computed."""
    monkeypatch.setattr(api, "load_network", None)
    (tmp_path / "file").write_text("mine")
    place = tmp_path / "file" / "made"
    assert command("demo", "-o", place) == refused(f"FILE_UNWRITABLE: {place}: Not a directory")
    assert command("demo", "-o", tmp_path / "file") == refused(
        f"FILE_UNWRITABLE: {tmp_path / 'file'}: File exists"
    )


@pytest.mark.usefixtures("_few_digits")
def test_keeps_what_is_not_its_own(tmp_path: Path) -> None:
    """Given a directory where the Program should go, when the demo runs, then it stays."""
    (tmp_path / "program").mkdir()
    (tmp_path / "program" / "thesis.tex").write_text("years of work")
    done = command("demo", "-o", tmp_path)
    assert done.code == 2
    assert done.err.splitlines()[-1] == (
        f"fxcaps: FILE_UNWRITABLE: {tmp_path / 'program'}: exists and is not a Program; choose "
        "another place"
    )
    assert [path.name for path in tmp_path.rglob("*")] == ["program", "thesis.tex"]

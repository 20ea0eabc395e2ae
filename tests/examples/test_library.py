"""The adapter for C libraries: the example as it is, broken, and libraries that misbehave."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from fxcaps.conform import (
    Block,
    Code,
    DeviceError,
    Library,
    Question,
    Skip,
    Status,
    choose,
    conduct,
)
from fxcaps.conform.adapters.library import HEADER, header
from fxcaps.types import Reason
from fxcaps.vectors.call import Setup
from tests.cli.command import command
from tests.examples.build import C, compiled, copied, first_wrong_taps, need, published

LIBRARY = ("-O2", "-shared", "-fPIC", "-fsanitize=undefined", "-fno-sanitize-recover=all")

WORDS = {"format": "s8f0", "shape": [4]}

BLOCK = Block(
    "requantize",
    1,
    "mine",
    {"SETUP_ID": "00000001", "PROFILE_ID": "00000002"},
    Setup("s", {"op": "requantize"}, {"x": WORDS}, {"out": WORDS}),
)

REGISTER = "s16f11-s16f15-4"
"""A setup of squash whose register of 16 bits overflows."""

QUESTION = Question(0, {"x": [1, -128, 127, 0]})


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example as a library."""
    return compiled(C, tmp_path_factory.mktemp("library") / "dut.so", *LIBRARY)


@pytest.mark.parametrize(
    ("op", "kind"),
    [
        ("requantize", "random"),
        ("isqrt", "reject"),
        ("squash", "chain"),
        ("dynamic_routing", "edge"),
    ],
)
def test_the_example(op: str, kind: str, library: Path) -> None:
    """Given words, calls to reject and feedback, when asked, then all is the published one."""
    selection = choose(published(), op=op, profile="fxcaps-hardware", kind=kind)
    result = conduct(Library(library), selection)
    assert (result.code, result.faults) == (Code.CONFORMANT, ())


def test_from_the_command_line(library: Path) -> None:
    """Given the library, when asked by the command, then its report names it."""
    options = ("--profile", "fxcaps-hardware", "--kind", "edge", "--setup", "s8f5-s8f7-4")
    done = command("conform", "run", "squash", *options, "--library", library)
    assert (done.code, done.value("result")) == (0, "conformant")
    assert done.out.startswith(f"squash fxcaps-hardware: {library} (library)\n")


def test_a_broken_copy_is_told(tmp_path: Path) -> None:
    """Given an accumulator that wraps where it saturates, then its register is first."""
    change = (
        "fx.c",
        "return fx_fit(fx_near(*sum), register_->format, register_->overflow, sum);\n    }\n",
        "return fx_fit(fx_near(*sum), register_->format, FX_WRAP, sum);\n    }\n",
    )
    source = copied(C, tmp_path / "c", [change])
    device = Library(compiled(source, tmp_path / "dut.so", *LIBRARY))
    selection = choose(
        published(), op="squash", profile="fxcaps-acc16", kind="edge", setup=REGISTER
    )
    result = conduct(device, selection)
    assert result.code is Code.MISMATCH
    assert first_wrong_taps(result) == ["register"]


def small_library(place: Path, way: int) -> Path:
    need("gcc")
    source = Path(__file__).with_name("devices.c")
    flags = ["-shared", "-fPIC", f"-DWAY={way}", "-I", str(C)]
    target = place / f"way{way}.so"
    subprocess.run(["gcc", *flags, "-o", str(target), str(source)], check=True)  # noqa: S607
    return target


@pytest.mark.parametrize(
    ("way", "why"),
    [
        (3, "the library ended its process: signal SIGABRT"),
        (4, "the library ended its process"),
        (5, "no reply within 0.5 s"),
        (6, "status 99, which is none"),
        (7, "wrote behind the 4 words that there is room for of output 0"),
        (8, "wrote before the words of output 0"),
        (9, "changed input 0"),
        (10, "counts 5 words in output 0, of 4"),
        (15, "counts no words in output 0, of 4"),
        (11, "word 2 of output 0 was not written, or depends on what was there"),
        (13, "found no room for its outputs"),
    ],
)
def test_a_call_that_fails(way: int, why: str, tmp_path: Path) -> None:
    """Given a library that crashes, hangs, lies or tramples, when asked, then one line says so."""
    device = Library(small_library(tmp_path, way), seconds=0.5 if way == 5 else 10.0)
    try:
        device.begin(BLOCK)
        (reply,) = device.ask([QUESTION])
    finally:
        device.close()
    assert (reply.status, reply.reason) == (Status.FAILED, why)


def test_a_right_call_and_a_short_one(tmp_path: Path) -> None:
    """Given a library that is right, and one that counts a word less, then what they gave."""
    for way, expected in ((0, [2, -127, -128, 1]), (14, [2, -127, -128])):
        device = Library(small_library(tmp_path, way))
        device.begin(BLOCK)
        (reply,) = device.ask([QUESTION])
        device.close()
        assert (reply.status, reply.words) == (Status.WORDS, {"out": expected})


@pytest.mark.parametrize(
    ("way", "error", "why"),
    [
        (1, DeviceError, "expected fxcaps_dut.h version 1, found 9"),
        (2, DeviceError, "the device has profile_id 'deadbeef', the vectors '00000002'"),
        (12, Skip, "the library declines the setup"),
    ],
)
def test_a_setup_that_fails(way: int, error: type[Exception], why: str, tmp_path: Path) -> None:
    """Given a library of another version or profile, or that declines, then no call is made."""
    device = Library(small_library(tmp_path, way))
    with pytest.raises(error) as caught:
        device.begin(BLOCK)
    device.close()
    assert str(caught.value) == why


def test_after_three_crashes_no_more_are_asked(tmp_path: Path) -> None:
    """Given a library that always crashes, when asked often, then it is given up."""
    device = Library(small_library(tmp_path, 3))
    device.begin(BLOCK)
    with pytest.raises(DeviceError) as caught:
        list(device.ask([QUESTION] * 5))
    device.close()
    assert str(caught.value) == (
        "the library ended its process: signal SIGABRT; 3 calls in a row were lost"
    )


def test_a_file_that_is_no_library(tmp_path: Path) -> None:
    """Given another file, when begun, then the loader's complaint."""
    path = tmp_path / "none.so"
    path.write_text("none", "ascii")
    device = Library(path)
    with pytest.raises(DeviceError) as caught:
        device.begin(BLOCK)
    device.close()
    assert str(caught.value).startswith("the library ended its process: exit code 1 (OSError: ")


def test_the_header_is_the_examples() -> None:
    """Given the header of the package, when compared, then the example includes the same."""
    assert header() == (C / HEADER).read_text("ascii")
    assert command("conform", "header").out == header()


def test_the_header_numbers_the_reasons() -> None:
    """Given the reasons of the page, when looked up in the header, then numbered in its order."""
    reasons = list(Reason)[: list(Reason).index(Reason.DIVISION_BY_ZERO) + 1]
    for number, reason in enumerate(reasons, 1):
        assert f"#define FXCAPS_{reason.value} {number}\n" in header()

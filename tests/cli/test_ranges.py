"""fxcaps ranges: the accumulators that no input can overflow."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import fxcaps
from fxcaps.cli.main import main
from fxcaps.network import Program
from fxcaps.ops import Conv2d
from fxcaps.types import Accumulator, Check, Format


@pytest.fixture(scope="module")
def program() -> Program:
    images, _ = fxcaps.digits("calibration")
    quantised: Program = fxcaps.quantize_network(fxcaps.load_network("mnist-small"), images[:10])
    return quantised


def widened(program: Program) -> Program:
    """The program with a 32-bit register, overflowing as it likes, in its first convolution."""
    steps = list(program.steps)
    conv = steps[1]
    assert isinstance(conv.params, Conv2d)
    wide = Accumulator(format=Format(True, 32, 15), check=Check.PER_STEP)
    steps[1] = replace(conv, params=replace(conv.params, accumulator=wide))
    return replace(program, steps=tuple(steps))


def printed(
    program: Program, directory: Path, capsys: pytest.CaptureFixture[str]
) -> dict[str, list[str]]:
    """The table that the command prints, by tensor."""
    fxcaps.save_program(program, directory)
    assert main(["ranges", str(directory)]) == 0
    lines = capsys.readouterr().out.split("\n\n")[0].splitlines()
    return {line.split()[0]: line.split()[1:] for line in lines[1:]}


def test_a_quantised_program_has_no_bit_to_spare(
    program: Program, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a Program of the quantiser, then every accumulator is the narrowest safe one."""
    found = printed(program, tmp_path / "program", capsys)
    assert list(found) == [
        "conv",
        "primary.maps",
        "primary",
        "digit.votes",
        "digit.c0",
        "digit.s0",
        "digit.v0",
        "digit.a0",
        "digit.c1",
        "digit.s1",
        "digit.v1",
        "digit.a1",
        "digit.c2",
        "digit.s2",
        "digit.v2",
        "length",
    ]
    routed = ["1", "60", "1"]
    groups = ["16", "64", "1", "61440", *routed, "1", *routed, "1", *routed, "1"]
    assert [row[0] for row in found.values()] == groups
    assert all(row[3] == row[4] and row[5:] == ["exact", "0"] for row in found.values())


def test_spare_bits_are_counted(
    program: Program, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Given a register of 32 bits where fewer do, then the others are spare."""
    narrow = printed(program, tmp_path / "narrow", capsys)["conv"]
    needed = Format.parse(narrow[3])
    wide = printed(widened(program), tmp_path / "wide", capsys)["conv"]
    assert wide == [*narrow[:4], "s32f15", "per_step", str(32 - needed.width)]

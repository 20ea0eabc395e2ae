"""fxcaps explain: a word as text and as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fxcaps.cli import explained
from fxcaps.inside import explain
from fxcaps.network import Program, save_program
from fxcaps.ops import Requantize, SoftmaxLut, WeightedSum
from fxcaps.types import (
    Accumulator,
    BiasAt,
    Check,
    Format,
    Init,
    Overflow,
    Pairwise,
    Philox,
    RoundAt,
    Rounding,
    Tile,
)
from tests.cli.command import command, refused, saved_images, saved_program
from tests.inside.build import picture_program, program_of
from tests.network.build import ON_ENGINE, one_step_program
from tests.support.build import call, tensor
from tests.support.examples import EXAMPLES


def summed(**changes: Any) -> tuple[Program, Any]:
    """A weighted sum of two products and a bias in a register of six bits."""
    register = Accumulator(format=Format(True, 6, 5), check=Check.PER_STEP)
    called = call(
        WeightedSum(**{"accumulator": register, "rounding": Rounding.FLOOR} | changes),
        "s4f3",
        c=tensor("u3f2", [[3, 1], [2, 1]]),
        votes=tensor("s5f3", [[[1, 7], [2, 2]], [[3, -5], [4, 4]]]),
        bias=tensor("s4f4", [[1, 6], [0, 0]]),
    )
    return program_of(called)


HEAD = """\
made.out[0, 1] of image 0, format s4f3
step step: weighted_sum

register: s6f5 [-32, 31], per_step, saturate
bias: bias[0, 1] = 6 (0.375)
start: 12
"""

SUM = """\
product  c        word  value  votes           word   value  product word  register
      0  c[0, 0]     3   0.75  votes[0, 0, 1]     7   0.875            21        31  overflow
      1  c[1, 0]     2    0.5  votes[1, 0, 1]    -5  -0.625           -10        21
sum: 21 = 0.65625
2 products, 0 of them zero; the register held 12 to 31

exact: 5.25 steps of s4f3
rounding floor: 0.25 of a step above 5, down to 5
overflow saturate: 5 fits [-8, 7]

word: 5 = 0.625
events: accumulator_overflow, inexact
word of a run: 5, the same
"""


def texts(program: Program, image: Any, at: tuple[int, ...], **options: Any) -> list[str]:
    """The lines of an explanation."""
    found = explain(program, image, 0, at, ON_ENGINE, step="step")
    return explained.to_text(found, **options).splitlines()


def test_a_sum() -> None:
    """Given a sum that overflows its register, when explained, then the text is this."""
    program, image = summed()
    assert "\n".join(texts(program, image, (0, 1))) + "\n" == HEAD + SUM


def test_the_command_prints_the_text(tmp_path: Path) -> None:
    """Given an element-wise step on disk, when explained, then the command prints all of it."""
    save_program(picture_program(Requantize(), "s4f-1"), tmp_path / "program")
    np.save(tmp_path / "images.npy", np.array([[[1, 2]], [[27, 9]]], np.uint8))
    done = command(
        "explain", tmp_path / "program", tmp_path / "images.npy",
        "--image", 1, "--step", "narrow", "--at", "0,1,0",
    )  # fmt: skip
    assert (done.code, done.err) == (0, "")
    assert done.out == (
        "made[0, 1, 0] of image 1, format s4f-1\n"
        "step narrow: requantize\n"
        "\n"
        "operand  word of         word  value\n"
        "x        given[0, 1, 0]     9      9\n"
        "\n"
        "exact: 4.5 steps of s4f-1\n"
        "rounding ties_to_pos_inf: 0.5 of a step above 4, up to 5\n"
        "overflow saturate: 5 fits [-8, 7]\n"
        "\n"
        "word: 5 = 10\n"
        "events: inexact\n"
        "word of a run: 5, the same\n"
    )


def test_rejections() -> None:
    """Given a word that the overflow mode rejects, when explained, then the end says so."""
    program = one_step_program(Requantize(overflow=Overflow.REJECT))
    found = explain(program, np.array([[9, 1]]), 0, (0,), ON_ENGINE, step="narrow")
    assert explained.to_text(found).splitlines()[-4:] == [
        "rounding ties_to_pos_inf: nothing to drop, 9",
        "overflow reject: 9 does not fit [-8, 7]",
        "",
        "rejected: OUTPUT_OUT_OF_RANGE: step 'narrow': out[0]: 9 is outside s4f0 [-8, 7]",
    ]


def test_intermediates_and_fractions() -> None:
    """Given a softmax of twenty logits, when explained, then its list is cut around its own."""
    params = SoftmaxLut(table=(8, 4, 2, 1, 0), index_frac=0)
    logits = [0] * 17 + [1, 2, 0]
    program, image = program_of(call(params, "u8f8", x=tensor("s4f0", [logits])))
    lines = texts(program, image, (0, 18))
    assert "largest: 2 = 2" in lines
    assert "entries: ... 2 2 2 2 2 2 2 2 2 2 2 2 2 4 [8] 2" in lines
    assert "sum: 48" in lines
    assert "exact: 42.6666666667 steps of u8f8 = 128/3" in lines


def test_irrational_values() -> None:
    """Given the length of (1, 1), when explained, then it lies between steps."""
    called = EXAMPLES["length"]._replace(inputs={"x": tensor("s8f4", [[1, 1]])})
    lines = texts(*program_of(called), (0,))
    assert "exact: strictly between 1 and 1.5 steps of u8f4" in lines
    assert "rounding floor: a fraction above 1, down to 1" in lines


def test_long_sums_are_cut() -> None:
    """Given 20 products, when explained, then the middle is left out unless asked for."""
    called = call(
        WeightedSum(),
        "s8f0",
        c=tensor("u4f0", [[1]] * 20),
        votes=tensor("s4f0", [[[k % 5]] for k in range(20)]),
    )
    program, image = program_of(called)
    short, long = texts(program, image, (0, 0)), texts(program, image, (0, 0), whole=True)
    assert len(long) - len(short) == 3
    assert "    ..." in short
    assert "20 products, 4 of them zero, 4 not shown (--all); the register held 0 to 40" in short
    assert "20 products, 4 of them zero; the register held 0 to 40" in long


@pytest.mark.parametrize(
    ("register", "lines"),
    [
        (
            Accumulator(order=Pairwise(), bias_at=BiasAt.LAST),
            [
                "register: unbounded, pairwise, bias last",
                "bias: bias[0, 1] = 6 (0.375)",
                "start: 0",
                "product  c        word  value  votes           word   value  product word",
                "      0  c[0, 0]     3   0.75  votes[0, 0, 1]     7   0.875            21",
                "      1  c[1, 0]     2    0.5  votes[1, 0, 1]    -5  -0.625           -10",
                "then inner node: 11",
                "then accumulator: 11",
                "then accumulator: 23",
                "sum: 23 = 0.71875",
                "2 products, 0 of them zero",
            ],
        ),
        (
            Accumulator(
                round_at=RoundAt.PRODUCT,
                product=Format(True, 4, 4),
                init=Init.BIAS_AND_HALF,
                tile=Tile(count=1, spill=Format(True, 6, 4)),
            ),
            [
                (
                    "register: unbounded, rounded at each product ties_to_pos_inf, bias_and_half, "
                    "spilled to s6f4 after every 1"
                ),
                "bias: bias[0, 1] = 6 (0.375)",
                "start: 7",
                (
                    "product  c        word  value  votes           word   value  product word  "
                    "narrowed"
                ),
                (
                    "      0  c[0, 0]     3   0.75  votes[0, 0, 1]     7   0.875            21 "
                    "        7  overflow"
                ),
                (
                    "      1  c[1, 0]     2    0.5  votes[1, 0, 1]    -5  -0.625           -10 "
                    "       -5"
                ),
                "then accumulator: 14",
                "then spill: 14",
                "then accumulator: 9",
                "sum: 9 = 0.5625",
                "2 products, 0 of them zero",
            ],
        ),
    ],
)
def test_elaborate_registers(register: Accumulator, lines: list[str]) -> None:
    """Given groups, tiles and narrowed products, when explained, then the text tells each step."""
    program, image = summed(accumulator=register)
    assert texts(program, image, (0, 1))[3 : 3 + len(lines)] == lines


def test_stochastic_rounding() -> None:
    """Given random bits that decide, when explained, then the generator is named."""
    program = one_step_program(Requantize(rounding=Philox()), x="s8f2")
    found = explain(program, np.array([[5, 0]]), 0, (0,), ON_ENGINE, step="narrow")
    assert found.word in (1, 2)
    way = "down to 1" if found.word == 1 else "up to 2"
    line = f"rounding stochastic philox: 0.25 of a step above 1, {way}"
    assert line in explained.to_text(found).splitlines()


def test_padding_and_parts(tmp_path: Path) -> None:
    """Given a part of routing, when explained by its tensor, then the composite is named."""
    path, _ = saved_program(tmp_path)
    images = saved_images(tmp_path)
    done = command("explain", path, images, "--tensor", "digit.c1", "--at", "2,1")
    lines = done.out.splitlines()
    assert done.code == 0
    assert lines[1] == "step digit.softmax1: softmax lut, part softmax1 of step digit"
    called = EXAMPLES["conv2d"]
    params = replace(called.params, padding=(1, 0, 0, 0))
    program, image = program_of(called._replace(params=params))
    assert any("padding" in line for line in texts(program, image, (0, 0, 0)))


def test_json() -> None:
    """Given the sum above, when written as JSON, then it is this."""
    program, image = summed()
    found = explain(program, image, 0, (0, 1), ON_ENGINE, step="step")

    def word(port: str, at: list[int], word: int, value: float) -> dict[str, Any]:
        return {"port": port, "tensor": port, "at": at, "word": word, "value": value}

    def held(value: int, *, overflowed: bool = False) -> dict[str, Any]:
        return {"place": "accumulator", "value": value, "overflowed": overflowed}

    assert json.loads(json.dumps(explained.to_json(found))) == {
        "program": "one-step",
        "image": 0,
        "step": "step",
        "operation": "weighted_sum",
        "part": None,
        "tensor": "made.out",
        "at": [0, 1],
        "format": "s4f3",
        "operands": [],
        "sums": [
            {
                "frac": 5,
                "register": "s6f5 [-32, 31], per_step, saturate",
                "start": held(12),
                "bias": word("bias", [0, 1], 6, 0.375),
                "products": [
                    {
                        "number": 0,
                        "factors": [word("c", [0, 0], 3, 0.75), word("votes", [0, 0, 1], 7, 0.875)],
                        "product": 21,
                        "narrowed": None,
                        "register": held(31, overflowed=True),
                    },
                    {
                        "number": 1,
                        "factors": [
                            word("c", [1, 0], 2, 0.5),
                            word("votes", [1, 0, 1], -5, -0.625),
                        ],
                        "product": -10,
                        "narrowed": None,
                        "register": held(21),
                    },
                ],
                "later": [],
                "total": held(21),
            }
        ],
        "notes": [],
        "narrowings": [
            {
                "exact": {"numerator": 21, "denominator": 4},
                "irrational": False,
                "rounding": "floor",
                "dropped": 0.25,
                "rounded": 5,
                "overflow": "saturate",
                "fits": True,
                "format": "s4f3",
            }
        ],
        "word": 5,
        "value": 0.625,
        "traced": 5,
        "events": ["accumulator_overflow", "inexact"],
        "rejection": None,
    }


def test_the_command_prints_json(tmp_path: Path) -> None:
    """Given --json, when explained, then the library's object is printed."""
    path, program = saved_program(tmp_path)
    images = saved_images(tmp_path)
    done = command("explain", path, images, "--step", "length", "--at", "1", "--json")
    found = explain(program, np.load(images), 0, (1,), ON_ENGINE, step="length")
    assert (done.code, json.loads(done.out)) == (
        0,
        json.loads(json.dumps(explained.to_json(found))),
    )


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (
            ["--step", "digit"],
            "PARAMETER_INVALID: step 'digit' has parts; name one of digit.softmax0, ",
        ),
        (["--step", "konv"], "NAME_UNKNOWN: small has no step 'konv'; known: image, conv, "),
        (
            ["--step", "length", "--at", "3"],
            "PARAMETER_INVALID: 3 is no place in 'length' of shape (3,)",
        ),
        (
            ["--step", "length", "--at", "1", "--image", "9"],
            "PARAMETER_INVALID: image must be 0 to 4, found 9",
        ),
    ],
)
def test_refuses(options: list[str], line: str, tmp_path: Path) -> None:
    """Given what is not there, when explained, then one line and exit code 2."""
    path, _ = saved_program(tmp_path)
    done = command("explain", path, saved_images(tmp_path), *options)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert done.err.startswith(f"fxcaps: {line}")


def test_refuses_files(tmp_path: Path) -> None:
    """Given no Program, when explained, then the line of every command says so."""
    images = saved_images(tmp_path)
    assert command("explain", tmp_path, images, "--step", "conv") == refused(
        f"FILE_UNREADABLE: {tmp_path / 'program.json'}: No such file or directory"
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "one of the arguments --step --tensor is required"),
        (["--step", "a", "--tensor", "b"], "not allowed with argument"),
        (["--step", "a", "--at", "x"], "expected indices such as 3,2,0, found 'x'"),
    ],
)
def test_wrong_command_lines(options: list[str], message: str) -> None:
    """Given a command line without meaning, then usage and exit code 2."""
    done = command("explain", "program", "images", *options)
    assert done.code == 2
    assert message in done.err

"""fxcaps compare: exit codes, text and JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from fxcaps.api import run
from fxcaps.network import Program, save_trace
from tests.cli.command import command, refused, saved_program
from tests.network.build import small_images


class Given(NamedTuple):
    """A Program and the trace of an image on disk, with its arrays."""

    place: Path
    path: Path
    program: Program
    trace: Path
    arrays: dict[str, Any]

    def dump(self, **arrays: Any) -> Path:
        """An archive of these arrays; `digit_s0` names `digit.s0`."""
        names = {name.replace("_", ".", 1): array for name, array in arrays.items()}
        np.savez(self.place / "dump.npz", **names)
        return self.place / "dump.npz"


@pytest.fixture
def given(tmp_path: Path) -> Given:
    """A small Program and a trace of two images."""
    path, program = saved_program(tmp_path)
    made = run(program, small_images(2), keep=program.traced)
    save_trace(made, tmp_path / "trace.npz")
    return Given(tmp_path, path, program, tmp_path / "trace.npz", made.words)


def test_equal(given: Given) -> None:
    """Given some equal tensors, when compared, then exit code 0, and what is absent is told."""
    words = sum(array.size for array in given.arrays.values())
    done = command("compare", given.trace, given.trace)
    count = len(given.program.traced)
    assert done == (0, f"compared: {count} tensors, images 2, words {words:,}\nequal\n", "")
    done = command("compare", given.trace, given.dump(length=given.arrays["length"]))
    absent = ", ".join(name for name in given.program.traced if name != "length")
    assert done == (
        0,
        f"compared: 1 tensors, images 2, words 6\nnot in the dump: {absent}\nequal\n",
        "",
    )


def test_different(given: Given) -> None:
    """Given three changed words in two tensors, when compared, then exit code 1 and a table."""
    s0, v0 = (given.arrays[f"digit.{name}"].astype(np.int32) for name in ("s0", "v0"))
    s0[0], v0[1] = 2, -4
    given.arrays["digit.s0"][0], given.arrays["digit.v0"][1] = 2, -4
    save = run(given.program, small_images(2), keep=given.program.traced)
    save.words["digit.s0"][0], save.words["digit.v0"][1] = 2, -4
    save_trace(save, given.trace)
    s0[0, 1, 1] += 3
    s0[0, 2, 0] -= 1
    v0[1, 0, 1] += 64
    done = command(
        "compare", given.trace, given.dump(digit_s0=s0, digit_v0=v0), "--only", "digit.*0"
    )
    assert (done.code, done.err) == (1, "")
    assert done.out == (
        "compared: 2 tensors, images 2, words 24\n"
        "not in the dump: digit.b0, digit.c0, digit.a0\n"
        "first difference: digit.s0[1, 1] of image 0: expected 2 (0.0625), found 5 (0.15625)\n"
        "\n"
        "image  tensor    differ  of  first at  expected      found        largest (LSB)\n"
        "    0  digit.s0       2   6  [1, 1]    2 (0.0625)    5 (0.15625)              3\n"
        "    1  digit.v0       1   6  [0, 1]    -4 (-0.0625)  60 (0.9375)             64\n"
        "same bits, signed and unsigned mixed up: digit.v0\n"
        "different: 3 of 24 words\n"
    )
    done = command(
        "compare",
        given.trace,
        given.dump(digit_s0=s0, digit_v0=v0),
        "--json",
        "--only",
        "digit.[sv]0",
    )
    items = [
        {
            "tensor": "digit.s0",
            "image": 0,
            "words": 2,
            "at": [1, 1],
            "expected": {"word": 2, "value": 0.0625},
            "found": {"word": 5, "value": 0.15625},
            "largest_lsb": 3,
            "same_bits": False,
        },
        {
            "tensor": "digit.v0",
            "image": 1,
            "words": 1,
            "at": [0, 1],
            "expected": {"word": -4, "value": -0.0625},
            "found": {"word": 60, "value": 0.9375},
            "largest_lsb": 64,
            "same_bits": True,
        },
    ]
    assert done.code == 1
    assert json.loads(done.out) == {
        "equal": False,
        "images": 2,
        "tensors": {
            "digit.s0": {"format": "s6f5", "words": 6},
            "digit.v0": {"format": "s6f6", "words": 6},
        },
        "absent": [],
        "other_program": False,
        "first": items[0],
        "differences": items,
    }


def test_long_tables_end(given: Given) -> None:
    """Given more differing images than the table has rows, then the rest is counted."""
    made = run(given.program, small_images(120), keep=["length"])
    save_trace(made, given.trace)
    done = command("compare", given.trace, given.dump(length=made.words["length"].astype(int) + 1))
    assert done.code == 1
    assert len(done.out.splitlines()) == 3 + 1 + 1 + 100 + 2
    assert "... 20 more rows (--json has all)\n" in done.out


def test_values_and_programs(given: Given) -> None:
    """Given values and expected words without formats, when told so, then they compare."""
    step = float(given.program.tensors["length"].format.step)
    dump = given.dump(length=given.arrays["length"] * step)
    assert command("compare", given.trace, dump, "--values").code == 0
    np.savez(given.place / "plain.npz", length=given.arrays["length"])
    plain = given.place / "plain.npz"
    assert command("compare", plain, dump, "--values", "--program", given.path).code == 0


def test_bad_input_is_exit_code_2(given: Given) -> None:
    """Given what cannot be compared, then one line and exit code 2."""
    dump = given.dump(length=given.arrays["length"].astype(np.float64))
    assert command("compare", given.trace, dump) == refused(
        f"DATA_INVALID: {dump}: length: words are integers, found float64 (values need --values)"
    )
    assert command("compare", given.trace, given.dump(size=np.zeros(2, int))).err.startswith(
        f"fxcaps: NAME_UNKNOWN: {dump}: the trace has no tensor 'size'; known: pixels, image, "
    )
    absent = given.place / "absent"
    assert command("compare", given.trace, absent) == refused(
        f"FILE_UNREADABLE: {absent}: No such file or directory"
    )

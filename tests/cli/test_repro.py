"""fxcaps repro: one case alone."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from fxcaps.vectors.evaluate import evaluate
from fxcaps.vectors.files import open_set
from tests.cli.command import command, refused
from tests.cli.conformance import CASES
from tests.conform.build import SETUP, STEM, small_set
from tests.vectors.build import PUBLISHED

ROOT = ("--set", PUBLISHED)


def test_a_case() -> None:
    """Given an id, when looked at, then words, taps and outputs in hex, decimal and value."""
    done = command("repro", "squash.fxcaps-hardware.edge.around-one-s8f5-s8f7", *ROOT)
    lines = done.out.splitlines()
    assert (done.code, done.err) == (0, "")
    assert done.value("set_digest") == open_set(PUBLISHED).digest
    assert done.value("clauses").split()[-1] == "SQ-6"
    assert "factor forgotten" in done.value("mutants told")
    assert [line.split() for line in lines if line.startswith(("name", "root", "divisor"))] == [
        ["name", "index", "hex", "decimal", "value"],
        ["root", "0", "3e0", "992", "0.96875"],
        ["root", "1", "400", "1024", "1"],
        ["root", "2", "420", "1056", "1.03125"],
        ["root", "3", "400", "1024", "1"],
        ["divisor", "0", "7c1", "1985", "1.9384765625"],
        ["divisor", "1", "800", "2048", "2"],
        ["divisor", "2", "841", "2113", "2.0634765625"],
        ["divisor", "3", "800", "2048", "2"],
    ]
    assert "in x      12     e0   -32      -1" in lines


def test_a_rejected_case(tmp_path: Path) -> None:
    """Given a case that is rejected, when looked at, then the reason, and no answer in its pack."""
    name = f"{STEM}.reject.output-range"
    done = command("repro", name, *ROOT, "-o", tmp_path / "pack")
    assert done.code == 0
    assert done.value("expected").startswith("reject OUTPUT_OUT_OF_RANGE (")
    assert sorted(path.name for path in (tmp_path / "pack").iterdir()) == [
        *("request.jsonl", "request.txt", "taps.txt")
    ]


def test_a_step_of_a_chain() -> None:
    """Given a step of a chain, when looked at, then its words follow from the step before."""
    name = f"{STEM}.chain.{SETUP}-0"
    steps = [command("repro", name, "--step", step, *ROOT) for step in (1, 2, 1024)]
    assert [done.value("case") for done in steps] == [f"{name}@{step}" for step in (1, 2, 1024)]
    given = [
        [int(line.split()[4]) for line in done.out.splitlines() if line.startswith("in x ")]
        for done in steps
    ]
    (entry,) = open_set(PUBLISHED).select(op="requantize", profile="fxcaps-exact", kind="chain")
    file = open_set(PUBLISHED).read(entry)
    assert given[0] == file.cases[0]["in"]["x"]
    assert len({tuple(words) for words in given}) == 3
    made = evaluate(file.setups[0], {"x": given[1]}).words["out"]
    out = [line for line in steps[1].out.splitlines() if line.startswith("out out")]
    assert [int(line.split()[4]) for line in out] == made


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("squash.none.edge.x",), f"{PUBLISHED} has no case 'squash.none.edge.x'"),
        ((f"{STEM}.edge.x",), f"{PUBLISHED} has no case '{STEM}.edge.x'"),
        (("nonsense",), f"{PUBLISHED} has no case 'nonsense'"),
        (
            (f"{STEM}.chain.{SETUP}-0", "--step", "1025"),
            f"{STEM}.chain.{SETUP}-0 has the steps 1 to 1024, found 1025",
        ),
        (
            (f"{STEM}.reject.above-x",),
            (
                f"{STEM}.reject.above-x: its words are what is wrong, no device can be given them; "
                f"see {PUBLISHED}/requantize/fxcaps-exact/reject.json"
            ),
        ),
    ],
)
def test_what_is_no_case(arguments: tuple[str, ...], line: str) -> None:
    """Given what is no case of a device, when looked for, then one line and exit code 2."""
    assert command("repro", *arguments, *ROOT) == refused(f"NAME_UNKNOWN: {line}")


def test_damaged_vectors(tmp_path: Path) -> None:
    """Given a damaged file, when a case of it is looked for, then exit code 3."""
    root = small_set(tmp_path / "set").root
    path = root / "requantize" / "fxcaps-exact" / "edge.json"
    path.write_bytes(path.read_bytes()[:-9])
    done = command("repro", CASES[0], "--set", root)
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith(f"fxcaps: FILE_CORRUPT: {path}: sha256 is ")


def test_a_pack(tmp_path: Path) -> None:
    """Given a case, when written, then words for benches, pipes and executables; once."""
    place = tmp_path / "pack"
    done = command("repro", CASES[0], *ROOT, "-o", place)
    assert (done.code, done.out.splitlines()[-1]) == (0, f"written to {place}")
    assert (place / "in_x.hex").read_text("ascii").split()[:2] == ["0008", "0018"]
    assert (place / "out_out.hex").read_text("ascii").split()[:2] == ["01", "02"]
    assert (place / "plusargs.txt").read_text("ascii").splitlines() == [
        f"+id={CASES[0]}",
        "+cases=1",
        "+in_x=in_x.hex",
        "+out_out=out_out.hex",
    ]
    request = (place / "request.txt").read_text("ascii").splitlines()
    assert (request[0].split()[:3], request[1]) == (["0", "16", "0008"], "end 1")
    asked = json.loads((place / "request.jsonl").read_text("ascii"))
    assert asked["in"]["x"][:2] == [8, 24]
    assert (place / "taps.txt").read_text("ascii").startswith(f"case: {CASES[0]}\n")
    again = command("repro", CASES[0], *ROOT, "-o", place)
    assert (again.code, again.err) == (
        2,
        f"fxcaps: FILE_UNWRITABLE: {place}: exists; choose another place\n",
    )


MINE = """\
#include <stdint.h>
void fxcaps_case(const int16_t *in_x, int8_t *out_out)
{
    int k;
    for (k = 0; k < 16; k++) {
        int made = (in_x[k] + HALF) >> 4;
        out_out[k] = (int8_t)(made > 127 ? 127 : made < -128 ? -128 : made);
    }
}
"""


@pytest.mark.skipif(shutil.which("gcc") is None, reason="needs gcc")
def test_a_program_in_c(tmp_path: Path) -> None:
    """Given one's own function in C, when linked with the case, then it tells what differs."""
    place = tmp_path / "pack"
    assert command("repro", CASES[0], *ROOT, "-o", place).code == 0
    (place / "mine.c").write_text(MINE, "ascii")
    found = {}
    for half in ("8", "0"):
        flags = ["-std=c99", "-Wall", "-Wextra", "-Werror", "-pedantic", f"-DHALF={half}"]
        build = ["gcc", *flags, "-o", f"dut{half}", "main.c", "mine.c"]
        subprocess.run(build, cwd=place, check=True)
        started = [str(place / f"dut{half}")]
        done = subprocess.run(started, capture_output=True, text=True, check=False)
        found[half] = (done.returncode, done.stdout.splitlines()[:1])
    assert found == {"8": (0, []), "0": (1, ["out_out[0]: expected 1, found 0"])}

"""C written from the pages, behind a text pipe: as it is, and broken on purpose."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from fxcaps.conform import Code, Verdict, choose, conduct
from tests.examples.build import (
    SANITIZED,
    C,
    Change,
    Told,
    compiled,
    copied,
    first_wrong_taps,
    published,
)

OPTIMISED, PLAIN = ("-O2", *SANITIZED), ("-O0", *SANITIZED)


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, ...], Path]:
    """The device compiled both ways, sanitized."""
    place = tmp_path_factory.mktemp("c")
    return {flags: compiled(C, place / flags[0], *flags) for flags in (OPTIMISED, PLAIN)}


@pytest.mark.parametrize(
    ("flags", "op", "profile"),
    [
        (OPTIMISED, "requantize", "by_modes"),
        (OPTIMISED, "isqrt", "fxcaps-hardware"),
        (OPTIMISED, "squash", "fxcaps-hardware"),
        (OPTIMISED, "squash", "fxcaps-wrap"),
        (OPTIMISED, "softmax", "fxcaps-hardware"),
        (OPTIMISED, "dynamic_routing", "fxcaps-hardware"),
        (OPTIMISED, "dynamic_routing", "fxcaps-acc16"),
        (PLAIN, "requantize", "fxcaps-wrap"),
        (PLAIN, "squash", "fxcaps-acc16"),
        (PLAIN, "softmax", "fxcaps-truncate"),
        (PLAIN, "dynamic_routing", "fxcaps-truncate"),
    ],
)
def test_every_case_of_the_smoke_tier(
    flags: tuple[str, ...],
    op: str,
    profile: str,
    programs: dict[tuple[str, ...], Path],
    tmp_path: Path,
) -> None:
    """Given words and calls to reject, when asked, then every answer is the published one."""
    selection = choose(published(), op=op, profile=profile, tier="smoke")
    result = conduct(Told(programs[flags], tmp_path), selection)
    assert (result.code, result.faults) == (Code.CONFORMANT, ())
    asked = sum(len(chosen.pick.cases) for chosen in selection.chosen)
    assert result.counts()[Verdict.PASS] == asked > 20


BROKEN: dict[str, tuple[Change, str, str]] = {
    "root": (
        ("fx.c", "if (value >= root + bit)", "if (value > root + bit)"),
        "isqrt",
        "root",
    ),
    "root-of-squash": (
        ("fx.c", "if (value >= root + bit)", "if (value > root + bit)"),
        "squash",
        "root",
    ),
    "divisor": (
        ("squash.c", "((int64_t)1 << (2 * frac)) + n", "((int64_t)1 << frac) + n"),
        "squash",
        "divisor",
    ),
    "tie": (
        ("fx.c", "FX_TIES_TO_POS_INF: up = side >= 0", "FX_TIES_TO_POS_INF: up = side > 0"),
        "requantize",
        "rounded",
    ),
    "table": (
        ("softmax.c", "op->table[index < last ? index : last]", "op->table[index < last]"),
        "softmax",
        "entries",
    ),
    "axis": (
        ("routing.c", "fx_get(c, i * op->capsules + j)", "fx_get(c, j * op->capsules + i)"),
        "dynamic_routing",
        "s1",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_copy_is_told(name: str, tmp_path: Path) -> None:
    """Given a copy with one mistake, when asked, then words differ and the first tap is its own."""
    change, op, tap = BROKEN[name]
    source = copied(C, tmp_path / "c", [change])
    program = compiled(source, tmp_path / "dut", "-O0")
    selection = choose(published(), op=op, profile="fxcaps-hardware", kind="edge")
    result = conduct(Told(program, tmp_path), selection)
    assert result.code is Code.MISMATCH
    assert first_wrong_taps(result)[:1] == [tap]


@pytest.mark.parametrize(
    ("requests", "line"),
    [
        ("0 16 0\n", "no request"),
        ("", "requests end early"),
        ("end 1\n", "requests lost"),
    ],
)
def test_a_pipe_that_ends_early(
    requests: str, line: str, programs: dict[tuple[str, ...], Path], tmp_path: Path
) -> None:
    """Given requests that are cut off, when read, then one line and exit code 2."""
    setup = tmp_path / "setup.txt"
    setup.write_text("in.x.format s8f0\nin.x.shape 1 16\n", "ascii")
    done = subprocess.run(
        [str(programs[PLAIN]), str(setup)],
        input=requests,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (2, f"dut_pipe: {line}\n")

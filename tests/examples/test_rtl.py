"""SystemVerilog written from the pages, in its self-checking bench and behind the runner."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from fxcaps.conform import Bench, Block, Code, DeviceError, Question, choose, conduct
from fxcaps.profiles import load_profile
from fxcaps.vectors.bundle import profile_text
from fxcaps.vectors.call import Setup
from fxcaps.vectors.column import ROW
from tests.cli.command import command
from tests.examples.build import (
    RTL,
    Change,
    copied,
    first_wrong_taps,
    need,
    published,
    simulated,
    write_pack,
)

ALL_ROWS = {"": ROW}

Lanes = Mapping[str, int]


@pytest.mark.parametrize(
    ("device", "op", "profile", "setup", "lanes"),
    [
        ("requantize", "requantize", "fxcaps-hardware", "s16f8-s8f4", {"": 5}),
        ("requantize", "requantize", "fxcaps-hardware", "s8f13-s8f0", {}),
        ("requantize", "requantize", "fxcaps-hardware", "s40f30-s34f22", {"": 4}),
        ("isqrt", "isqrt", "fxcaps-hardware", "u16f8-u12f8", {}),
        ("isqrt", "isqrt", "fxcaps-wrap", "u62f0-u31f0", {}),
        ("squash", "squash", "fxcaps-hardware", "s8f5-s8f7-4", ALL_ROWS),
        ("squash", "squash", "fxcaps-wrap", "s6f-1-s8f6-1", ALL_ROWS),
        ("mac", "agreement", "fxcaps-acc16", "s8f4-s8f5-s8f4", {}),
        ("mac", "agreement", "fxcaps-wrap", "u8f8-s8f5-s8f4", {}),
    ],
)
def test_the_bench_passes(
    device: str, op: str, profile: str, setup: str, lanes: Lanes, tmp_path: Path
) -> None:
    """Given a pack, when simulated, then one line with the count and the set's digest."""
    place = write_pack(tmp_path / "pack", op, profile, setup, lanes)
    done = simulated(place, device)
    cases = len(json.loads((place / "pack.json").read_text("ascii"))["cases"])
    assert cases > 0
    line = f"FXCAPS PASS {cases}/{cases} {published().digest}\n"
    assert (done.returncode, done.stdout, done.stderr) == (0, line, "")


BROKEN: dict[str, tuple[Change, str, str, str, Lanes, str]] = {
    "root": (
        ("fx_root.sv", "next >= trial", "next > trial"),
        *("squash", "squash", "s8f5-s8f7-4"),
        ALL_ROWS,
        "root",
    ),
    "isqrt-root": (
        ("fx_root.sv", "next >= trial", "next > trial"),
        *("isqrt", "isqrt", "u32f0-u16f0"),
        {},
        "root",
    ),
    "one": (
        ("squash.sv", "1'b1} << (2 * F))", "1'b1} << F)"),
        *("squash", "squash", "s8f5-s8f7-4"),
        ALL_ROWS,
        "divisor",
    ),
    "tie": (
        (
            "fx_round.sv",
            '"ties_to_pos_inf") assign up = above || tie',
            '"ties_to_pos_inf") assign up = above',
        ),
        *("requantize", "requantize", "s16f8-s8f4"),
        {"": 4},
        "rounded",
    ),
    "register": (
        ("fx_register.sv", ".OVERFLOW(OVERFLOW)", '.OVERFLOW("wrap")'),
        *("mac", "agreement", "s16f10-s16f12-s16f10"),
        {},
        "register",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_copy_is_told(name: str, tmp_path: Path) -> None:
    """Given a copy with one mistake, when simulated, then it fails and names the first tap."""
    change, device, op, setup, lanes, tap = BROKEN[name]
    source = copied(RTL, tmp_path / "rtl", [change])
    profile = "fxcaps-acc16" if device == "mac" else "fxcaps-hardware"
    done = simulated(write_pack(tmp_path / "pack", op, profile, setup, lanes), device, source)
    assert done.returncode == 1
    assert "FXCAPS PASS" not in done.stdout
    assert re.findall("FXCAPS TAP ([a-zA-Z]+) ", done.stdout)[:1] == [tap]
    assert re.search("FXCAPS WORD mode 0 case [0-9]+ beat [0-9]+ lane", done.stdout)
    assert "FXCAPS FAIL mode 0 " in done.stdout


MISBEHAVED: dict[str, tuple[str, str, str]] = {
    "data is X": (
        "m_data <= words;",
        "m_data <= {LANES * OUT_WIDTH{1'bx}};",
        "a word is wrong",
    ),
    "valid is X": (
        "m_valid <= s_valid;",
        "m_valid <= s_valid ? 1'bx : 1'b0;",
        "valid is X",
    ),
    "no reset": (
        "m_valid <= 1'b0;",
        "m_valid <= m_valid;",
        "output after a reset without input",
    ),
    "ready is X": (
        "assign s_ready = !m_valid || m_ready;",
        "assign s_ready = m_valid ? m_ready : 1'bx;",
        "watchdog: no beat is taken",
    ),
    "deaf to back-pressure": (
        "assign s_ready = !m_valid || m_ready;",
        "assign s_ready = 1'b1;",
        "data changed before they were taken",
    ),
    "silent": (
        "assign s_ready = !m_valid || m_ready;",
        "assign s_ready = 1'b0;",
        "watchdog: no beat is taken",
    ),
    "mute": (
        "m_valid <= s_valid;",
        "m_valid <= 1'b0;",
        "watchdog: nothing moves",
    ),
    "one beat twice": (
        "m_valid <= s_valid;",
        "m_valid <= s_valid || m_valid && m_data == 8'd127;",
        "a beat too many",
    ),
    "reads without valid": (
        "if (s_valid) begin",
        "if (1'b1) begin",
        "",
    ),
}


@pytest.mark.parametrize("name", MISBEHAVED)
def test_a_device_that_misbehaves(name: str, tmp_path: Path) -> None:
    """Given a device that breaks the rules of valid and ready, when simulated, then it fails."""
    old, new, why = MISBEHAVED[name]
    source = copied(RTL, tmp_path / "rtl", [("requantize.sv", old, new)])
    place = write_pack(tmp_path / "pack", "requantize", "fxcaps-hardware", "s16f8-s8f4")
    done = simulated(place, "requantize", source)
    if not why:  # X while nothing is valid is allowed
        assert (done.returncode, done.stdout[:11]) == (0, "FXCAPS PASS")
        return
    assert done.returncode == 1
    assert f": {why}\n" in done.stdout


DAMAGED = {
    "short": (lambda text: text[:-5], "FXCAPS FAIL in_x.hex: 63 words, expected 64"),
    "long": (lambda text: text + "0000\n", "FXCAPS FAIL in_x.hex: 65 words, expected 64"),
    "wide": (
        lambda text: "1" + text,
        "FXCAPS FAIL in_x.hex: line 1 has more than 16 bits",
    ),
    "x": (
        lambda text: "xxxx" + text[4:],
        "FXCAPS FAIL in_x.hex: word 0 was not loaded",
    ),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_pack(name: str, tmp_path: Path) -> None:
    """Given a memory file with a line less, more, too wide or unknown, then it is told."""
    change, line = DAMAGED[name]
    place = write_pack(tmp_path / "pack", "requantize", "fxcaps-hardware", "s16f8-s8f4")
    path = place / "in_x.hex"
    path.write_text(change(path.read_text("ascii")), "ascii")
    done = simulated(place, "requantize")
    assert (done.returncode, done.stdout.splitlines()[0]) == (1, line)


def test_a_device_of_another_profile(tmp_path: Path) -> None:
    """Given a device built for another profile, when simulated, then both are named."""
    options = ("requantize", "fxcaps-hardware", "s16f8-s8f4")
    place = write_pack(tmp_path / "pack", *options, device="fxcaps-wrap")
    done = simulated(place, "requantize")
    wrong, right = (load_profile(name).digest[:8] for name in ("fxcaps-wrap", "fxcaps-hardware"))
    assert (done.returncode, done.stdout.splitlines()[0]) == (
        1,
        f"FXCAPS PROFILE device {wrong} pack {right}",
    )


def bench(device: str, source: Path = RTL) -> tuple[str, ...]:
    need("iverilog")
    return ("sh", str(source / "run.sh"), device, "+dump=dump.txt")


@pytest.mark.parametrize(
    ("device", "op", "lanes"),
    [("requantize", "requantize", {"": 3}), ("isqrt", "isqrt", {})],
)
def test_behind_the_runner(device: str, op: str, lanes: Lanes) -> None:
    """Given a device that is not told the answers, when asked, then all edge cases are right."""
    selection = choose(published(), op=op, profile="fxcaps-hardware", kind="edge")
    result = conduct(Bench(bench(device), lanes=lanes), selection)
    assert (result.code, result.faults) == (Code.CONFORMANT, ())


def test_a_broken_copy_behind_the_runner(tmp_path: Path) -> None:
    """Given a broken root, when asked, then cases differ and the report names it."""
    change = BROKEN["root"][0]
    source = copied(RTL, tmp_path / "rtl", [change])
    selection = choose(
        published(), op="squash", profile="fxcaps-hardware", kind="edge", setup="s8f5-s8f7-4"
    )
    result = conduct(Bench(bench("squash", source), lanes=ALL_ROWS), selection)
    assert result.code is Code.MISMATCH
    assert first_wrong_taps(result) == ["root"]


def test_another_profile_behind_the_runner() -> None:
    """Given a device built for another profile, when asked, then exit code 2 and the line."""
    options = ("--profile", "fxcaps-wrap", "--kind", "edge", "--setup", "u16f8-u12f8")
    done = command("conform", "run", "isqrt", *options, "--bench", " ".join(bench("isqrt")))
    assert done.code == 2
    assert "FXCAPS PROFILE device c184610f pack c89735df" in done.err


def test_more_input_capsules_than_the_device_takes() -> None:
    """Given a setup that the bench declines, when asked, then it is skipped with the reason."""
    selection = choose(
        published(), op="agreement", profile="fxcaps-acc16", kind="edge", setup="grid"
    )
    result = conduct(Bench(bench("mac")), selection)
    assert {finding.why for finding in result.findings} == {"the device takes one input capsule"}
    assert result.code is Code.NO_VERDICT


BEATS = "out 0 00\nout 1 00\nout 2 00\nout 3 00\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "dump.txt ends early"),
        ("out 0 00\n", "dump.txt: 'out 0 00' is out of place"),
        ("mode 0\nout 1 00\n", "dump.txt: expected no 'out 1 00'"),
        ("mode 0\nend 9\n", "dump.txt: expected no 'end 9'"),
        ("mode 0\nend 1\n", "mode 0: 0 beats came out, expected 4"),
        ("mode 0\nout 0 0\nout 1 0\nout 2 0\nout 3 x\nend 1\n", "mode 0: beat 0 is not 2"),
        (
            f"mode 0\n{BEATS}mode 1\n{BEATS.replace('3 00', '3 01')}end 1\n",
            "words in mode 1 are not those of mode 0",
        ),
    ],
)
def test_a_dump_that_is_none(text: str, why: str, tmp_path: Path) -> None:
    """Given a bench that dumps something else, when read, then one line says what."""
    dump = tmp_path / "dump"
    dump.write_text(text, "ascii")
    words = {"format": "s8f0", "shape": [4]}
    setup = Setup("s", {"op": "requantize"}, {"x": words}, {"out": words})
    device = Bench(("sh", "-c", f"cp {dump} dump.txt; echo FXCAPS DUMP 1"))
    device.begin(Block("requantize", 1, "mine", {"SETUP_ID": "00000001"}, setup))
    try:
        (reply,) = device.ask([Question(0, {"x": [0, 1, 2, 3]})])
        found = reply.reason
    except DeviceError as error:
        found = str(error)
    assert found.startswith(why)


def test_the_constant_of_the_example() -> None:
    """Given the example's profile.svh, when exported again, then it is the same."""
    own = (RTL / "profile.svh").read_text("ascii")
    assert own == profile_text(load_profile("fxcaps-hardware"), "svh")

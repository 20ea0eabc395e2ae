"""A cocotb scoreboard: squash.sv against the words of a pack, on Icarus Verilog.

    python cocotb_squash.py PACK

with PACK from `fxcaps vectors export squash ... --to readmemh --lanes row`. Beats go in at random
times, what comes out is taken at random times, and a queue of expected beats is compared in order.
"""

from __future__ import annotations

import json
import os
import random
import sys
from collections import deque
from pathlib import Path

import cocotb
from cocotb.clock import Clock
from cocotb.triggers import RisingEdge
from cocotb_tools.runner import get_runner

HERE = Path(__file__).parent

SILENCE = 2000
"""Cycles without a beat after which the device counts as stuck."""


class Scoreboard:
    """Beats that are due, oldest first."""

    def __init__(self) -> None:
        self.due: deque[str] = deque()
        self.compared = 0

    def take(self, value) -> None:
        """Compare a beat; X is never equal."""
        assert self.due, f"beat {value} came out, none is due"
        expected = self.due.popleft()
        found = f"{int(value):0{len(expected)}x}" if value.is_resolvable else str(value)
        assert found == expected, f"beat {self.compared}: expected {expected}, found {found}"
        self.compared += 1


def lines(name: str) -> list[str]:
    """The memory words of a file of the pack."""
    return (Path(os.environ["FXCAPS_PACK"]) / name).read_text("ascii").split()


async def source(device, beats: list[str], board: Scoreboard, answers: list[str]) -> None:
    """Offer beats; each makes its answer due."""
    for beat, answer in zip(beats, answers, strict=True):
        while random.random() < 0.3:
            await RisingEdge(device.clk)
        device.s_valid.value = 1
        device.s_data.value = int(beat, 16)
        board.due.append(answer)
        await RisingEdge(device.clk)
        while not device.s_ready.value:
            await RisingEdge(device.clk)
        device.s_valid.value = 0


async def sink(device, board: Scoreboard) -> None:
    """Take beats at random times."""
    while True:
        device.m_ready.value = random.random() < 0.5
        await RisingEdge(device.clk)
        assert device.m_valid.value.is_resolvable, "valid is X"
        if device.m_valid.value and device.m_ready.value:
            board.take(device.m_data.value)


@cocotb.test()
async def words_of_the_pack(device) -> None:
    """Every beat of the pack, once."""
    random.seed(1)
    cocotb.start_soon(Clock(device.clk, 10, unit="ns").start())
    device.s_valid.value = 0
    device.m_ready.value = 0
    device.reset.value = 1
    for _ in range(3):
        await RisingEdge(device.clk)
    device.reset.value = 0
    await RisingEdge(device.clk)
    pack = json.loads((Path(os.environ["FXCAPS_PACK"]) / "pack.json").read_text("ascii"))
    stated = f"{int(device.profile_id.value):08x}"
    assert stated == pack["PROFILE_ID"], f"device {stated}, pack {pack['PROFILE_ID']}"
    board = Scoreboard()
    beats, answers = lines("in_x.hex"), lines("out_out.hex")
    cocotb.start_soon(sink(device, board))
    cocotb.start_soon(source(device, beats, board, answers))
    waited = before = 0
    while board.compared < len(answers):
        await RisingEdge(device.clk)
        waited, before = (waited + 1 if board.compared == before else 0), board.compared
        assert waited < SILENCE, "nothing moves"
    for _ in range(200):  # the sink fails on a beat too many
        await RisingEdge(device.clk)
    print(f"FXCAPS PASS {board.compared}/{len(answers)} beats {pack['set_digest']}")


def parameters(pack: Path) -> dict[str, object]:
    """Those of squash.sv, from the pack's setup."""
    given = {}
    for line in (pack / "setup.txt").read_text("ascii").splitlines():
        path, _, value = line.partition(" ")
        given[path] = value
    x, out, register = (
        (text[0] == "s", *map(int, text[1:].split("f")))
        for text in (
            given["in.x.format"],
            given["out.out.format"],
            given["params.accumulator.format"],
        )
    )
    names = {"IN": x, "OUT": out, "ACC": register}
    made: dict[str, object] = {f"{name}_WIDTH": width for name, (_, width, _) in names.items()}
    made |= {f"{name}_SIGNED": int(signed) for name, (signed, _, _) in names.items()}
    made |= {"IN_FRAC": x[2], "OUT_FRAC": out[2], "GUARD": int(given["params.guard"])}
    made["DIM"] = int(given["in.x.shape"].split()[-1])
    texts = {"ROUNDING": "rounding", "OVERFLOW": "overflow", "ACC_OVERFLOW": "accumulator.overflow"}
    return made | {name: f'"{given[f"params.{path}"]}"' for name, path in texts.items()}


def main(pack: Path) -> None:
    """Build, simulate, and fail with the test."""
    build = pack / "cocotb"
    runner = get_runner("icarus")
    sources = [*sorted(HERE.glob("fx_*.sv")), HERE / "squash.sv"]
    runner.build(
        sources=sources,
        hdl_toplevel="squash",
        includes=[Path(os.environ.get("PROFILE_DIR", HERE))],
        parameters=parameters(pack),
        build_dir=build,
        timescale=("1ns", "1ps"),
    )
    results = runner.test(
        hdl_toplevel="squash",
        test_module="cocotb_squash",
        build_dir=build,
        test_dir=HERE,
        results_xml=str(build / "results.xml"),
        extra_env={"FXCAPS_PACK": str(pack), "PYTHONPATH": str(HERE)},
    )
    if "<failure" in Path(results).read_text("utf-8"):
        sys.exit(1)


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())

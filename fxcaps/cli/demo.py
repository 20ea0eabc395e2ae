"""fxcaps demo: the main job on real digits, with what comes in the package."""

from __future__ import annotations

import argparse
import importlib.util
import time
from pathlib import Path
from typing import Any

import numpy as np

from fxcaps import api, datasets
from fxcaps.cli import report
from fxcaps.cli.inputs import add_threads_option
from fxcaps.cli.progress import note, progress
from fxcaps.network import Program, Run, memory, save_program, save_trace
from fxcaps.network.files import make_directory

_MODEL = "mnist-small"
_WIDTH = 8


def add_to(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "demo", help="quantise the embedded network and run it on 1,000 embedded digits"
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("fxcaps-demo"),
        metavar="DIR",
        help="where Program, trace and figure go (default: %(default)s)",
    )
    add_threads_option(parser)
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> None:
    """Load, calibrate, choose formats, lower, run, compare, write."""
    started = time.monotonic()
    directory = options.output
    make_directory(directory)
    network = api.load_network(_MODEL)
    calibration, _ = datasets.digits("calibration")
    images, labels = datasets.digits("evaluation")
    program = api.quantize_network(
        network, calibration, width=_WIDTH, progress=progress("calibrating")
    )
    expected = api.predict(network, images, progress=progress("float forward"))["class"]
    note("integer forward: the first run compiles the engine")
    made = api.run(program, images, threads=options.threads, progress=progress("integer forward"))
    found = made.words["class"]
    print(f"network {_MODEL}: {_WIDTH}-bit words, {len(calibration)} calibration digits")
    print(f"float accuracy:   {100 * float(np.mean(expected == labels)):.2f} %")
    print(f"integer accuracy: {100 * float(np.mean(found == labels)):.2f} %")
    print(f"disagreements:    {int(np.count_nonzero(found != expected))} of {len(images)}")
    print()
    print(report.memory_lines(memory(program)))
    print()
    print(report.events_table(made))
    print(report.undecided_line(made))
    print(f"digest of the output words: {made.digest}")
    _write(program, api.run(program, images[:1], keep=tuple(program.traced)), directory)
    print(f"done in {time.monotonic() - started:.1f} s")


def _write(program: Program, trace: Run, directory: Path) -> None:
    save_program(program, directory / "program")
    save_trace(trace, directory / "trace.npz")
    print(f"Program written to {directory / 'program'}, trace to {directory / 'trace.npz'}")
    if importlib.util.find_spec("matplotlib") is None:
        print('no figure: matplotlib is not installed (pip install "fxcaps[plots]")')
        return
    from fxcaps import plots  # noqa: PLC0415 - needs matplotlib, which is an extra

    plots.ranges_figure(program, directory / "ranges.png")
    print(f"figure written to {directory / 'ranges.png'}")

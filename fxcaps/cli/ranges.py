"""fxcaps ranges: the narrowest accumulator that no input can overflow, step by step."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from fxcaps.cli import report
from fxcaps.network import Program, Step, load_program
from fxcaps.ops import operation_of
from fxcaps.ops.sums import narrowest


def add_to(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser(
        "ranges", help="prove how wide the accumulators of a Program must be"
    )
    parser.add_argument("program", type=Path, metavar="PROGRAM", help="directory of a Program")
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> None:
    """Print the static range of every accumulator beside the one it has."""
    program = load_program(options.program)
    rows = [row for step in program.steps for row in _rows(program, step)]
    head = ["tensor", "groups", "least sum", "largest sum", "narrowest", "has", "check", "spare"]
    print(report.table(head, rows))
    print("\nspare: bits that the accumulator has beyond what any input can need")


def _rows(program: Program, step: Step) -> list[list[str]]:
    """One row an accumulator; groups are outputs that share constants (channels)."""
    operation = operation_of(step.params)
    inputs = {port: given.format for port, given in program.signatures(step).items()}
    fractions = operation.product_fractions(step.params, inputs, program.formats(step))
    accumulators = operation.accumulators(step.params)
    rows = []
    for port, spans in program.intervals(step).items():
        low, high = min(span[0] for span in spans), max(span[1] for span in spans)
        has = accumulators[port]
        needed = narrowest((low, high), has.frac(fractions[port]))
        spare = "-" if has.format is None else str(has.format.width - needed.width)
        rows.append(
            [
                step.outputs[port],
                str(len(spans)),
                str(low),
                str(high),
                str(needed),
                str(has.format or "unbounded"),
                has.check.value,
                spare,
            ]
        )
    return rows

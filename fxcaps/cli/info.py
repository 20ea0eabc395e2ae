"""fxcaps info: what a model or a Program consists of."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from fxcaps import api
from fxcaps.cli import report
from fxcaps.network import (
    ARCHITECTURES,
    Network,
    Program,
    load_program,
    macs,
    memory,
    parameters,
    trained,
)
from fxcaps.ops import operation_of


def add_to(commands: Any) -> None:
    """Declare the command."""
    parser = commands.add_parser("info", help="describe a model or a Program")
    parser.add_argument(
        "source",
        metavar="MODEL|PROGRAM",
        help="mnist-small, an .npz of a network, or the directory of a Program",
    )
    parser.add_argument(
        "--architecture",
        choices=list(ARCHITECTURES),
        help="of an .npz that holds named arrays alone",
    )
    parser.set_defaults(execute=execute)


def execute(options: argparse.Namespace) -> None:
    """Print tensors, shapes, formats, parameters, multiply-accumulates, memory."""
    if Path(options.source).is_dir():
        _program(load_program(Path(options.source)))
    else:
        _network(api.load_network(options.source, architecture=options.architecture))


def _network(network: Network) -> None:
    counts, shapes = parameters(network), network.shapes()
    print(f"Network {network.name}")
    rows = []
    for name, shape in shapes.items():
        tensor = network.tensors.get(name)
        rows.append(
            [
                name,
                "x".join(map(str, shape)) or "scalar",
                str(tensor.dtype) if tensor is not None else "-",
                f"{counts[name]:,}" if name in counts else "-",
            ]
        )
    for name, count in trained(network.steps).items():
        rows.append([name, str(count), "exact", f"{count:,}"])
    print(report.table(["tensor", "shape", "type", "parameters"], rows))
    _macs(macs(network.steps, shapes))
    total = sum(counts.values())
    print(f"\nparameters: {total:,} ({4 * total / report.KB:,.1f} kB as 32-bit floats)")


def _program(program: Program) -> None:
    print(f"Program {program.name}, digest {program.digest}")
    for key, value in program.origin.items():
        if key != "ranges":  # they stand in program.json and in the figure
            print(f"{key}: {value}")
    print()
    print(report.tensors_table(program))
    print()
    print(_steps(program))
    _macs(macs(program.steps, {name: entry.shape for name, entry in program.tensors.items()}))
    print()
    print(report.memory_lines(memory(program)))


def _steps(program: Program) -> str:
    rows = []
    for step in program.steps:
        accumulators = operation_of(step.params).accumulators(step.params)
        registers = (
            f"{port} {found.format or 'unbounded'}" for port, found in accumulators.items()
        )
        rows.append([step.name, step.params.title(), ", ".join(registers) or "-"])
    return report.table(["step", "operation", "accumulators"], rows)


def _macs(counts: dict[str, int]) -> None:
    print()
    rows = [[name, f"{count:,}"] for name, count in counts.items()]
    rows.append(["all", f"{sum(counts.values()):,}"])
    print(report.table(["step", "multiply-accumulates"], rows))

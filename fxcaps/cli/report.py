"""Tables and lines that several commands print."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from fxcaps.network import Memory, Program, Run
from fxcaps.types import Event

KB = 1000.0

_NUMBER = re.compile(r"-?[0-9][0-9,.e+-]*x?")


def table(head: Sequence[str], rows: Iterable[Sequence[str]], *, text: bool = False) -> str:
    """A plain table: columns with numbers to the right, others, or all of `text`, to the left."""
    body = [list(row) for row in rows]
    lines = [list(head), *body]
    columns = range(len(head))
    widths = [max(len(line[k]) for line in lines) for k in columns]
    numeric = [not text and any(_NUMBER.fullmatch(line[k]) for line in body) for k in columns]
    return "\n".join(
        "  ".join(
            line[k].rjust(widths[k]) if numeric[k] else line[k].ljust(widths[k]) for k in columns
        ).rstrip()
        for line in lines
    )


def events_table(run: Run) -> str:
    """Events of every tensor that has any, as counts and first (image, index)."""
    rows = []
    for name, seen in run.events.items():
        first = min(
            (total.first for event, total in seen.items() if event is not Event.INEXACT),
            default=None,
        )
        rows.append(
            [
                name,
                *(str(seen[event].count) if event in seen else "-" for event in Event),
                "-" if first is None else f"image {first[0]}, word {first[1]}",
            ]
        )
    return table(["tensor", *(event.value for event in Event), "first overflow"], rows)


def memory_lines(memory: Memory) -> str:
    """Weight and activation memory beside 32-bit floats."""
    rows = [
        [
            "weights",
            f"{memory.weights:,}",
            f"{4 * memory.weights / KB:,.1f}",
            f"{memory.weight_bits / 8 / KB:,.1f}",
            f"{memory.weight_ratio:.2f}x",
        ],
        [
            "activations",
            f"{memory.activations:,}",
            f"{4 * memory.activations / KB:,.1f}",
            f"{memory.activation_bits / 8 / KB:,.1f}",
            f"{memory.activation_ratio:.2f}x",
        ],
    ]
    return table(["memory", "words", "float32 kB", "integer kB", "smaller"], rows)


def undecided_line(run: Run) -> str:
    """How many rows the engine left to the specification."""
    if not run.undecided:
        return "undecided rows left to the specification: none"
    found = ", ".join(f"{name} {count}" for name, count in run.undecided.items())
    return f"undecided rows left to the specification: {found}"


def tensors_table(program: Program) -> str:
    """The tensor table with formats."""
    rows = [
        [
            name,
            entry.kind.value,
            "x".join(map(str, entry.shape)) or "scalar",
            str(entry.format),
            f"{float(entry.format.value(entry.format.min)):g}",
            f"{float(entry.format.value(entry.format.max)):g}",
        ]
        for name, entry in program.tensors.items()
    ]
    return table(["tensor", "kind", "shape", "format", "least", "largest"], rows)

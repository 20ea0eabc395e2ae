"""A whole Program for hardware and firmware: weights, biases, tables, formats, parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from fxcaps.network.expand import expand
from fxcaps.network.program import Kind, Program
from fxcaps.ops import OPERATIONS
from fxcaps.types import Format
from fxcaps.vectors.ap_fixed import typedefs
from fxcaps.vectors.column import Column, Layout, c_array, memory_files, packed_files, text_of
from fxcaps.vectors.constants import PREFIX, Row, as_h, as_svh, as_text, rows_of, tensor_rows
from fxcaps.vectors.packing import npy
from fxcaps.vectors.text import file_of

_PROFILE = re.compile(r"\S+ ([0-9a-f]{64})")
"""As the origin of a Program records the profile that it was made with."""


@dataclass(frozen=True)
class Source:
    """A Program with what is written of it.

    Args:
        program: itself.
        columns: constants, then tables.
        rows: identifiers, formats and shapes of all tensors, parameters of all steps.
    """

    program: Program
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


def export_program(program: Program, form: str, layout: Layout | None = None) -> dict[str, bytes]:
    """The files of a Program by name.

    Args:
        program: composite steps are written as they are.
        form: a key of `PROGRAM_FORMS`.
        layout: of constants and tables by name.

    Rejects a layout of tensors that there are not with `NAME_UNKNOWN`.
    """
    given = layout or Layout()
    columns = (*_constants(program, given), *_tables(program, given))
    given.check([column.name for column in columns], f"Program {program.name!r}")
    source = Source(program, columns, tuple(_rows(program)))
    files = PROGRAM_FORMS[form](source)
    files["program.txt"] = as_text(source.rows).encode()
    head = {
        "kind": "fxcaps-program-pack",
        "version": 1,
        "program": program.name,
        "program_digest": program.digest,
        "origin": dict(program.origin),
    }
    head |= {row.path[0].upper(): f"{row.value:08x}" for row in _ids(program)}
    tensors = [{"name": column.name} | column.describe() for column in columns]
    files["program.json"] = file_of(head, tensors=tensors).encode()
    return files


def _constants(program: Program, layout: Layout) -> Iterator[Column]:
    for name, entry in program.tensors.items():
        if entry.kind is Kind.CONSTANT:
            yield Column(name, entry.format, program.constants[name][None], layout, name)


def _tables(program: Program, layout: Layout) -> Iterator[Column]:
    """Lists of integers that are arithmetic: tables of functions, orders of sums."""
    structure = {name for operation in OPERATIONS.values() for name in operation.structure}
    for step in program.steps:
        for row in rows_of(step.params, step.name):
            if isinstance(row.value, tuple) and row.value and row.path[-1] not in structure:
                signed = min(row.value) < 0
                width = max(item.bit_length() for item in row.value) + signed
                format = Format(signed, max(width, 1), 0)
                name = ".".join(row.path)
                yield Column(name, format, np.array([row.value], np.int64), layout, name)


def _ids(program: Program) -> Iterator[Row]:
    yield Row(("program_id",), int(program.digest[:8], 16))
    found = _PROFILE.fullmatch(str(program.origin.get("profile", "")))
    if found:
        yield Row(("profile_id",), int(found[1][:8], 16))


def _rows(program: Program) -> Iterator[Row]:
    yield from _ids(program)
    for name, entry in program.tensors.items():
        yield Row(("tensor", name, "kind"), entry.kind.value)
        yield from tensor_rows(entry.shape, entry.format, "tensor", name)
    for step in program.steps:
        yield from rows_of(step.params, "step", step.name)
        for ports in (step.inputs, step.outputs):
            for port, tensor in ports.items():
                yield Row(("step", step.name, "port", port), tensor)


def _heading(program: Program) -> list[str]:
    return [f"fxcaps program {program.name}", f"digest {program.digest}"]


def _id_lines(source: Source, form: str) -> list[str]:
    return [form.format(name=row.name, value=f"{row.value:08x}") for row in _ids(source.program)]


def _others(source: Source) -> list[Row]:
    """Constants besides the identifiers, which are unsigned, and the tables, which are files."""
    count = len(list(_ids(source.program)))
    tables = {("step", *column.name.split(".")) for column in source.columns}
    return [
        row for row in source.rows[count:] if tuple(".".join(row.path).split(".")) not in tables
    ]


def _readmemh(source: Source) -> dict[str, bytes]:
    files, lines = memory_files(source.columns)
    head = [f"// {line}" for line in _heading(source.program)]
    head += _id_lines(source, "localparam [31:0] {name} = 32'h{value};")
    return files | {"program.svh": text_of([*head, *lines, *as_svh(_others(source))])}


def _c(source: Source) -> dict[str, bytes]:
    """Declarations, constants and sizes in the header, words in the source."""
    comment = "/* " + "\n * ".join(_heading(source.program)) + " */"
    guard = f"{PREFIX}_PROGRAM_{source.program.digest[:8].upper()}_H"
    head = [comment, f"#ifndef {guard}", f"#define {guard}", "#include <stdint.h>"]
    head += _id_lines(source, "#define {name} 0x{value}u")
    body = [comment, '#include "program.h"']
    for column in source.columns:
        start, words = _definition(column)
        head += [*start, f"extern {words[0].removesuffix(' = {')};"]
        body += words
    head += [*as_h(_others(source)), f"#endif /* {guard} */"]
    return {"program.h": text_of(head), "program.c": text_of(body)}


def _definition(column: Column) -> tuple[list[str], list[str]]:
    """Comment and sizes, and the lines of the array of one tensor."""
    lines = c_array(column)
    first = next(k for k, line in enumerate(lines) if line.startswith("static "))
    return lines[:first], [lines[first].removeprefix("static "), *lines[first + 1 :]]


def _npy(source: Source) -> dict[str, bytes]:
    return {f"{item.name}.npy": npy(item.arranged[0], item.format) for item in source.columns}


def _packed(source: Source) -> dict[str, bytes]:
    files, lines = packed_files(source.columns)
    return files | {"pack.txt": text_of([*_heading(source.program), *lines])}


def _ap_fixed(source: Source) -> dict[str, bytes]:
    """A type of Vitis HLS for every tensor, routings written out as their parts."""
    lines = [f"// {line}" for line in _heading(source.program)] + ["#pragma once"]
    lines += ["#include <ap_fixed.h>", *typedefs(expand(source.program))]
    return {"program_ap.h": text_of(lines)}


PROGRAM_FORMS: dict[str, Callable[[Source], dict[str, bytes]]] = {
    "c": _c,
    "readmemh": _readmemh,
    "npy": _npy,
    "packed": _packed,
    "ap_fixed": _ap_fixed,
}
"""What a Program can be written as."""

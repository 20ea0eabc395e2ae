"""Parameters, formats and shapes as constants of C, SystemVerilog and plain text.

A constant's name is the path of the parameter on its operation's page: `guard` of the squash in
iteration 0 of a routing is `params.iterations.0.squash.guard` in text and
`FXCAPS_PARAMS_ITERATIONS_0_SQUASH_GUARD` in C and SystemVerilog. Every parameter stands there,
also those that have their defaults.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, NamedTuple, get_args

from fxcaps.ops import OPERATIONS, Parameters
from fxcaps.ops.parameters import hints_of
from fxcaps.types import Format, Reason, Rejection
from fxcaps.vectors.packing import c_lines, literal

PREFIX = "FXCAPS"


class Row(NamedTuple):
    """A constant: where it stands, and an integer, text, format, list of integers, or none.

    `none` says what stands for none in C and SystemVerilog, which cannot ask whether a name is
    there: the constant then has this value, and another one, `..._NONE`, tells.
    """

    path: tuple[str, ...]
    value: Any
    none: Any = None

    @property
    def name(self) -> str:
        """The identifier in C and SystemVerilog."""
        return identifier(PREFIX, *self.path).upper()


def identifier(*parts: str) -> str:
    """Parts joined to what C and SystemVerilog take as a name."""
    return re.sub(r"\W+", "_", "_".join(parts))


def rows_of(value: Any, *path: str) -> Iterator[Row]:
    """Every constant in a value, in order: parameter classes, objects and lists are opened."""
    if isinstance(value, Format):
        yield Row(path, value)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from rows_of(item, *path, str(key))
    elif is_dataclass(value):
        yield from _rows_of_class(value, path)
    elif isinstance(value, list | tuple):
        if all(isinstance(item, int) for item in value):
            yield Row(path, tuple(int(item) for item in value))
        else:
            for k, item in enumerate(value):
                yield from rows_of(item, *path, str(k))
    else:
        yield Row(path, int(value) if isinstance(value, bool) else value)


def _rows_of_class(value: Any, path: tuple[str, ...]) -> Iterator[Row]:
    if isinstance(value, Parameters) and value.operation in OPERATIONS:
        yield Row((*path, "op"), value.operation)
        if value.algorithm:
            yield Row((*path, "algorithm"), value.algorithm)
    elif isinstance(kind := getattr(value, "kind", None), str):
        yield Row((*path, "kind"), kind)  # one of several classes, told apart as in a file
    hints = hints_of(type(value))
    for field in fields(value):
        given, place = getattr(value, field.name), (*path, field.name)
        choices = get_args(hints[field.name])
        none = next((zero for kind, zero in _ZEROS if kind in choices), None)
        if type(None) in choices and none is not None:
            yield Row(place, given, none)
        else:
            yield from rows_of(given, *place)


_ZEROS = ((Format, "format"), (int, 0))
"""What stands for an absent one; a format's width, fraction and sign are 0."""


def tensor_rows(shape: Iterable[int], format: Format, *path: str) -> Iterator[Row]:
    """The two constants of a tensor."""
    yield Row((*path, "format"), format)
    yield Row((*path, "shape"), tuple(shape))


def as_text(rows: Iterable[Row]) -> str:
    """`path value` a line, lists as `path count value value`: what `scanf` reads."""
    return "".join(f"{'.'.join(row.path)} {_text(row.value)}\n" for row in rows)


def _text(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join(map(str, (len(value), *value)))
    return "none" if value is None else str(value)


def as_svh(rows: Iterable[Row]) -> list[str]:
    """`localparam` lines; a list is a vector whose element 0 has the lowest bits."""
    return [line for name, value in _simple(rows) for line in _svh(name, value)]


def as_h(rows: Iterable[Row]) -> list[str]:
    """`#define` lines; a list is an array, a text also a name that `#ifdef` finds."""
    return [line for name, value in _simple(rows) for line in _h(name, value)]


def _simple(rows: Iterable[Row]) -> Iterator[tuple[str, Any]]:
    """Names with integers, texts and lists; rejects two constants of one name, `NAME_UNKNOWN`."""
    seen: dict[str, tuple[str, ...]] = {}
    for row in rows:
        for name, value in _parts(row):
            if seen.setdefault(name, row.path) != row.path:
                raise Rejection(
                    Reason.PARAMETER_INVALID,
                    f"{'.'.join(row.path)} and {'.'.join(seen[name])} are both {name}",
                )
            yield name, value


def _parts(row: Row) -> Iterator[tuple[str, Any]]:
    if row.none is not None or row.value is None:
        yield f"{row.name}_NONE", int(row.value is None)
    value = row.none if row.value is None else row.value
    if isinstance(value, Format) or value == "format":
        stem = row.name.removesuffix("_FORMAT")
        sizes = (0, 0, 0) if row.value is None else (value.width, value.frac, int(value.signed))
        yield from zip((f"{stem}_{key}" for key in ("WIDTH", "FRAC", "SIGNED")), sizes, strict=True)
    elif value is not None:
        yield row.name, value


def _svh(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, int):
        fits = -(1 << 31) <= value < 1 << 31
        sign = "-" if value < 0 else ""
        wide = f"signed [64:0] {name} = {sign}65'sd{abs(value)};"
        yield f"localparam integer {name} = {value};" if fits else f"localparam {wide}"
    elif isinstance(value, str):
        yield f'localparam {name} = "{value}";'
    else:
        width = max([1, *(item.bit_length() + 1 for item in value)])  # holds every one, signed
        words = [f"{width}'h{item & ((1 << width) - 1):x}" for item in reversed(value)]
        yield f"localparam integer {name}_COUNT = {len(value)};"
        yield f"localparam integer {name}_BITS = {width};"
        if words:
            top = len(words) * width - 1
            yield f"localparam [{top}:0] {name} = {{{', '.join(words)}}};"


def _h(name: str, value: Any) -> Iterator[str]:
    if isinstance(value, int):
        fits = -(1 << 31) <= value < 1 << 31
        yield f"#define {name} ({literal(value, 32 if fits else 64)})"
    elif isinstance(value, str):
        yield f'#define {name} "{value}"'
        yield f"#define {identifier(name, value).upper()} 1"
    else:
        bits = 32 if all(-(1 << 31) <= item < 1 << 31 for item in value) else 64
        yield f"#define {name}_COUNT {len(value)}"
        if value:
            yield f"static const int{bits}_t {name.lower()}[{len(value)}] = {{"
            yield from c_lines(value, bits)
            yield "};"

"""The pages for people say what the normative code does."""

from __future__ import annotations

import ast
import hashlib
import itertools
import json
import re
import typing
from collections.abc import Sequence
from dataclasses import MISSING, fields
from fractions import Fraction
from math import isqrt
from pathlib import Path
from typing import Any

import pytest

import fxcaps.spec
from fxcaps.ops import (
    OPERATIONS,
    Add,
    Agreement,
    Conv2d,
    DynamicRouting,
    Parameters,
    RoutingIteration,
    WeightedSum,
    decode,
    encode,
    find_parameters,
)
from fxcaps.ops.operation import (
    narrowest,
    product_interval,
    sum_interval,
    weighted_interval,
    words_interval,
)
from fxcaps.spec import SPEC
from fxcaps.spec.accumulate import accumulate
from fxcaps.spec.arithmetic import handle_overflow, root_quarters, round_quotient
from fxcaps.types import (
    Accumulator,
    Check,
    Format,
    Log,
    Overflow,
    Reason,
    Rejection,
    Rounding,
    Tensor,
)
from fxcaps.types.overflow import REFUSED_OVERFLOW, VENDOR_OVERFLOW
from fxcaps.types.rounding import VENDOR_ROUNDING
from tests.spec.pages import (
    CHAPTERS,
    CLAUSE,
    EVERY_PAGE,
    OPS,
    PAGES,
    Block,
    Table,
    blocks,
    integers,
    items_of,
    section,
    table_with,
    tables,
    tags_in,
)

CODE = Path(fxcaps.spec.__file__).parent.parent
BUILT_IN = dict(OPERATIONS)
NUMBERS, ACCUMULATORS = CHAPTERS["numbers.md"], CHAPTERS["accumulators.md"]

SECTIONS = [
    "Ports",
    "Parameters",
    "Preconditions",
    "Clauses",
    "Outputs and events",
    "Examples",
    "Edge cases",
    "Common mistakes",
]

TYPES: dict[Any, str] = {
    int: "integer",
    bool: "boolean",
    Rounding: "rounding mode",
    Overflow: "overflow mode",
    Check: "check mode",
    Accumulator: "accumulator",
    Format | None: "format or none",
    Parameters: "parameters",
    WeightedSum: "WeightedSum",
    Agreement: "Agreement",
    Add: "Add",
    tuple[int, int]: "2 integers",
    tuple[int, int, int, int]: "4 integers",
    tuple[int, ...]: "list of integers",
    tuple[RoutingIteration, ...]: "list of `RoutingIteration`",
}
REQUIRED: dict[str, Any] = {
    "axes": (0,),
    "axis": 0,
    "index_frac": 0,
    "indices": (0,),
    "iterations": (RoutingIteration(),),
    "shape": (1,),
    "table": (1,),
}
"""A legal value of every parameter that has no default."""


def decoded(case: dict[str, Any]) -> tuple[Parameters, dict[str, Tensor], dict[str, Format]]:
    """Parameters, inputs and output formats of an example."""
    inputs = {
        port: Tensor(tuple(given["shape"]), Format.parse(given["format"]), given["words"])
        for port, given in case["inputs"].items()
    }
    formats = {port: Format.parse(text) for port, text in case["formats"].items()}
    return decode(case["params"], find_parameters, "params"), inputs, formats


def run(case: dict[str, Any]) -> tuple[dict[str, Tensor], dict[str, dict[str, list[int]]]]:
    """Make the outputs and events of an example with the normative code."""
    params, inputs, formats = decoded(case)
    log = Log()
    outputs = SPEC[params.operation](params, inputs, formats, log)
    events = {
        port: {event.value: [seen.count, seen.first] for event, seen in kinds.items()}
        for port, kinds in log.events.items()
    }
    return outputs, events


def examples(kind: str) -> list[Any]:
    """Every block of a kind on the operations' pages, with a readable id."""
    return [
        pytest.param(stem, case, id=f"{stem}-{number}")
        for stem, text in OPS.items()
        for number, case in enumerate(blocks(text, kind))
    ]


def test_every_operation_has_a_page() -> None:
    """Given the operations, when compared with the pages under ops, then names are the same."""
    assert set(OPS) == set(BUILT_IN)


def test_the_index_lists_every_page() -> None:
    """Given the index of the README, when compared with the files, then they are the same."""
    listed = re.findall(r"^\| \[[^]]+\]\(([^)]+)\) \|", CHAPTERS["README.md"], re.MULTILINE)
    assert sorted(listed) == sorted(set(EVERY_PAGE) - {"README.md"})


@pytest.mark.parametrize("page", sorted(EVERY_PAGE))
def test_links_lead_to_pages(page: str) -> None:
    """Given the links of a page, when followed from its folder, then each is a file."""
    links = re.findall(r"\]\(([^)]+)\)", EVERY_PAGE[page])
    assert [link for link in links if not (PAGES / page).parent.joinpath(link).is_file()] == []


@pytest.mark.parametrize("stem", sorted(OPS))
def test_pages_have_one_structure(stem: str) -> None:
    """Given an operation's page, when its headings are read, then they are those of the README."""
    text = OPS[stem]
    assert text.startswith(f"# {stem}\n")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    assert re.findall(r"^Revision (\d+)\.$", text, re.MULTILINE) == [str(BUILT_IN[stem].revision)]
    named = re.findall(r"^\d\. \*\*(.+?)\*\*", CHAPTERS["README.md"], re.MULTILINE)
    assert named == SECTIONS


def test_clauses_are_the_tags_of_the_code() -> None:
    """Given clauses and code, when tags are compared, then neither has one more."""
    folders = ("types", "ops", "spec")
    sources = [path for folder in folders for path in sorted((CODE / folder).glob("*.py"))]
    in_code = set().union(*(tags_in(path.read_text(encoding="utf-8")) for path in sources))
    defined = [tag for text in EVERY_PAGE.values() for tag in CLAUSE.findall(text)]
    assert len(defined) == len(set(defined))
    assert set(defined) == in_code


@pytest.mark.parametrize("page", sorted(EVERY_PAGE))
def test_clauses_are_numbered_in_order(page: str) -> None:
    """Given a page, when its clauses are read, then one prefix is numbered from 1."""
    found = CLAUSE.findall(EVERY_PAGE[page])
    prefixes = {tag.split("-")[0] for tag in found}
    assert found == [f"{prefix}-{n + 1}" for prefix in prefixes for n in range(len(found))]
    if page.startswith("ops/"):
        source = (CODE / "spec" / f"{Path(page).stem}.py").read_text(encoding="utf-8")
        assert found
        assert {tag.split("-")[0] for tag in tags_in(source)} == prefixes


def test_cited_clauses_exist() -> None:
    """Given every mention of a clause on the pages, when looked up, then it is defined."""
    defined = {tag for text in EVERY_PAGE.values() for tag in CLAUSE.findall(text)}
    cited = set().union(*(tags_in(text) for text in EVERY_PAGE.values()))
    assert cited == defined


def parameter_rows(cls: type) -> list[list[str]]:
    """Name, type and default of every field, the default as `encode` writes it."""
    required = {
        field.name
        for field in fields(cls)
        if field.default is MISSING and field.default_factory is MISSING
    }
    if cls is RoutingIteration:
        written = encode(DynamicRouting(iterations=(RoutingIteration(),)))["iterations"][0]
    elif cls is Accumulator:
        written = encode(Conv2d())["accumulator"]
    else:
        written = encode(cls(**{name: REQUIRED[name] for name in required}))
    hints = typing.get_type_hints(cls)
    return [
        [
            field.name,
            TYPES[hints[field.name]],
            "required" if field.name in required else json.dumps(written[field.name]),
        ]
        for field in fields(cls)
    ]


@pytest.mark.parametrize("stem", sorted(OPS))
def test_parameter_tables_are_the_fields(stem: str) -> None:
    """Given a page, when its parameter tables are read, then they are those of the classes."""
    text = section(OPS[stem], "Parameters")
    classes: list[type[Parameters]] = list(BUILT_IN[stem].algorithms)
    classes += [RoutingIteration] if stem == "dynamic_routing" else []
    headings = re.findall(r"^Class `(\w+)`(?:, algorithm `(\w+)`)?", text, re.MULTILINE)
    assert headings == [(cls.__name__, cls.algorithm) for cls in classes]
    filled = [cls for cls in classes if fields(cls)]
    without = re.findall(r"^Class `(\w+)`.* has no parameters\.$", text, re.MULTILINE)
    assert without == [cls.__name__ for cls in classes if not fields(cls)]
    found = tables(text)
    assert [re.findall(r"^Class `(\w+)`", table.above) for table in found] == [
        [cls.__name__] for cls in filled
    ]
    for table, cls in zip(found, filled, strict=True):
        assert table.head == ["field", "type", "default", "meaning"]
        # Shared fields come first in the class; a page puts them where they read best.
        assert sorted(row[:3] for row in table.rows) == sorted(parameter_rows(cls))
        assert all(row[3] for row in table.rows)


def test_the_accumulator_table_is_the_fields() -> None:
    """Given the accumulators' page, when its table is read, then it is that of the class."""
    table = table_with(ACCUMULATORS, "field")
    assert [row[:3] for row in table.rows] == parameter_rows(Accumulator)


@pytest.mark.parametrize("stem", sorted(OPS))
def test_port_tables_are_the_descriptors(stem: str) -> None:
    """Given a page, when its port tables are read, then they are those of the descriptor."""
    yes = {True: "yes", False: "no"}
    inputs, outputs = tables(section(OPS[stem], "Ports"))
    assert (inputs.head, outputs.head) == (
        ["input", "shape", "constant", "optional"],
        ["output", "shape"],
    )
    assert [[row[0], *row[2:]] for row in inputs.rows] == [
        [port.name, yes[port.constant], yes[port.optional]] for port in BUILT_IN[stem].inputs
    ]
    made = {
        re.sub(r"\d+", "#", port)
        for case in blocks(OPS[stem], "example")
        for port in BUILT_IN[stem].outputs(decoded(case)[0])
    }
    assert {re.sub(r"\{.*\}|\d+", "#", row[0]) for row in outputs.rows} == made


def unified(pattern: str, shape: Sequence[int], known: dict[str, Any]) -> dict[str, Any] | None:
    """Extents by symbol if `shape` is as `pattern` says under `known`, otherwise None."""
    if not pattern.startswith("("):
        same = known.get(pattern.removeprefix("as ")) if pattern.startswith("as ") else shape
        return known if same == tuple(shape) else None
    names = pattern.strip("()").split(", ")
    bound = dict(known)
    if names[0] == "...":
        names = names[1:]
        leading = tuple(shape[: len(shape) - len(names)])
        if bound.setdefault("...", leading) != leading:
            return None
        shape = shape[len(leading) :]
    if len(names) != len(shape):
        return None
    for name, extent in zip(names, shape, strict=True):
        if bound.setdefault(name, extent) != extent:
            return None
    return bound


def shape_patterns(stem: str) -> dict[str, list[str]]:
    """Port, its iteration number replaced, -> the shapes that the page allows."""
    return {
        re.sub(r"\{.*\}|\d+", "#", row[0]): [part.strip("`") for part in row[1].split(" or ")]
        for table in tables(section(OPS[stem], "Ports"))
        for row in table.rows
    }


@pytest.mark.parametrize(("stem", "case"), examples("example"))
def test_shapes_are_those_of_the_port_tables(stem: str, case: dict[str, Any]) -> None:
    """Given an example, when its shapes are matched with the table, then some reading fits all."""
    patterns = shape_patterns(stem)
    params, inputs, _ = decoded(case)
    shapes = {port: tensor.shape for port, tensor in inputs.items()}
    shapes |= BUILT_IN[stem].shapes(params, shapes)
    readings: list[dict[str, Any]] = [dict(shapes)]
    for port, shape in shapes.items():
        allowed = patterns[re.sub(r"\d+", "#", port)]
        tried = [unified(one, shape, known) for one in allowed for known in readings]
        readings = [known for known in tried if known is not None]
    assert readings


@pytest.mark.parametrize(("stem", "case"), examples("example"))
def test_examples_are_what_the_code_gives(stem: str, case: dict[str, Any]) -> None:
    """Given an example, when the code runs it, then words and events are those on the page."""
    outputs, events = run(case)
    assert list(case) == ["params", "inputs", "formats", "outputs", "events"]
    assert case["params"]["op"] == stem
    assert encode(decoded(case)[0]) == case["params"]
    assert {port: list(tensor.words) for port, tensor in outputs.items()} == case["outputs"]
    assert list(outputs) == list(case["outputs"])
    assert events == case["events"]


@pytest.mark.parametrize(("stem", "case"), examples("rejected"))
def test_rejected_examples_are_rejected(stem: str, case: dict[str, Any]) -> None:
    """Given an example of a rejection, when the code runs it, then it gives that reason."""
    params, _, _ = decoded(case)
    with pytest.raises(Rejection) as caught:
        run(case)
    assert (params.operation, caught.value.reason.value) == (stem, case["reason"])
    assert encode(params) == case["params"]


@pytest.mark.parametrize("stem", sorted(OPS))
def test_every_algorithm_has_an_example(stem: str) -> None:
    """Given a page, when its examples are read, then every algorithm occurs."""
    shown = {type(decoded(case)[0]) for case in blocks(OPS[stem], "example")}
    assert shown == set(BUILT_IN[stem].algorithms)


@pytest.mark.parametrize("stem", sorted(set(OPS) - {"dynamic_routing"}))
def test_worked_tables_end_in_the_words(stem: str) -> None:
    """Given tables that work an example out, when their last column is read, then it is `out`."""
    made: list[int] = []
    for item in items_of(section(OPS[stem], "Examples")):
        if isinstance(item, Block) and item.kind == "example":
            made += item.data["outputs"]["out"]
        elif isinstance(item, Table) and item.head[-1].startswith("word"):
            column = [int(row[-1]) for row in item.rows]
            assert made[-len(column) :] == column
            made = []


def test_worked_routing_lists_every_intermediate() -> None:
    """Given the routing examples, when their tables are read, then they hold words and values."""
    found = list(items_of(section(OPS["dynamic_routing"], "Examples")))
    worked = [item for item in found if isinstance(item, Table)]
    cases = [item.data for item in found if isinstance(item, Block) and item.kind == "example"]
    assert len(worked) == len(cases) > 0
    for table, case in zip(worked, cases, strict=True):
        assert table.head == ["tensor", "holds", "format", "shape", "words", "values"]
        rows = {row[0]: row for row in table.rows}
        assert list(rows) == list(case["outputs"])
        for port, made in run(case)[0].items():
            row = rows[port]
            assert (row[2], row[3]) == (str(made.format), str(made.shape))
            assert integers(row[4]) == list(made.words)
            values = [made.format.value(word) for word in made.words]
            assert [Fraction(value) for value in row[5].split(", ")] == values


def test_rounding_modes_are_defined() -> None:
    """Given the defining table, when its modes are read, then they are those of the enum."""
    rule = table_with(NUMBERS, "mode", "the result is `f + 1` when")
    assert [row[0] for row in rule.rows] == [mode.value for mode in Rounding]


def test_rounding_samples() -> None:
    """Given the table of samples, when each is rounded, then every cell is the result."""
    table = table_with(NUMBERS, "mode", "-2.5")
    samples = [Fraction(sample) for sample in table.head[1:]]
    assert {"-0.5", "-0.75", "0.25", "0.5", "1.5", "2.5"} <= set(table.head)
    assert table.rows == [
        [mode.value, *(str(round_quotient(*x.as_integer_ratio(), mode)) for x in samples)]
        for mode in Rounding
    ]


@pytest.mark.parametrize(
    ("format", "first"), [(Format(True, 4, 0), "-25"), (Format(False, 4, 0), "-17")]
)
def test_overflow_samples(format: Format, first: str) -> None:
    """Given a table of samples, when each is handled for overflow, then cells are results."""

    def word(value: int, mode: Overflow) -> str:
        try:
            return str(handle_overflow(value, format, mode))
        except Rejection as rejection:
            return "rejected" if rejection.reason is Reason.OUTPUT_OUT_OF_RANGE else "wrong reason"

    table = table_with(NUMBERS, "mode", first)
    assert table.above == f"Rounded integers into `{format}`:"
    assert {format.min - 1, format.min, format.max, format.max + 1} <= set(map(int, table.head[1:]))
    assert table.rows == [
        [mode.value, *(word(int(value), mode) for value in table.head[1:])] for mode in Overflow
    ]


def test_overflow_modes_are_defined() -> None:
    """Given the defining table, when its modes are read, then they are those of the enum."""
    rule = table_with(NUMBERS, "mode", "result")
    assert [row[0] for row in rule.rows] == [mode.value for mode in Overflow]


def test_vendor_names() -> None:
    """Given the tables of aliases, when read, then they are the dictionaries of the code."""
    rounding, overflow = [table for table in tables(NUMBERS) if table.head[0] == "vendor"]
    refused = table_with(NUMBERS, "name", "why")
    for table, names in ((rounding, VENDOR_ROUNDING), (overflow, VENDOR_OVERFLOW)):
        assert table.rows == [
            [vendor, name, mode.value]
            for vendor, aliases in names.items()
            for name, mode in aliases.items()
        ]
    assert refused.rows == [[name, why] for name, why in REFUSED_OVERFLOW.items()]


def test_formats() -> None:
    """Given the table of formats, when recomputed, then ranges and steps are the same."""
    for row in table_with(NUMBERS, "format", "min").rows:
        format = Format.parse(row[0])
        low, high = format.min, format.max
        values = [low, high, format.step, format.value(low), format.value(high)]
        assert row == [str(format), *map(str, values)]


def test_constructors() -> None:
    """Given the table of notations, when each call is made, then it gives the format beside."""
    names = set()
    for _, text, expected in table_with(NUMBERS, "notation", "constructor").rows:
        call = ast.parse(text, mode="eval").body
        assert isinstance(call, ast.Call)
        assert isinstance(call.func, ast.Attribute)
        names.add(call.func.attr)
        given = [ast.literal_eval(argument) for argument in call.args]
        named = {str(item.arg): ast.literal_eval(item.value) for item in call.keywords}
        assert str(getattr(Format, call.func.attr)(*given, **named)) == expected
    assert names == {name for name in vars(Format) if name.startswith("from_")}


def test_stand_ins_of_roots() -> None:
    """Given the table of roots, when recomputed, then stand-ins and the wrong test are right."""
    for row in table_with(NUMBERS, "A", "D").rows:
        a, d = int(row[0]), int(row[1])
        h = isqrt(4 * a) // d
        square = (h * d) ** 2
        odd = (h // 2 * 2 + 1) * d
        side = (isqrt(4 * a) > odd) - (isqrt(4 * a) < odd)
        exact = "yes" if square == 4 * a else "no"
        numbers = [a, d, h, square, 4 * a]
        expected = [*map(str, numbers), exact, str(root_quarters(a, d))]
        assert row == [*expected, ("tie", "above", "below")[side]]


def test_accumulator_runs() -> None:
    """Given the table of runs, when each is accumulated, then registers and results are these."""
    rows = table_with(ACCUMULATORS, "format", "check").rows
    assert {row[1] for row in rows} == {check.value for check in Check}
    for text, check, overflow, first, terms, registers, result, overflowed in rows:
        start, products = int(first), integers(terms)
        accumulator = Accumulator(
            format=None if text == "none" else Format.parse(text),
            overflow=Overflow(overflow),
            check=Check(check),
        )
        partials = list(itertools.accumulate(products, initial=start))
        if accumulator.check is Check.PER_STEP:
            partials = [
                accumulate(start, products[:count], accumulator, Log(), 0)
                for count in range(len(products) + 1)
            ]
        log = Log()
        try:
            made = str(accumulate(start, products, accumulator, log, 0))
        except Rejection as rejection:
            made = rejection.reason.value
        assert (integers(registers), result) == (partials, made)
        assert overflowed == ("yes" if log.events else "no")


def test_static_ranges() -> None:
    """Given the tables of static ranges, when recomputed, then intervals and widths are these."""
    for start, weights, text, low, high, bits in table_with(ACCUMULATORS, "start", "weights").rows:
        interval = weighted_interval(int(start), integers(weights), Format.parse(text))
        width = narrowest(interval, 0).width
        assert (int(low), int(high), int(bits)) == (*interval, width)
    for start, count, a, b, low, high, bits in table_with(ACCUMULATORS, "start", "products").rows:
        term = product_interval(*(words_interval(Format.parse(text)) for text in (a, b)))
        interval = sum_interval((int(start), int(start)), term, int(count))
        width = narrowest(interval, 0).width
        assert (int(low), int(high), int(bits)) == (*interval, width)


def test_containers_and_bytes() -> None:
    """Given containers and a tensor's bytes, when recomputed, then sizes and digest are these."""
    rows = table_with(CHAPTERS["tensors.md"], "format", "bytes").rows
    assert rows == [[text, str(Format.parse(text).container_bytes)] for text, _ in rows]
    (case,) = blocks(CHAPTERS["tensors.md"], "bytes")
    size = Format.parse(case["format"]).container_bytes
    raw = b"".join(word.to_bytes(size, "little", signed=True) for word in case["words"])
    assert (case["bytes"], case["sha256"]) == (raw.hex(), hashlib.sha256(raw).hexdigest())


def test_reasons() -> None:
    """Given the list of reasons, when compared with the enum, then order and names are equal."""
    table = table_with(CHAPTERS["rejections.md"], "reason", "given when")
    assert [row[0] for row in table.rows] == [reason.value for reason in Reason]
    assert all(re.fullmatch(r"[A-Z][^.]*\.", row[1]) for row in table.rows)

"""The pages for people say what the normative code does."""

from __future__ import annotations

import json
import re
import typing
from dataclasses import MISSING, Field, fields
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import fxcaps.spec
from fxcaps.ops import (
    OPERATIONS,
    Add,
    Agreement,
    DynamicRouting,
    Parameters,
    RoutingIteration,
    WeightedSum,
    decode,
    encode,
    find_parameters,
)
from fxcaps.spec import SPEC
from fxcaps.types import (
    Accumulator,
    Advance,
    BiasAt,
    Check,
    Direction,
    Form,
    Format,
    Init,
    Lfsr,
    Log,
    Order,
    Overflow,
    Philox,
    Rejection,
    RoundAt,
    Rounding,
    RoundingRule,
    Tensor,
    Tile,
)
from fxcaps.types.order import ORDERS
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
    unified,
)

CODE = Path(fxcaps.spec.__file__).parent.parent
BUILT_IN = dict(OPERATIONS)

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
    RoundingRule: "rounding rule",
    int | None: "integer or none",
    Form: "form",
    Direction: "direction",
    Advance: "moment",
    Overflow: "overflow mode",
    Check: "check mode",
    RoundAt: "place",
    BiasAt: "place",
    Init: "start",
    Order: "order",
    Tile | None: "tile or none",
    Format: "format",
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
    "multiplier": (1,),
    "offset_denominator": (1,),
    "offset_numerator": (0,),
    "scale_denominator": (1,),
    "scale_numerator": (1,),
    "shape": (1,),
    "shift": (2,),
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


def written_default(field: Field[Any]) -> Any:
    """The default of a register's field as a file would have it."""
    if isinstance(field.default, Order):
        return {"kind": field.default.kind}
    return field.default


def parameter_rows(cls: type) -> list[list[str]]:
    """Name, type and default of every field, the default as `encode` writes it."""
    required = {
        field.name
        for field in fields(cls)
        if field.default is MISSING and field.default_factory is MISSING
    }
    if cls is RoutingIteration:
        written = encode(DynamicRouting(iterations=(RoutingIteration(),)))["iterations"][0]
    elif not issubclass(cls, Parameters):
        written = {field.name: written_default(field) for field in fields(cls)}
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
    page = CHAPTERS["accumulators.md"]
    assert [row[:3] for row in table_with(page, "field").rows] == parameter_rows(Accumulator)
    rows = [row[:3] for row in table_with(page, "tile field").rows]
    assert rows == [[*row[:2], row[2].replace("required", "")] for row in parameter_rows(Tile)]
    expected: list[list[str]] = []
    for kind in ORDERS:
        found = [
            [kind.kind, *row[:2], row[2].replace("required", "")] for row in parameter_rows(kind)
        ]
        expected += found or [[kind.kind, "", "", ""]]
    assert [row[:4] for row in table_with(page, "kind").rows] == expected


@pytest.mark.parametrize("cls", [Philox, Lfsr])
def test_the_generator_tables_are_the_fields(cls: type[Philox | Lfsr]) -> None:
    """Given the page of stochastic rounding, when a table is read, then it is the class's."""
    rows = [row[:3] for row in table_with(CHAPTERS["stochastic.md"], f"{cls.kind} field").rows]
    assert rows == [[*row[:2], row[2].replace("required", "")] for row in parameter_rows(cls)]


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

"""The tables on the general pages are what the code gives."""

from __future__ import annotations

import ast
import hashlib
import itertools
import re
from fractions import Fraction
from math import isqrt

import pytest

from fxcaps.ops import find_parameters
from fxcaps.ops.parameters import decode
from fxcaps.ops.sums import (
    narrowest,
    partial_sums,
    product_interval,
    repeated,
    weighted,
    words_interval,
)
from fxcaps.spec.accumulate import Register, accumulate
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
)
from fxcaps.types.overflow import REFUSED_OVERFLOW, VENDOR_OVERFLOW
from fxcaps.types.rounding import VENDOR_ROUNDING
from tests.spec.pages import (
    CHAPTERS,
    blocks,
    integers,
    table_with,
    tables,
)

NUMBERS, ACCUMULATORS = CHAPTERS["numbers.md"], CHAPTERS["accumulators.md"]


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
            [vendor, name, getattr(mode, "kind", mode)]
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
                accumulate(start, products[:count], Register(accumulator, 0, 0), Log(), 0)
                for count in range(len(products) + 1)
            ]
        log = Log()
        try:
            made = str(accumulate(start, products, Register(accumulator, 0, 0), log, 0))
        except Rejection as rejection:
            made = rejection.reason.value
        assert (integers(registers), result) == (partials, made)
        assert overflowed == ("yes" if log.events else "no")


def test_accumulator_fields() -> None:
    """Given the runs of a block, when each is accumulated, then only its fields give its result.

    The registers are those of shorter sums: what the words before a product come to does not
    depend on it, except where the register is spilled, or all are summed first.
    """
    found = blocks(ACCUMULATORS, "accumulate")
    assert len(found) == 8
    for block in found:
        products, results = block["products"]["words"], []
        for run in block["runs"]:
            data = {"op": "votes", "accumulator": run["accumulator"]}
            accumulator = decode(data, find_parameters, "page").accumulator  # type: ignore[attr-defined]
            register = Register(accumulator, block["products"]["frac"], block["out"]["frac"])
            log = Log()
            results.append(accumulate(run["bias"], products, register, log, 0))
            assert (results[-1], bool(log.events)) == (run["result"], run["overflow"])
            assert run["registers"][-1] == run["result"]
        assert len(set(results)) == len(results)


def test_static_ranges() -> None:
    """Given the tables of static ranges, when recomputed, then intervals and widths are these."""
    for start, weights, text, low, high, bits in table_with(ACCUMULATORS, "start", "weights").rows:
        terms = integers(weights)
        ends = weighted(terms, Format.parse(text))
        interval = partial_sums(Accumulator(), ends, len(terms), frac=0, out=0, start=int(start))
        width = narrowest(interval, 0).width
        assert (int(low), int(high), int(bits)) == (*interval, width)
    for start, count, a, b, low, high, bits in table_with(ACCUMULATORS, "start", "products").rows:
        term = product_interval(*(words_interval(Format.parse(text)) for text in (a, b)))
        ends = repeated(term, int(count))
        interval = partial_sums(Accumulator(), ends, int(count), frac=0, out=0, start=int(start))
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

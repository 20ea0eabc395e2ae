"""An explanation as text and as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator
from enum import StrEnum
from fractions import Fraction
from typing import Any

from fxcaps.cli.report import table
from fxcaps.inside import Explanation, Held, Narrowing, Note, Sum, Word
from fxcaps.types import Accumulator, Check, Lfsr, Philox, Rounding, RoundingRule

_SHOWN, _LAST = 12, 4
"""Products printed of a long sum: so many at its start and at its end."""

_LIST = 16
"""Entries printed of a long list."""


def to_text(found: Explanation, *, whole: bool = False) -> str:
    """An explanation for people; `whole` prints every product."""
    blocks = ["\n".join(_head(found))]
    if found.operands:
        blocks.append(_operands(found.operands))
    blocks += [_sum(part, whole=whole) for part in found.sums]
    if found.notes:
        blocks.append("\n".join(_note(note) for note in found.notes))
    blocks += ["\n".join(_narrowing(part)) for part in found.narrowings]
    blocks.append("\n".join(_result(found)))
    return "\n\n".join(blocks)


def _head(found: Explanation) -> Iterator[str]:
    yield f"{_place(found.tensor, found.at)} of image {found.image}, format {found.format}"
    part = f", part {found.part[1]} of step {found.part[0]}" if found.part else ""
    yield f"step {found.step}: {found.operation}{part}"


def _operands(words: tuple[Word, ...]) -> str:
    rows = [[word.port, *_cells(word)] for word in words]
    return table(["operand", "word of", "word", "value"], rows)


def _cells(word: Word) -> list[str]:
    where = "padding" if word.at is None else _place(word.tensor, word.at)
    return [where, str(word.word), number(word.value)]


def _sum(part: Sum, *, whole: bool) -> str:
    """A row a product, long sums shortened in the middle."""
    lines = [f"register: {register_text(part.accumulator)}"]
    if part.bias is not None:
        where, word, value = _cells(part.bias)
        lines.append(f"bias: {where} = {word} ({value})")
    lines.append(f"start: {_held(part.start)}")
    if part.products:
        lines.append(_products(part, whole=whole))
    lines += _later(part, whole=whole)
    lines.append(f"sum: {part.total.value} = {number(part.total.value * _step(part.frac))}")
    zeros = sum(product.product == 0 for product in part.products)
    hidden = _hidden(len(part.products), whole=whole)
    more = f", {hidden} not shown (--all)" if hidden else ""
    lines.append(f"{len(part.products)} products, {zeros} of them zero{more}{_range(part)}")
    return "\n".join(lines)


def _hidden(count: int, *, whole: bool) -> int:
    """How many of so many rows are left out; one alone is not worth it."""
    hidden = count - _SHOWN - _LAST
    return 0 if whole or hidden <= 1 else hidden


def _cut(rows: list[list[str]], *, whole: bool) -> list[list[str]]:
    hidden = _hidden(len(rows), whole=whole)
    if not hidden:
        return rows
    gap = ["...", *[""] * (len(rows[0]) - 1)]
    return [*rows[:_SHOWN], gap, *rows[-_LAST:]]


def _products(part: Sum, *, whole: bool) -> str:
    factors = part.products[0].factors
    head = ["product", *(cell for word in factors for cell in (word.port, "word", "value"))]
    head += ["product word", *(["narrowed", ""] if part.products[0].narrowed else [])]
    head += ["register", ""] if any(product.register for product in part.products) else []
    rows = []
    for product in part.products:
        cells = [cell for word in product.factors for cell in _cells(word)]
        row = [str(product.number), *cells, str(product.product)]
        for held in (product.narrowed, product.register):
            if held is not None:
                row += [str(held.value), "overflow" if held.overflowed else ""]
        rows.append([*row, *[""] * (len(head) - len(row))])
    return table(head, _cut(rows, whole=whole))


def _later(part: Sum, *, whole: bool) -> list[str]:
    """Groups, spills, a late bias, the last check: what no row of a product shows."""
    rows = [[f"then {held.place}: {_held(held)}"] for held in part.later]
    return [row[0] for row in _cut(rows, whole=whole)] if rows else []


def _held(held: Held) -> str:
    return f"{held.value}, overflow" if held.overflowed else str(held.value)


def _range(part: Sum) -> str:
    """The span of the register, where every product meets it alone."""
    registers = [product.register for product in part.products if product.register]
    if not registers:
        return ""
    values = [part.start.value, *(held.value for held in registers)]
    return f"; the register held {min(values)} to {max(values)}"


def register_text(accumulator: Accumulator) -> str:
    """What a register is, in a line; what has its default is left out."""
    format, plain = accumulator.format, Accumulator()
    text = "unbounded"
    if format is not None:
        text = f"{format} [{format.min}, {format.max}], {accumulator.check.value}"
    if accumulator.check is not Check.EXACT:
        text += f", {accumulator.overflow.value}"
    if accumulator.round_at is not plain.round_at:
        text += f", rounded at each {accumulator.round_at.value} {accumulator.rounding.value}"
    for what in (accumulator.init, accumulator.order):
        if what not in (plain.init, plain.order):
            text += f", {what.value if isinstance(what, StrEnum) else what.kind}"
    if accumulator.bias_at is not plain.bias_at:
        text += f", bias {accumulator.bias_at.value}"
    if accumulator.tile is not None:
        text += f", spilled to {accumulator.tile.spill} after every {accumulator.tile.count}"
    return text


def _mode(rounding: RoundingRule) -> str:
    if isinstance(rounding, Rounding):
        return rounding.value
    random = isinstance(rounding, Philox | Lfsr)
    return f"stochastic {rounding.kind}" if random else rounding.kind


def _note(note: Note) -> str:
    if isinstance(note.value, int):
        worth = "" if note.frac is None else f" = {number(note.value * _step(note.frac))}"
        return f"{note.name}: {note.value}{worth}"
    first = 0 if note.own is None else max(0, min(note.own - _LIST // 2, len(note.value) - _LIST))
    shown = [
        f"[{value}]" if first + k == note.own else str(value)
        for k, value in enumerate(note.value[first : first + _LIST])
    ]
    before = ["..."] if first else []
    after = ["..."] if first + _LIST < len(note.value) else []
    return f"{note.name}: {' '.join([*before, *shown, *after])}"


def _narrowing(part: Narrowing) -> Iterator[str]:
    floor = math.floor(part.exact)
    if part.irrational:
        below = Fraction(math.floor(2 * part.exact), 2)
        yield (
            f"exact: strictly between {number(below)} and {number(below + Fraction(1, 2))} "
            f"steps of {part.format}"
        )
    else:
        yield (
            f"exact: {number(part.exact)} steps of {part.format}"
            + ("" if _finite(part.exact) else f" = {part.exact}")
        )
    if part.dropped == 0 and part.rounded == floor:
        yield f"rounding {_mode(part.rounding)}: nothing to drop, {part.rounded}"
    else:
        what = "a fraction" if part.irrational else f"{number(part.dropped)} of a step"
        way = "down" if part.rounded <= floor else "up"
        yield f"rounding {_mode(part.rounding)}: {what} above {floor}, {way} to {part.rounded}"
    low, high = part.format.min, part.format.max
    fits = "fits" if part.fits else "does not fit"
    yield f"overflow {part.overflow.value}: {part.rounded} {fits} [{low}, {high}]"


def _result(found: Explanation) -> Iterator[str]:
    if found.rejection is not None:
        yield f"rejected: {found.rejection}"
        return
    assert found.word is not None  # noqa: S101 - there is a word where nothing is rejected
    yield f"word: {found.word} = {number(found.format.value(found.word))}"
    yield f"events: {', '.join(event.value for event in found.events) or 'none'}"
    same = "the same" if found.traced == found.word else "ANOTHER: report it as a bug"
    yield f"word of a run: {found.traced}, {same}"


def _place(tensor: str, at: tuple[int, ...]) -> str:
    return f"{tensor}[{', '.join(map(str, at))}]" if at else tensor


def _step(frac: int) -> Fraction:
    return Fraction(2) ** -frac


def _finite(value: Fraction) -> bool:
    """Whether the decimal digits of `number` are all there are."""
    return Fraction(number(value)) == value


def number(value: Fraction) -> str:
    """A value with up to 12 digits."""
    return f"{float(value):.12g}"


def to_json(found: Explanation) -> dict[str, Any]:
    """Everything, values as floats beside exact integers."""
    return {
        "program": found.program,
        "image": found.image,
        "step": found.step,
        "operation": found.operation,
        "part": None if found.part is None else {"of": found.part[0], "name": found.part[1]},
        "tensor": found.tensor,
        "at": list(found.at),
        "format": str(found.format),
        "operands": [_word_json(word) for word in found.operands],
        "sums": [_sum_json(part) for part in found.sums],
        "notes": [
            {"name": note.name, "value": note.value, "frac": note.frac, "own": note.own}
            for note in found.notes
        ],
        "narrowings": [_narrowing_json(part) for part in found.narrowings],
        "word": found.word,
        "value": None if found.word is None else float(found.format.value(found.word)),
        "traced": found.traced,
        "events": [event.value for event in found.events],
        "rejection": found.rejection,
    }


def _word_json(word: Word) -> dict[str, Any]:
    return {
        "port": word.port,
        "tensor": word.tensor,
        "at": None if word.at is None else list(word.at),
        "word": word.word,
        "value": float(word.value),
    }


def _sum_json(part: Sum) -> dict[str, Any]:
    return {
        "frac": part.frac,
        "register": register_text(part.accumulator),
        "start": _held_json(part.start),
        "bias": None if part.bias is None else _word_json(part.bias),
        "products": [
            {
                "number": product.number,
                "factors": [_word_json(word) for word in product.factors],
                "product": product.product,
                "narrowed": _held_json(product.narrowed),
                "register": _held_json(product.register),
            }
            for product in part.products
        ],
        "later": [_held_json(held) for held in part.later],
        "total": _held_json(part.total),
    }


def _held_json(held: Held | None) -> dict[str, Any] | None:
    return None if held is None else held._asdict()


def _narrowing_json(part: Narrowing) -> dict[str, Any]:
    return {
        "exact": {"numerator": part.exact.numerator, "denominator": part.exact.denominator},
        "irrational": part.irrational,
        "rounding": _mode(part.rounding),
        "dropped": float(part.dropped),
        "rounded": part.rounded,
        "overflow": part.overflow.value,
        "fits": part.fits,
        "format": str(part.format),
    }

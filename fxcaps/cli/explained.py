"""An explanation as text and as JSON."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from fxcaps.cli.report import table
from fxcaps.inside import Explanation, Narrowing, Note, Product, Sum, Word
from fxcaps.types import Accumulator, Check

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
        lines.append(f"bias {where} = {word} ({value}), aligned: {part.start.value}")
    else:
        lines.append(f"start: {part.start.value}")
    if part.products:
        factors = part.products[0].factors
        names = [cell for word in factors for cell in (f"{word.port}", "word", "value")]
        head = ["product", *names, "product word", "register", ""]
        lines.append(table(head, _rows(part.products, whole=whole)))
    zeros = sum(product.product == 0 for product in part.products)
    values = [part.start.value, *(product.register.value for product in part.products)]
    worth = "" if part.frac is None else f" = {number(part.total.value * _step(part.frac))}"
    lines.append(f"sum: {part.total.value}{worth}")
    hidden = 0 if whole else max(0, len(part.products) - _SHOWN - _LAST)
    more = f", {hidden} not shown (--all)" if hidden > 1 else ""
    lines.append(
        f"{len(part.products)} products, {zeros} of them zero{more}; "
        f"the register held {min(values)} to {max(values)}"
    )
    return "\n".join(lines)


def _rows(products: tuple[Product, ...], *, whole: bool) -> Iterator[list[str]]:
    hidden = len(products) - _SHOWN - _LAST
    for number_of, product in enumerate(products):
        if not whole and hidden > 1 and _SHOWN <= number_of < len(products) - _LAST:
            if number_of == _SHOWN:
                yield ["...", *[""] * (3 * len(product.factors) + 3)]
            continue
        yield [
            str(number_of),
            *(cell for word in product.factors for cell in _cells(word)),
            str(product.product),
            str(product.register.value),
            "overflow" if product.register.overflowed else "",
        ]


def register_text(accumulator: Accumulator) -> str:
    """What a register is, in a line."""
    if accumulator.format is None:
        return "unbounded"
    how = "" if accumulator.check is Check.EXACT else f", {accumulator.overflow.value}"
    low, high = accumulator.format.min, accumulator.format.max
    return f"{accumulator.format} [{low}, {high}], {accumulator.check.value}{how}"


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
    if part.dropped == 0:
        yield f"rounding {part.rounding.value}: nothing to drop, {part.rounded}"
    else:
        what = "a fraction" if part.irrational else f"{number(part.dropped)} of a step"
        way = "down" if part.rounded == floor else "up"
        yield f"rounding {part.rounding.value}: {what} above {floor}, {way} to {part.rounded}"
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
        "start": part.start.value,
        "bias": None if part.bias is None else _word_json(part.bias),
        "products": [
            {
                "factors": [_word_json(word) for word in product.factors],
                "product": product.product,
                "register": product.register.value,
                "overflowed": product.register.overflowed,
            }
            for product in part.products
        ],
        "total": part.total.value,
    }


def _narrowing_json(part: Narrowing) -> dict[str, Any]:
    return {
        "exact": {"numerator": part.exact.numerator, "denominator": part.exact.denominator},
        "irrational": part.irrational,
        "rounding": part.rounding.value,
        "dropped": float(part.dropped),
        "rounded": part.rounded,
        "overflow": part.overflow.value,
        "fits": part.fits,
        "format": str(part.format),
    }

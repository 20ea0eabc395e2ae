"""One case by itself: what a device is given, and every intermediate that leads to the answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fxcaps.conform import lines
from fxcaps.conform.device import Question
from fxcaps.conform.mutants import Mutants
from fxcaps.conform.select import Chain, Chosen, choose
from fxcaps.conform.taps import Row, expected
from fxcaps.types import Format, Reason, Rejection
from fxcaps.vectors.call import Setup, call_of
from fxcaps.vectors.emit import request
from fxcaps.vectors.evaluate import evaluate, feedback
from fxcaps.vectors.export import pack
from fxcaps.vectors.files import VectorSet
from fxcaps.vectors.numbers import read_words
from fxcaps.vectors.pick import Asked

SHOWN = 16
"""Integers of a tap that are printed; `taps.txt` has all."""

HEAD = ("name", "index", "hex", "decimal", "value")
"""Of the table of taps."""


@dataclass(frozen=True)
class Repro:
    """A case, looked at alone.

    Args:
        chosen: its setup, and itself as the only case.
        case: what is asked.
        clauses: of the pages that it exercises.
        mutants: wrong versions that it tells.
        rows: inputs, taps and outputs in the order in which they are made.
        message: why the specification rejects the case, for people.
    """

    chosen: Chosen
    case: Asked
    clauses: tuple[str, ...]
    mutants: tuple[str, ...]
    rows: tuple[Row, ...]
    message: str

    def table(self, most: int | None = SHOWN) -> list[tuple[str, ...]]:
        """Name, index, hexadecimal digits, decimal and value of every integer.

        Args:
            most: of one name that are shown; all for none.
        """
        made: list[tuple[str, ...]] = []
        for row in self.rows:
            made += [_cells(row, index) for index in range(len(row.integers))][:most]
            more = len(row.integers) - len(row.integers[:most])
            made += [(row.name, "...", "", "", f"{more} more")] if more else []
        return made


def _cells(row: Row, index: int) -> tuple[str, ...]:
    integer = row.integers[index]
    width = row.width or _bits(row.integers)
    digits = -(-width // 4)
    value = "" if row.frac is None else _value(integer, row.frac)
    return row.name, str(index), f"{integer & ((1 << width) - 1):0{digits}x}", str(integer), value


def _bits(integers: Sequence[int]) -> int:
    """Bits in whole digits that hold all integers, in two's complement where one is negative."""
    negative = min(integers) < 0
    most = max((i if i >= 0 else ~i).bit_length() for i in integers) + negative
    return max(-(-most // 4), 1) * 4


def _value(integer: int, frac: int) -> str:
    return f"{float(Format(True, 1, frac).value(integer)):.12g}"


def find_case(found: VectorSet, name: str, step: int = 1) -> Repro:
    """A case of a set by its id.

    Args:
        found: the set.
        name: of the case.
        step: of a chain, whose call it is then; counted from 1.

    Rejects an unknown id, a case that no device can be given, and a step that a chain has not,
    with `NAME_UNKNOWN`.
    """
    op, profile, kind, _ = [*name.split(".", 3), "", "", ""][:4]
    try:
        selection = choose(found, op=op, profile=profile, kind=kind)
    except Rejection as rejection:
        if rejection.reason is not Reason.NAME_UNKNOWN:
            raise
        raise _unknown(found, name) from None
    for chosen in selection.chosen:
        for case in chosen.pick.cases:
            if case.id == name:
                return _repro(found, chosen, case)
        for chain in chosen.chains:
            if chain.id == name:
                return _repro(found, chosen, _step(chosen.pick.setup, chain, step))
        if name in chosen.unaskable:
            raise Rejection(
                Reason.NAME_UNKNOWN,
                f"{name}: its words are what is wrong, no device can be given them; "
                f"see {found.root}/{op}/{profile}/{kind}.json",
            )
    raise _unknown(found, name)


def _unknown(found: VectorSet, name: str) -> Rejection:
    return Rejection(Reason.NAME_UNKNOWN, f"{found.root} has no case {name!r:.120}")


def _repro(found: VectorSet, chosen: Chosen, case: Asked) -> Repro:
    picked = replace(chosen.pick, cases=(case,), left_out=0)
    setup = picked.setup
    made, rows = expected(setup, case)
    inputs = [
        Row(f"in {port}", case.words[port], format.frac, format.width)
        for port, format in picked.inputs().items()
    ]
    outputs = [
        Row(f"out {row.name}" if row.name in made.words else row.name, *row[1:]) for row in rows
    ]
    told = Mutants(found).told_by(case.id)
    return Repro(
        replace(chosen, pick=picked, chains=(), unaskable=()),
        case,
        case.clauses,
        tuple(sorted({known.mutant for known in told})),
        (*inputs, *outputs),
        made.message,
    )


def _step(setup: Setup, chain: Chain, step: int) -> Asked:
    """The call of one step of a chain."""
    case = chain.case
    if not 1 <= step <= case["steps"]:
        raise Rejection(
            Reason.NAME_UNKNOWN, f"{chain.id} has the steps 1 to {case['steps']}, found {step}"
        )
    given: list[Mapping[str, Sequence[int]]] = []

    def made(words: Mapping[str, Sequence[int]]) -> Sequence[int]:
        given.append(dict(words))
        return evaluate(setup, words).words[case["from"]]

    call = call_of(setup)
    words = {
        port: read_words(case["in"][port], signature.format, chain.id)
        for port, signature in call.inputs.items()
    }
    seed = int(case["seed"], 16)
    run = feedback(call, words, made, feed=case["feed"], source=case["from"], steps=step, seed=seed)
    for _ in run:
        pass
    asked = {port: list(found) for port, found in given[-1].items()}
    out = evaluate(setup, asked).words
    return Asked(f"{chain.id}@{step}", asked, out, "", clauses=tuple(case["clauses"]))


def files(repro: Repro, text: str) -> dict[str, bytes]:
    """The files of a pack of one case by name.

    Args:
        repro: the case.
        text: the whole table of taps.

    A case that is rejected has no memory files: no word would be right.
    """
    picked, case = repro.chosen.pick, repro.case
    question = Question(0, case.words, case.image)
    made = {
        "taps.txt": text,
        "request.txt": f"{request(0, picked.inputs(), case.words)}\nend 1\n",
        "request.jsonl": f"{lines.run(repro.chosen.block, question)}\n",
    }
    packed: dict[str, bytes] = {}
    if case.out:
        packed = pack(picked, "readmemh") | pack(picked, "c")
        made["plusargs.txt"] = _plusargs(repro)
        made["main.c"] = main_c(repro)
    return packed | {name: content.encode() for name, content in made.items()}


def _plusargs(repro: Repro) -> str:
    """What a bench is told: where the words are, and which case this is."""
    picked = repro.chosen.pick
    ports = [f"in_{port}" for port in picked.inputs()] + [f"out_{p}" for p in picked.outputs()]
    return "".join(
        [f"+id={repro.case.id}\n", "+cases=1\n", *(f"+{port}={port}.hex\n" for port in ports)]
    )


def main_c(repro: Repro) -> str:
    """A C program that calls a function of the user's with the case and tells what differs."""
    picked = repro.chosen.pick
    inputs = {_identifier(f"in_{port}"): f for port, f in picked.inputs().items()}
    outputs = {_identifier(f"out_{port}"): f for port, f in picked.outputs().items()}
    parameters = [f"const {_type(format)} *{name}" for name, format in inputs.items()]
    parameters += [f"{_type(format)} *{name}" for name, format in outputs.items()]
    text = [
        f"/* {repro.case.id}: give it your function, and link:",
        " *     cc main.c yours.c && ./a.out",
        " */",
        "#include <inttypes.h>",
        "#include <stdio.h>",
        '#include "pack.h"',
        "",
        f"void fxcaps_case({', '.join(parameters)});",
        "",
        "int main(void)",
        "{",
        "    int wrong = 0;",
        "    long k;",
    ]
    for name, format in outputs.items():
        text.append(f"    static {_type(format)} {name}[{name.upper()}_WORDS + 1];")
    arguments = [f"fxcaps_{name}[0]" for name in inputs] + list(outputs)
    text.append(f"    fxcaps_case({', '.join(arguments)});")
    for name in outputs:
        text += [
            f"    for (k = 0; k < {name.upper()}_WORDS; k++)",
            f"        if ({name}[k] != fxcaps_{name}[0][k]) {{",
            f'            printf("{name}[%ld]: expected %" PRId64 ", found %" PRId64 "\\n", k,',
            f"                   (int64_t)fxcaps_{name}[0][k], (int64_t){name}[k]);",
            "            wrong = 1;",
            "        }",
        ]
    return "\n".join([*text, "    return wrong;", "}", ""])


def _type(format: Format) -> str:
    return f"int{8 * format.container_bytes}_t"


def _identifier(name: str) -> str:
    return re.sub(r"\W", "_", name)

"""Calls that are to be rejected: a valid one, broken in one place."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from fxcaps.ops import find_operation
from fxcaps.types import Format, Reason, Rejection
from fxcaps.vectors.call import Setup
from fxcaps.vectors.cases.desk import Desk, Draft, Frame, count
from fxcaps.vectors.evaluate import evaluate
from fxcaps.vectors.stream import Stream

Json = dict[str, Any]
Words = dict[str, list[int]]


WORDS = frozenset(
    {
        *(Reason.WORD_OUT_OF_RANGE, Reason.OUTPUT_OUT_OF_RANGE, Reason.ACCUMULATOR_OVERFLOW),
        *(Reason.NEGATIVE_ROOT, Reason.DIVISION_BY_ZERO),
    }
)
"""Reasons that depend on words; the others are found before a word is read."""


def rejects(desk: Desk, frame: Frame, name: str, *, guards: bool) -> Iterator[Draft]:
    """The ways in which the call of a frame can be broken and is then rejected as expected.

    Args:
        desk: chooses the arithmetic.
        frame: of a valid call.
        name: of the stream that its words come from.
        guards: those that are found before a word is read, otherwise those that words decide.
    """
    stream = Stream(name)
    words = {
        port: stream.words(given.format, count(given.shape)) for port, given in frame.inputs.items()
    }
    base = desk.draft("valid", frame, words).setup
    if base is None:
        return
    for slug, reason, setup, given in _broken(base, frame, words):
        if (reason in WORDS) is guards:
            continue
        if evaluate(setup, given).reject is reason:
            yield Draft(slug, replace(setup, name=slug), given, ("SANITY",), reject=reason)


def _broken(base: Setup, frame: Frame, words: Words) -> Iterator[tuple[str, Reason, Setup, Words]]:
    yield from _ports(base, words)
    yield from _tensors(base, frame, words)
    yield from _parameters(base, frame, words)
    yield from _registers(base, frame, words)


def _without(data: Json, key: str) -> Json:
    return {name: item for name, item in data.items() if name != key}


def _ports(base: Setup, words: Words) -> Iterator[tuple[str, Reason, Setup, Words]]:
    reason = Reason.PORT_MISMATCH
    for port in base.inputs:
        gone = replace(base, inputs=_without(base.inputs, port))
        yield f"no-input-{port}", reason, gone, {k: v for k, v in words.items() if k != port}
    first = next(iter(base.inputs))
    more = replace(base, inputs=base.inputs | {"extra": base.inputs[first]})
    yield "unknown-input", reason, more, words | {"extra": words[first]}
    last = list(base.outputs)[-1]
    yield "no-output", reason, replace(base, outputs=_without(base.outputs, last)), words
    extra = replace(base, outputs=base.outputs | {"extra": base.outputs[last]})
    yield "unknown-output", reason, extra, words


def _tensors(base: Setup, frame: Frame, words: Words) -> Iterator[tuple[str, Reason, Setup, Words]]:
    for port, given in frame.inputs.items():
        yield f"short-{port}", Reason.SHAPE_MISMATCH, base, words | {port: words[port][:-1]}
        for slug, word in (("above", given.format.max + 1), ("below", given.format.min - 1)):
            wrong = [*words[port][:-1], word]
            yield f"{slug}-{port}", Reason.WORD_OUT_OF_RANGE, base, words | {port: wrong}
        longer = [*given.shape[:-1], given.shape[-1] + 1] if given.shape else [1]
        yield from _reshaped(base, words, port, longer, f"longer-{port}")
        yield from _reshaped(base, words, port, [*given.shape, 1], f"more-axes-{port}")
        yield from _reshaped(base, words, port, [0], f"empty-{port}")
        text = _text_of(base.inputs, port, "q4.4")
        yield f"format-text-{port}", Reason.FORMAT_INVALID, replace(base, inputs=text), words
        shifted = str(replace(given.format, frac=given.format.frac + 1))
        other = replace(base, inputs=_text_of(base.inputs, port, shifted))
        yield f"fraction-{port}", Reason.FORMAT_MISMATCH, other, words
    for port in list(base.outputs)[:1]:
        none = replace(base, outputs=_text_of(base.outputs, port, "s0f0"))
        yield f"no-bits-{port}", Reason.FORMAT_INVALID, none, words
        wide = replace(base, outputs=_text_of(base.outputs, port, "s19f11"))
        yield f"other-format-{port}", Reason.FORMAT_MISMATCH, wide, words


def _reshaped(
    base: Setup, words: Words, port: str, shape: list[int], slug: str
) -> Iterator[tuple[str, Reason, Setup, Words]]:
    given = base.inputs[port] | {"shape": shape}
    setup = replace(base, inputs=base.inputs | {port: given})
    filled = [words[port][k % len(words[port])] for k in range(count(tuple(shape)))]
    yield slug, Reason.SHAPE_MISMATCH, setup, words | {port: filled}


def _text_of(tensors: Json, port: str, text: str) -> Json:
    return tensors | {port: tensors[port] | {"format": text}}


def _parameters(
    base: Setup, frame: Frame, words: Words
) -> Iterator[tuple[str, Reason, Setup, Words]]:
    invalid = Reason.PARAMETER_INVALID
    yield "unknown-field", invalid, _with(base, "threshold_of_nobody", 1), words
    others = [name for name in ("requantize", "relu") if name != base.params["op"]]
    head = {"op": others[0]}
    yield "other-operation", invalid, _as_operation(base, head), words
    for key in ("rounding", "overflow"):
        if key in base.params:
            yield f"unknown-{key}", invalid, _with(base, key, "nearest"), words
    if "overflow" not in base.params or len(base.outputs) > 1:
        return
    symmetric = _with(base, "overflow", "saturate_symmetric")
    outputs = _text_of(base.outputs, "out", "s1f0")
    yield "one-bit-symmetric", invalid, replace(symmetric, outputs=outputs), words
    frac = frame.formats["out"].frac
    for slug, text in (("range", f"s2f{frac + 6}"), ("sign", f"u2f{frac + 6}")):
        narrow = replace(
            _with(base, "overflow", "reject"), outputs=_text_of(base.outputs, "out", text)
        )
        yield f"output-{slug}", Reason.OUTPUT_OUT_OF_RANGE, narrow, words
        low = {port: [given.format.min] * len(words[port]) for port, given in frame.inputs.items()}
        yield f"lowest-{slug}", Reason.OUTPUT_OUT_OF_RANGE, narrow, low
    negative = {port: [-1] * len(given) for port, given in words.items()}
    signed = {
        port: given | {"format": str(replace(Format.parse(given["format"]), signed=True))}
        for port, given in base.inputs.items()
    }
    yield "negative", Reason.NEGATIVE_ROOT, replace(base, inputs=signed), negative
    zero = words | {"b": [0] * len(words.get("b", ()))}
    rule = _with(base, "zero_divisor", "reject")
    if "zero_divisor" in base.params:
        yield "zero-divisor", Reason.DIVISION_BY_ZERO, rule, zero


def _registers(
    base: Setup, frame: Frame, words: Words
) -> Iterator[tuple[str, Reason, Setup, Words]]:
    if "accumulator" not in base.params:
        return
    formats = {port: given.format for port, given in frame.inputs.items()}
    operation = find_operation(base.params["op"])
    try:
        fractions = operation.product_fractions(frame.params, formats, frame.formats)
    except (AttributeError, Rejection):
        return  # the frame has parameters of another algorithm than the profile
    for frac in fractions.values():
        wrong = {"format": f"s32f{frac + 1}"}
        yield "register-fraction", Reason.FORMAT_MISMATCH, _with(base, "accumulator", wrong), words
        narrow = _with(base, "accumulator", {"format": f"s4f{frac}"})
        most = {port: [formats[port].max] * len(given) for port, given in words.items()}
        yield "register-overflow", Reason.ACCUMULATOR_OVERFLOW, narrow, most
        rejecting = {"format": f"s32f{frac}", "check": "per_step", "overflow": "reject"}
        setup = _with(base, "accumulator", rejecting)
        yield "register-rejects", Reason.PARAMETER_INVALID, setup, words


def _with(base: Setup, key: str, value: object) -> Setup:
    params = copy.deepcopy(base.params)
    params[key] = value
    return replace(base, params=params)


def _as_operation(base: Setup, head: Json) -> Setup:
    fields = {key: item for key, item in base.params.items() if key not in ("op", "algorithm")}
    return replace(base, params=head | fields | {"threshold_of_nobody": 0})

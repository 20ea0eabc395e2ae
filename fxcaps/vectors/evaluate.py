"""What the specification makes of a call: words, events and taps, or a reason."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from fxcaps.ops import operation_of, require_function
from fxcaps.spec import SPEC
from fxcaps.types import (
    Event,
    Follow,
    Format,
    Log,
    Overflow,
    Reason,
    Rejection,
    RoundingRule,
    Tensor,
)
from fxcaps.vectors.call import Call, Setup, call_of, tensors_of
from fxcaps.vectors.numbers import word_of_bits
from fxcaps.vectors.stream import Lfsr

Words = Mapping[str, Sequence[int]]

REGISTER, ROUNDED = "register", "rounded"
"""Taps that many operations have: a sum at its end, and a value between rounding and overflow."""


class Outcome(NamedTuple):
    """Words and events by output port and taps by name, or the reason of a rejection."""

    words: dict[str, list[int]]
    events: dict[str, dict[str, list[int]]]
    taps: dict[str, list[int]]
    reject: Reason | None = None
    message: str = ""
    fracs: Mapping[str, int] = {}
    """Fraction bits of those taps whose integers stand for values."""


@dataclass(slots=True)
class Taps(Log):
    """A log that keeps intermediates in the order in which they are made."""

    found: dict[str, list[int]] = field(default_factory=dict)
    sums: dict[tuple[str, int], int] = field(default_factory=dict)
    ties: list[tuple[int, int, int]] = field(default_factory=list)
    fracs: dict[str, int] = field(default_factory=dict)

    def follow(self, tensor: str, index: int) -> Follow | None:
        """Keep what a register holds last."""

        def told(place: str, value: int, overflowed: bool) -> None:  # noqa: ARG001
            if place in ("accumulator", "final accumulator"):
                self.found.setdefault(REGISTER, [])
                self.sums[tensor, index] = value

        return told

    def narrowing(
        self,
        tensor: str,  # noqa: ARG002 - an operation that narrows has one output
        index: int,
        numerator: int,
        denominator: int,
        rounded: int,
        format: Format,
        rounding: RoundingRule,  # noqa: ARG002
        overflow: Overflow,  # noqa: ARG002
    ) -> None:
        """Keep the rounded integer."""
        self.fracs[ROUNDED] = format.frac
        self.found.setdefault(ROUNDED, []).append(rounded)
        self.ties.append((index, numerator, denominator))

    def note(
        self,
        words: range,  # noqa: ARG002 - order says enough
        name: str,
        value: int | Sequence[int],
        frac: int | None = None,
    ) -> None:
        """Keep a named intermediate."""
        if frac is not None:
            self.fracs[name] = frac
        self.found.setdefault(name, []).extend([value] if isinstance(value, int) else value)

    @property
    def taps(self) -> dict[str, list[int]]:
        """Everything by name, in the order in which it came first."""
        sums = {REGISTER: list(self.sums.values())} if self.sums else {}
        return self.found | sums


def evaluate(setup: Setup, words: Words, *, image: int = 0, taps: bool = False) -> Outcome:
    """Ask the specification.

    Args:
        setup: of the call.
        words: of the inputs by port, in C order.
        image: index of the sample, which stochastic rounding depends on.
        taps: keep intermediates.
    """
    try:
        call = call_of(setup)
        log: Log = Taps(image=image) if taps else Log(image=image)
        made = _run(call, words, log)
    except Rejection as rejection:
        return Outcome({}, {}, {}, rejection.reason, rejection.message)
    return Outcome(
        {port: list(tensor.words) for port, tensor in made.items()},
        events_json(log),
        log.taps if isinstance(log, Taps) else {},
        fracs=log.fracs | _register_frac(call) if isinstance(log, Taps) else {},
    )


def _register_frac(call: Call) -> dict[str, int]:
    """Fraction bits of the register, where the operation has one."""
    operation, formats = operation_of(call.params), call.formats
    inputs = {port: given.format for port, given in call.inputs.items()}
    registers = operation.accumulators(call.params)
    products = operation.product_fractions(call.params, inputs, formats)
    fracs = [registers[port].frac(products[port]) for port in products if port in registers]
    return {REGISTER: fracs[0]} if len(fracs) == 1 else {}


def _run(call: Call, words: Words, log: Log) -> dict[str, Tensor]:
    function = require_function(SPEC, call.params)
    return function(call.params, tensors_of(call, words), call.formats, log)


def events_json(log: Log) -> dict[str, dict[str, list[int]]]:
    """Port -> kind -> count and first index, kinds in the order of `Event`."""
    return {
        port: {kind.value: [seen[kind].count, seen[kind].first] for kind in Event if kind in seen}
        for port, seen in log.events.items()
        if seen
    }


def narrowings(setup: Setup, words: Words) -> list[tuple[int, int, int]]:
    """Flat index, numerator and denominator of everything that is rounded to an output."""
    log = Taps()
    _run(call_of(setup), words, log)
    return log.ties


def chain(
    setup: Setup, words: Words, *, feed: str, source: str, steps: int, seed: int
) -> Iterable[tuple[int, int]]:
    """Feed the specification back into itself; gives step and CRC at every power of two and last.

    Arguments as of `feedback`.
    """
    call = call_of(setup)

    def made(given: Words) -> Sequence[int]:
        return _run(call, given, Log())[source].words

    return feedback(call, words, made, feed=feed, source=source, steps=steps, seed=seed)


def feedback(
    call: Call,
    words: Words,
    made: Callable[[Words], Sequence[int]],
    *,
    feed: str,
    source: str,
    steps: int,
    seed: int,
) -> Iterable[tuple[int, int]]:
    """Feed a call back into itself; gives step and CRC at every power of two and at the end.

    Args:
        call: with its formats.
        words: of the first step.
        made: the words of `source` that come of the words of all inputs.
        feed: the input port that is fed.
        source: the output port whose words are fed; word `k` of the input is made of word
            `k mod n` of the `n` words that came out, exclusive or the register's bits.
        steps: how many.
        seed: of the register.

    The CRC is CRC-32/ISO-HDLC over the words of `source` of all steps so far, in their
    containers.
    """
    lfsr, crc = Lfsr(seed), 0
    given = dict(words)
    into, out = call.inputs[feed].format, call.formats[source]
    size = out.container_bytes
    for step in range(1, steps + 1):
        found = made(given)
        crc = zlib.crc32(b"".join(w.to_bytes(size, "little", signed=True) for w in found), crc)
        given[feed] = [
            word_of_bits(found[k % len(found)] ^ lfsr.bits(into.width), into)
            for k in range(len(given[feed]))
        ]
        if step & (step - 1) == 0 or step == steps:
            yield step, crc

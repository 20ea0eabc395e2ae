"""Stochastic rounding: its random bits, and what they do to a value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fxcaps.ops import Requantize, find_parameters
from fxcaps.ops.parameters import decode
from fxcaps.spec import SPEC
from fxcaps.spec.arithmetic import narrow
from fxcaps.spec.stochastic import lfsr, philox, random_bits
from fxcaps.strategies import generators
from fxcaps.types import (
    Advance,
    Direction,
    Event,
    Form,
    Format,
    Lfsr,
    Log,
    Overflow,
    Philox,
    Reason,
    Tensor,
)
from tests.spec.pages import CHAPTERS, blocks, table_with
from tests.support.build import call, tensor
from tests.support.outcomes import Rejected, rejection_of, spec_outcome
from tests.twin.stochastic import random_integer

PAGE = CHAPTERS["stochastic.md"]
WIDE = Format(True, 200, 0)


def test_known_answers() -> None:
    """Given the page's counters and keys, when encrypted, then its outputs come out."""
    rows = table_with(PAGE, "counter", "key").rows
    assert len(rows) == 4
    for counter, key, output in rows:
        c0, c1, c2, c3 = (int(word, 16) for word in counter.split(", "))
        low, high = (int(word, 16) for word in key.split(", "))
        found = philox((c0, c1, c2, c3), high << 32 | low)
        assert ", ".join(f"{word:08x}" for word in found) == output


def test_published_streams() -> None:
    """Given the page's generators, when asked for the first words, then its streams come out."""
    (streams,) = blocks(PAGE, "streams")
    for stream in streams:
        data = {"op": "requantize", "rounding": stream["rounding"]}
        rounding = decode(data, find_parameters, "page").rounding  # type: ignore[attr-defined]
        found = [random_bits(rounding, stream["image"], e) for e in range(len(stream["bits"]))]
        assert found == stream["bits"]


def test_published_registers() -> None:
    """Given the page's registers, when shifted from their seeds, then states and bits are its."""
    (streams,) = blocks(PAGE, "streams")
    rows = table_with(PAGE, "stream", "word", "lane").rows
    assert {int(row[0]) for row in rows} == {4, 5, 6, 7}
    for stream, e, lane, beat, shifts, register, taken in rows:
        data = {"op": "requantize", "rounding": streams[int(stream) - 1]["rounding"]}
        rule = decode(data, find_parameters, "page").rounding  # type: ignore[attr-defined]
        assert (int(lane), int(beat)) == (
            divmod(int(e), rule.beats) if rule.beats else divmod(int(e), len(rule.seeds))[::-1]
        )
        before = rule.steps if rule.advance is Advance.BEFORE else 0
        assert int(shifts) == (int(beat) + rule.skip) * rule.steps + before
        whole = replace(
            rule, steps=1, advance=Advance.AFTER, lowest=0, bits=rule.width, beats=None, skip=0
        )
        state = lfsr(whole, rule.seeds[int(lane)], int(shifts) + 1)[-1]
        assert register == f"{state:04x}"
        assert int(taken) == random_bits(rule, 0, int(e))


def test_example_of_the_page() -> None:
    """Given the page's example, when requantized, then words and random integers are its."""
    generator = Philox(key=1, step=3, iteration=2, bits=4)
    rows = table_with(PAGE, "word", "value").rows
    x = Tensor((len(rows),), Format(True, 8, 4), [int(row[0]) for row in rows])
    made = SPEC["requantize"](
        Requantize(rounding=generator), {"x": x}, {"out": Format(True, 8, 0)}, Log()
    )
    for e, (word, value, drawn, summed, rounded) in enumerate(rows):
        r = random_bits(generator, 0, e)
        assert (float(value), int(drawn)) == (int(word) / 16, r)
        assert (float(summed), int(rounded)) == ((int(word) + r) / 16, made["out"].words[e])


@given(generators(), st.integers(0, 70000), st.integers(0, 199))
def test_equals_twin(generator: Philox | Lfsr, image: int, index: int) -> None:
    """Given any generator and word, when its bits are drawn, then they are the twin's."""
    assert random_bits(generator, image, index) == random_integer(generator, image, index)


@pytest.mark.parametrize(
    ("form", "taps", "direction"),
    [
        (Form.FIBONACCI, 0x002D, Direction.RIGHT),
        (Form.GALOIS, 0xB400, Direction.RIGHT),
        (Form.FIBONACCI, 0xB400, Direction.LEFT),
        (Form.GALOIS, 0x002D, Direction.LEFT),
    ],
)
def test_longest_period(form: Form, taps: int, direction: Direction) -> None:
    """Given a primitive polynomial of degree 16, then every word but 0 comes once a period."""
    register = Lfsr(form=form, width=16, taps=taps, direction=direction, seeds=(1,), bits=16)
    states = lfsr(register, 1, 1 << 16)
    assert sorted(states[:-1]) == list(range(1, 1 << 16))
    assert states[-1] == states[0]


@given(
    generators(),
    st.integers(-(1 << 40), 1 << 40),
    st.integers(1, 1 << 20),
    st.integers(0, 9),
    st.integers(0, 9),
)
def test_floor_of_value_and_bits(
    generator: Philox | Lfsr, numerator: int, denominator: int, image: int, index: int
) -> None:
    """Given any rational, when rounded at random, then it is floor(x + u), inexact as ever."""
    log = Log(image=image)
    found = narrow(numerator, denominator, WIDE, generator, Overflow.REJECT, log, index=index)
    x = Fraction(numerator, denominator)
    u = Fraction(random_integer(generator, image, index), 2**generator.bits)
    assert found == floor(x + u)
    assert log.events == (
        {} if x == found else {"out": {Event.INEXACT: log.events["out"][Event.INEXACT]}}
    )


def test_mean_is_unbiased() -> None:
    """Given 5/16 at all 4-bit random integers, then it rounds up in 5 of 16 cases."""
    ups = {
        random_bits(Philox(bits=4), image, 0): narrow(
            5, 16, WIDE, Philox(bits=4), Overflow.REJECT, Log(image=image), 0
        )
        for image in range(200)
    }
    assert len(ups) == 16
    assert sum(ups.values()) == 5


@pytest.mark.parametrize("value", [-3, 0, 7])
def test_integers_stay(value: int) -> None:
    """Given an integer, when rounded by the largest random bits, then it is unchanged."""
    register = Lfsr(width=8, taps=1, seeds=(255,), bits=8)
    assert random_bits(register, 0, 0) == 255
    assert narrow(value, 1, WIDE, register, Overflow.REJECT, Log(), 0) == value


def test_lanes_too_short() -> None:
    """Given two lanes of two beats, when five words are rounded, then the call is rejected."""
    register = Lfsr(width=8, taps=1, seeds=(1, 2), bits=8, beats=2)
    x = tensor("s8f4", [1, 2, 3, 4, 5])
    assert spec_outcome("requantize", call(Requantize(rounding=register), "s8f0", x=x)) == Rejected(
        Reason.PARAMETER_INVALID, "requantize out: the lanes have 4 beats for 5 words"
    )


def _register(**changed: object) -> Callable[[], object]:
    fields: dict[str, object] = {"width": 8, "taps": 3, "seeds": (1,), "bits": 4}
    return lambda: Lfsr(**(fields | changed))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: Philox(key=1 << 64),
            f"philox.key must be within 0 and {2**64 - 1}, found {2**64}",
        ),
        (lambda: Philox(bits=33), "philox.bits must be within 1 and 32, found 33"),
        (lambda: Philox(step=True), "philox.step must be an integer, found True"),
        (_register(seeds=()), "lfsr.seeds are empty"),
        (_register(seeds=(1, 0)), "lfsr: a register that starts at zero never leaves it"),
        (_register(seeds=(256,)), "lfsr.seeds must be within 1 and 255, found 256"),
        (_register(seeds=1), "lfsr.seeds is 1, which is not of its type"),
        (_register(width=1), "lfsr.width must be within 2 and 64, found 1"),
        (_register(taps=256), "lfsr.taps must be within 1 and 255, found 256"),
        (_register(bits=9), "lfsr.bits must be within 1 and 8, found 9"),
        (_register(lowest=5), "lfsr.lowest must be within 0 and 4, found 5"),
        (_register(steps=0), "lfsr.steps must be within 1 and 64, found 0"),
        (_register(beats=0), f"lfsr.beats must be within 1 and {2**32 - 1}, found 0"),
        (_register(skip=-1), f"lfsr.skip must be within 0 and {2**32 - 1}, found -1"),
        (_register(advance="before"), "lfsr.advance is 'before', which is not of its type"),
    ],
)
def test_no_generator(make: Callable[[], object], message: str) -> None:
    """Given parameters that no generator has, when made, then they are rejected."""
    assert rejection_of(make) == Rejected(Reason.PARAMETER_INVALID, message)


def test_advance_before_is_one_beat_later() -> None:
    """Given the same register, when it moves before its bits are taken, then beat 0 is beat 1."""
    after = Lfsr(width=16, taps=0x002D, seeds=(0xACE1,), bits=8, steps=3)
    before = Lfsr(width=16, taps=0x002D, seeds=(0xACE1,), bits=8, steps=3, advance=Advance.BEFORE)
    assert [random_bits(before, 0, e) for e in range(9)] == [
        random_bits(after, 5, e) for e in range(1, 10)
    ]

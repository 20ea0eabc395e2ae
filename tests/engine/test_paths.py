"""Every path of products that this CPU has gives the words and events of the 64-bit loops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import fxcaps
from fxcaps import network
from fxcaps.engine import engine_on, packed
from fxcaps.engine.conv2d import conv2d
from fxcaps.engine.conv_votes import conv_votes
from fxcaps.engine.dense import dense
from fxcaps.engine.kernels.instructions import INSTRUCTIONS, Path, available
from fxcaps.engine.votes import votes
from fxcaps.network import Program, Tables
from fxcaps.ops import Conv2d, ConvVotes, Dense, Votes
from fxcaps.ops.batch import Result, Words
from fxcaps.spec import SPEC
from fxcaps.types import Accumulator, Format, Init, Overflow, Rejection, Rounding

Call = tuple[Callable[..., Result], Any, dict[str, tuple[tuple[int, ...], Format]]]

S8, S5, U8, U5 = Format(True, 8, 6), Format(True, 5, 3), Format(False, 8, 7), Format(False, 5, 4)
S16, U16, S12 = Format(True, 16, 12), Format(False, 16, 15), Format(True, 12, 9)
HALF = Accumulator(init=Init.BIAS_AND_HALF)

CALLS: dict[str, Call] = {
    "conv": (conv2d, Conv2d(relu=True), {"x": ((9, 8, 5), U8), "weight": ((70, 3, 2, 5), S8)}),
    "conv padded": (
        conv2d,
        Conv2d(stride=(2, 1), padding=(1, 2, 0, 3)),
        {"x": ((7, 6, 3), S8), "weight": ((17, 3, 4, 3), S8), "bias": ((17,), S8)},
    ),
    "conv of one": (conv2d, Conv2d(), {"x": ((2, 2, 1), S5), "weight": ((1, 1, 1, 1), S5)}),
    "conv with half": (
        conv2d,
        Conv2d(accumulator=HALF, relu=True),
        {"x": ((5, 5, 4), U5), "weight": ((64, 2, 2, 4), S5), "bias": ((64,), S5)},
    ),
    "dense": (dense, Dense(), {"x": ((37,), S8), "weight": ((130, 37), S8)}),
    "dense rows": (dense, Dense(relu=True), {"x": ((3, 7), U5), "weight": ((33, 7), S8)}),
    "dense long": (dense, Dense(), {"x": ((9001,), U5), "weight": ((18, 9001), S5)}),
    "votes": (votes, Votes(), {"u": ((11, 8), S8), "weight": ((11, 10, 16, 8), S8)}),
    "votes odd": (votes, Votes(), {"u": ((5, 3), U8), "weight": ((5, 2, 7, 3), S5)}),
    "conv_votes": (
        conv_votes,
        ConvVotes(stride=(1, 2), padding=(1, 1, 1, 1)),
        {"u": ((5, 4, 6, 3), S8), "weight": ((2, 3, 5, 3, 3, 3), S8), "bias": ((2, 3, 5), S8)},
    ),
    "wide words": (dense, Dense(), {"x": ((29,), S12), "weight": ((20, 29), S12)}),
    "widest words": (dense, Dense(), {"x": ((2,), U16), "weight": ((65, 2), S12)}),
    "negative words": (dense, Dense(), {"x": ((3,), S16), "weight": ((40, 3), S12)}),
}

ENDS = [
    (Rounding.FLOOR, Overflow.SATURATE, Format(True, 8, 4)),
    (Rounding.TIES_TO_EVEN, Overflow.WRAP, Format(True, 6, 5)),
    (Rounding.TIES_TO_ODD, Overflow.SATURATE_TO_ZERO, Format(True, 7, 3)),
    (Rounding.JAM, Overflow.SATURATE_SYMMETRIC, Format(True, 5, 1)),
    (Rounding.TOWARD_ZERO, Overflow.SATURATE, Format(False, 12, 6)),
    (Rounding.CEIL, Overflow.WRAP, Format(True, 20, 20)),
    (Rounding.TIES_AWAY, Overflow.SATURATE, Format(True, 16, -2)),
    (Rounding.TIES_TO_POS_INF, Overflow.SATURATE, Format(True, 32, 12)),
    (Rounding.TIES_TO_POS_INF, Overflow.WRAP, Format(False, 31, 11)),
]
"""Rounding, overflow and format of the output; 20 fraction bits are more than products have, and
the words of the last two fill a container of 32 bits."""


def drawn(call: Call, ends: tuple[Rounding, Overflow, Format], kind: str) -> tuple[Any, ...]:
    """Parameters, inputs and formats of a call: random words, or those at the ends alone."""
    function, params, tensors = call
    rounding, overflow, out = ends
    random = np.random.default_rng(20)
    inputs = {}
    for port, (shape, format) in tensors.items():
        size = shape if port in ("weight", "bias") else (5, *shape)
        words = random.integers(format.min, format.max, size, endpoint=True)
        if kind == "ends":
            words = random.choice([format.min, format.max, 0], size)
        inputs[port] = Words(words, format)
    made = replace(params, rounding=rounding, overflow=overflow)
    return function, made, inputs, {"out": out}


@pytest.mark.parametrize("path", list(Path))
@pytest.mark.parametrize("name", CALLS)
@pytest.mark.parametrize("kind", ["random", "ends"])
def test_words_and_events(path: Path, name: str, kind: str, monkeypatch: Any) -> None:
    """Given a call, when forced onto a path, then it gives what the 64-bit loops give."""
    if not available(path):
        pytest.skip(f"this CPU has no {', '.join(INSTRUCTIONS[path].features)}")
    taken = []
    pack = packed.pack

    def spy(chosen: Path, *given: Any) -> Any:
        taken.append(chosen)
        return pack(chosen, *given)

    monkeypatch.setattr(packed, "pack", spy)
    for ends in ENDS:
        function, params, inputs, formats = drawn(CALLS[name], ends, kind)
        expected = function(params, inputs, formats, path=Path.INT64)
        assert not taken
        found = function(params, inputs, formats, path=path)
        assert found.outputs["out"].tolist() == expected.outputs["out"].tolist()
        assert found.events["out"].tolist() == expected.events["out"].tolist()
        assert found.undecided.tolist() == expected.undecided.tolist()
        narrow = path in INSTRUCTIONS and (path is not Path.VNNI8 or inputs_fit(inputs))
        if narrow:
            assert taken == [path]
        taken.clear()


def inputs_fit(inputs: dict[str, Words]) -> bool:
    """Whether all words have at most eight bits."""
    return all(words.format.width <= 8 for words in inputs.values())


def test_paths_of_ranges() -> None:
    """Given ranges beyond 32 bits, then sums are doubles, and beyond 53 bits 64-bit integers."""
    format = Format(True, 24, 0)
    for scale, path in ((1 << 22, Path.FLOAT64), (1 << 23, Path.INT64)):
        x = Words(np.full((1, 64), scale), Format(True, 31, 0))
        weight = Words(np.full((1, 64), scale - 1), format)
        made = dense(Dense(), {"x": x, "weight": weight}, {"out": Format(True, 62, 0)}, path=path)
        assert made.outputs["out"].tolist() == [[64 * scale * (scale - 1)]]


def test_missing_instructions(monkeypatch: Any) -> None:
    """Given a CPU without vector extensions, then the portable path is chosen, and forced too."""
    monkeypatch.setattr(
        "fxcaps.engine.packed.available", lambda path: path in (Path.PORTABLE, Path.INT64)
    )
    taken = []
    pack = packed.pack
    monkeypatch.setattr(
        packed, "pack", lambda chosen, *given: (taken.append(chosen), pack(chosen, *given))[1]
    )
    function, params, inputs, formats = drawn(CALLS["dense"], ENDS[0], "random")
    expected = function(params, inputs, formats, path=Path.INT64)
    for path in (None, Path.VNNI8):
        found = function(params, inputs, formats, path=path)
        assert found.outputs["out"].tolist() == expected.outputs["out"].tolist()
    assert taken == [Path.PORTABLE, Path.PORTABLE]


@pytest.fixture(scope="module")
def small_network() -> tuple[Program, Any, dict[str, Any]]:
    """A whole network, images, and what the engine makes of them by its own choice."""
    images, _ = fxcaps.digits("evaluation")
    network = fxcaps.load_network("mnist-small")
    program = fxcaps.quantize_network(network, fxcaps.digits("calibration")[0][:32])
    usual = fxcaps.run(program, images[:6], keep=["digit.votes"])
    return program, images[:6], {"words": usual.words, "events": usual.events}


@pytest.mark.parametrize("path", [path for path in Path if path is not Path.INT64])
def test_whole_network(path: Path, small_network: tuple[Program, Any, dict[str, Any]]) -> None:
    """Given a network, when every product takes one path, then nothing about it changes."""
    if not available(path):
        pytest.skip(f"this CPU has no {', '.join(INSTRUCTIONS[path].features)}")
    program, images, usual = small_network
    tables = Tables(SPEC, engine_on(path))
    made = network.run(program, images, tables, keep=["digit.votes"], threads=2, batch=2)
    assert made.events == usual["events"]
    assert {name: words.tolist() for name, words in made.words.items()} == {
        name: words.tolist() for name, words in usual["words"].items()
    }


def test_path_that_the_cpu_has_not(monkeypatch: Any) -> None:
    """Given a CPU without AVX-512, when that path is asked for, then a clear line says so."""
    monkeypatch.setattr("fxcaps.engine.table.available", lambda _: False)
    with pytest.raises(
        Rejection, match=r"^NAME_UNKNOWN: path vnni8 needs a CPU with avx512f, avx512vnni$"
    ):
        engine_on(Path.VNNI8)

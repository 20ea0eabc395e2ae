"""Ports that need one format: concat, and an operation of another package."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from fxcaps.network import Kind, Network, Program, Step, run
from fxcaps.ops import (
    Add,
    Affine,
    Arithmetic,
    Concat,
    Operation,
    Parameters,
    Port,
    Quantize,
    Relu,
    Requantize,
    register_operation,
)
from fxcaps.quantize import HARDWARE, calibrate, lower
from fxcaps.quantize.formats import common_format
from fxcaps.real import REAL
from fxcaps.types import Format, Log, Philox, Reason, Rounding, Shape, Signature, Tensor, signatures
from tests.network.build import ON_ENGINE, ON_SPEC, outcome
from tests.support.outcomes import Rejected, rejection_of
from tests.thirdparty.install import on_path

PIXELS = Signature((4,), Format.parse("u8f0"))
IMAGES: NDArray[np.uint8] = np.random.default_rng(4).integers(0, 256, (9, 4), np.uint8)


def step(name: str, params: Parameters, inputs: dict[str, str]) -> Step:
    """A step that makes the tensor of its name."""
    return Step(name, params, inputs, {"out": name})


SCALED = (
    step("a", Quantize(numerator=1, denominator=255), {"x": "pixels"}),
    step("b", Affine.from_ratios([Fraction(-3, 255)], [0]), {"x": "pixels"}),
)
"""Two tensors of different ranges and signs: up to 1, and down to -3."""


def network_of(
    *steps: Step, output: str = "joined", constants: Mapping[str, Any] | None = None
) -> Network:
    """A network of pixels, `SCALED` and more steps."""
    tensors = {name: np.array(values, np.float64) for name, values in (constants or {}).items()}
    expected: dict[str, Shape] = {name: values.shape for name, values in tensors.items()}
    every = (*SCALED, *steps)
    return Network("joining", {"pixels": PIXELS}, every, (output,), expected, tensors=tensors)


def lowered(network: Network, width: Any = 8, arithmetic: Arithmetic = HARDWARE) -> Program:
    """The network in words."""
    ranges = calibrate(network, IMAGES, REAL)
    return lower(network, ranges, width=width, arithmetic=arithmetic)


def formats(program: Program) -> dict[str, str]:
    """The tensor table's formats as text."""
    return {name: str(entry.format) for name, entry in program.tensors.items()}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("s8f7", "s8f7"),
        ("s8f7 s8f5", "s8f5"),
        ("u8f8 s8f5", "s8f5"),
        ("u8f8 s8f7", "s8f7"),
        ("u4f4 u8f6", "u8f6"),
        ("s6f9 s4f5", "s6f7"),
        ("s6f-2 u3f0 s9f8", "s9f1"),
        ("u1f0 s1f0", "s1f-1"),
    ],
)
def test_the_common_format(given: str, expected: str) -> None:
    """Given formats, when brought to one, then the widest words hold every bound."""
    found = [Format.parse(text) for text in given.split()]
    common = common_format(found)
    assert str(common) == expected
    assert common.width == max(format.width for format in found)
    bound = common.value(common.min) if common.signed else -common.value(common.max)
    assert all(format.value(format.max) <= -bound for format in found)
    assert all(format.value(format.min) >= bound for format in found if common.signed)


def test_equal_formats_need_nothing() -> None:
    """Given two tensors of one format, when joined, then no step is added."""
    twin = step("c", Quantize(numerator=1, denominator=255), {"x": "pixels"})
    network = network_of(twin, step("joined", Concat(axis=0), {"x": "a", "y": "c"}), SUM)
    program = lowered(network)
    assert [made.name for made in program.steps] == ["a", "b", "c", "joined", "sum"]
    assert formats(program)["joined"] == "u8f8"


SUM = step("sum", Add(), {"a": "b", "b": "b"})
"""Reads `b`, so that a network may do without it elsewhere."""


@pytest.mark.parametrize(
    ("ports", "added"),
    [({"x": "a", "y": "b"}, ("joined.x", "a")), ({"x": "b", "y": "a"}, ("joined.y", "a"))],
)
def test_concat_converts_what_differs(ports: dict[str, str], added: tuple[str, str]) -> None:
    """Given ranges of 1 and -3, when joined, then the first is converted to the format of both.

    Its own format stays as it is for whoever reads it else; words and events are the same on both.
    """
    program = lowered(network_of(step("joined", Concat(axis=0), ports)))
    name, source = added
    port = name.rpartition(".")[2]
    conversion, joining = program.steps[2:]
    assert conversion == Step(
        name,
        Requantize(rounding=HARDWARE.rounding, overflow=HARDWARE.overflow),
        {"x": source},
        {"out": name},
    )
    assert joining.inputs == ports | {port: name}
    assert formats(program) == {
        "pixels": "u8f0",
        "a": "u8f8",
        "b": "s8f5",
        name: "s8f5",
        "joined": "s8f5",
    }
    runs = [run(program, IMAGES, tables, keep=program.traced) for tables in (ON_ENGINE, ON_SPEC)]
    assert outcome(runs[0]) == outcome(runs[1])
    words = runs[0].words
    assert (
        words["joined"].tolist()
        == np.concatenate(
            [words[name if tensor == source else tensor] for tensor in ports.values()], axis=1
        ).tolist()
    )
    assert words[name].tolist() == ((words[source].astype(int) + 4) >> 3).tolist()


def test_widths_are_kept() -> None:
    """Given a width for each, when joined, then both have theirs and the result the wider."""
    joining = step("joined", Concat(axis=0), {"x": "a", "y": "b"})
    program = lowered(network_of(joining), {"*": 8, "a": 5, "b": 3})
    assert formats(program) == {
        "pixels": "u8f0",
        "a": "u5f5",
        "b": "s3f0",
        "joined.x": "s5f2",
        "joined.y": "s5f2",
        "joined": "s5f2",
    }


def test_inputs_are_converted() -> None:
    """Given pixels, whose format is given, when joined, then they are converted and stay."""
    program = lowered(network_of(step("joined", Concat(axis=0), {"x": "pixels", "y": "b"})))
    assert formats(program)["pixels"] == "u8f0"
    assert formats(program)["joined.x"] == formats(program)["joined"] == "s8f-1"


def test_constants_are_rounded_once() -> None:
    """Given a constant that nothing else reads, when joined, then its words are of that format."""
    joining = step("joined", Concat(axis=0), {"x": "b", "y": "k"})
    program = lowered(network_of(joining, constants={"k": [0.3, -0.7]}))
    assert [made.name for made in program.steps] == ["a", "b", "joined"]
    assert formats(program)["k"] == formats(program)["b"] == "s8f5"
    assert program.constants["k"].tolist() == [10, -22]


def test_zeros_take_any_format() -> None:
    """Given a constant of zeros, when joined, then the other port's format is that of both."""
    joining = step("joined", Concat(axis=0), {"x": "b", "y": "k"})
    program = lowered(network_of(joining, constants={"k": [0.0, 0.0]}))
    assert formats(program)["k"] == formats(program)["joined"] == "s8f5"


def test_constants_read_before_are_converted() -> None:
    """Given a constant that a step before reads, when joined, then its words stay and one step."""
    first = step("kept", Add(), {"a": "k", "b": "a"})
    joining = step("joined", Concat(axis=0), {"x": "b", "y": "k"})
    program = lowered(network_of(first, joining, constants={"k": [0.3, -0.7, 0.1, 0.0]}))
    assert formats(program)["k"] == "s8f7"
    assert formats(program)["joined.y"] == "s8f5"
    assert program.tensors["joined.y"].kind is Kind.COMPUTED
    words = run(program, IMAGES[:2], ON_ENGINE, keep=("joined.y",)).words["joined.y"]
    assert words.tolist() == [[10, -22, 3, 0]] * 2


def test_conversions_have_random_bits_of_their_own() -> None:
    """Given stochastic rounding, when lowered, then no two steps share a stream."""
    steps = (
        step("joined", Concat(axis=0), {"x": "a", "y": "b"}),
        step("again", Concat(axis=0), {"x": "joined", "y": "a"}),
    )
    arithmetic = Arithmetic(stochastic=Philox(key=1))
    program = lowered(network_of(*steps, output="again"), {"*": 8, "a": 7}, arithmetic)
    modes = [made.params.rounding for made in program.steps if hasattr(made.params, "rounding")]
    assert [mode.step for mode in modes if isinstance(mode, Philox)] == [0, 16, 47, 63]


def test_a_closed_arithmetic_must_know_requantize() -> None:
    """Given choices that say nothing of conversions, when one is needed, then it is refused."""
    modes = {"rounding": Rounding.FLOOR, "overflow": HARDWARE.overflow}
    arithmetic = Arithmetic(fixed={"quantize": modes, "affine": modes}, closed=True)
    network = network_of(step("joined", Concat(axis=0), {"x": "a", "y": "b"}))
    assert rejection_of(lambda: lowered(network, arithmetic=arithmetic)) == Rejected(
        Reason.PARAMETER_INVALID,
        "step 'joined.x': the arithmetic says nothing of requantize, which has overflow, rounding",
    )


@dataclass(frozen=True, kw_only=True)
class Largest(Parameters):
    """No choices: words are compared as they are."""

    operation: ClassVar[str] = "largest"


class LargestOperation(Operation):
    """The largest of `first`, `second` and, where given, `third`, word by word."""

    name = "largest"
    inputs = (Port("first"), Port("second"), Port("third", optional=True))
    algorithms = (Largest,)

    def shapes(self, params: Any, inputs: Mapping[str, Shape]) -> dict[str, Shape]:  # noqa: ARG002
        return {"out": inputs["first"]}

    def same_format(self, params: Any) -> Mapping[str, str]:  # noqa: ARG002
        return {"out": "first"}

    def shared_formats(self, params: Any) -> tuple[tuple[str, ...], ...]:  # noqa: ARG002
        return (("first", "second", "third"),)


LARGEST = LargestOperation()


def spec(params: Any, inputs: Any, formats: Any, log: Log) -> dict[str, Tensor]:  # noqa: ARG001
    LARGEST.guard(params, signatures(inputs), formats)
    words = [max(column) for column in zip(*(t.words for t in inputs.values()), strict=True)]
    return {"out": Tensor(inputs["first"].shape, formats["out"], words)}


def real(params: Any, inputs: Any) -> dict[str, Any]:  # noqa: ARG001
    return {"out": np.maximum.reduce(list(inputs.values()))}


@pytest.fixture
def largest() -> Iterator[None]:
    """The operation, registered for one test."""
    with on_path([]):
        register_operation(LARGEST, spec=spec, real=real)
        yield


@pytest.mark.usefixtures("largest")
def test_an_operation_of_another_package() -> None:
    """Given three ports that it compares, when lowered and run, then all have one format.

    The third was never seen but as zeros, and its format, without fraction bits, does not count.
    """
    third = step("c", Relu(), {"x": "b"})
    ports = {"first": "a", "second": "b", "third": "c"}
    network = network_of(third, step("joined", Largest(), ports))
    program = lowered(network, {"*": 8, "a": 6, "c": 4})
    assert [made.name for made in program.steps] == [
        *("a", "b", "c", "joined.first", "joined.third", "joined")
    ]
    assert {formats(program)[name] for name in program.steps[-1].inputs.values()} == {"s8f5"}
    words = run(program, IMAGES, ON_ENGINE, keep=program.traced).words
    assert not words["c"].any()
    given = [words[name].tolist() for name in program.steps[-1].inputs.values()]
    assert words["joined"].tolist() == np.maximum.reduce(given).tolist()
    assert np.ptp(words["joined"]) > 10


@pytest.mark.usefixtures("largest")
def test_its_guard_names_the_ports() -> None:
    """Given ports of different formats, when guarded, then each is told with its format."""
    given = {
        "first": Signature((2,), Format.parse("s8f5")),
        "second": Signature((2,), Format.parse("s8f5")),
        "third": Signature((2,), Format.parse("s8f4")),
    }
    out = {"out": Format.parse("s8f5")}
    assert rejection_of(lambda: LARGEST.guard(Largest(), given, out)) == Rejected(
        Reason.FORMAT_MISMATCH, "largest: first is s8f5, second is s8f5, third is s8f4"
    )
    del given["third"]
    assert LARGEST.guard(Largest(), given, out) == {"out": (2,)}

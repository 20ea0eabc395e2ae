"""What a profile makes of a network's steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
import pytest

from fxcaps.network import Program, run
from fxcaps.ops import (
    Add,
    Arithmetic,
    Conv2d,
    DynamicRouting,
    Length,
    Quantize,
    Requantize,
    SoftmaxLut,
    SquashExact,
    SquashIsqrtDivide,
    Votes,
    register_algorithm,
)
from fxcaps.ops.choose import choose
from fxcaps.ops.parameters import Narrowing
from fxcaps.ops.sums import narrowest
from fxcaps.profiles import Profile
from fxcaps.quantize import to_words
from fxcaps.spec import SPEC
from fxcaps.types import (
    Accumulator,
    Check,
    Format,
    Overflow,
    Reason,
    Rejection,
    Rounding,
)
from tests.network.build import (
    ON_ENGINE,
    ON_SPEC,
    outcome,
    small_images,
    small_network,
    small_program,
)
from tests.profiles.build import MODES, TABLE, entry, profile
from tests.support.outcomes import Rejected, rejection_of
from tests.thirdparty.install import on_path

EVEN = {"rounding": Rounding.TIES_TO_EVEN, "overflow": Overflow.WRAP}
WIDE = {"format": "s24f0", "overflow": "wrap", "check": "final"}
NARROW = {"format": "s14f0", "overflow": "saturate", "check": "per_step"}
S8 = Format(True, 8, 5)


def params_of(made: Profile) -> tuple[Program, dict[str, Any]]:
    """A small Program by a profile, and its steps' parameters."""
    program = small_program(width=8, arithmetic=made)
    return program, {step.name: step.params for step in program.steps}


def squares(program: Program, name: str) -> Accumulator:
    """The narrowest register of the squares of a tensor's vectors."""
    line = program.tensors[name]
    ends = 0, line.shape[-1] * line.format.min**2
    return Accumulator(format=narrowest(ends, 2 * line.format.frac))


def test_fixed_values_reach_their_steps() -> None:
    """Given fixed modes, guard and register, when quantised, then steps have them, fitted."""
    program, params = params_of(profile())
    fraction = program.tensors["primary"].format.frac + program.tensors["digit.weight"].format.frac
    register = Accumulator(format=Format(True, 20, fraction), check=Check.PER_STEP)
    assert params["votes"] == Votes(accumulator=register, **EVEN)
    squash = SquashIsqrtDivide(guard=2, rounding=Rounding.FLOOR, overflow=Overflow.WRAP)
    assert params["primary"] == replace(squash, accumulator=squares(program, "primary.s"))
    assert params["length"] == Length(accumulator=squares(program, "digit.v2"), **EVEN)
    assert params["image"] == Quantize(numerator=1, denominator=255, **EVEN)
    routing = params["digit"]
    assert isinstance(routing, DynamicRouting)
    assert [iteration.squash for iteration in routing.iterations] == [
        replace(squash, accumulator=squares(program, f"digit.s{r}")) for r in range(3)
    ]
    formats = {name: line.format for name, line in program.tensors.items()}
    fitted = SoftmaxLut.fit(formats["digit.b1"], formats["digit.c1"], Arithmetic(**EVEN))
    ends = 0, program.tensors["digit.c1"].shape[-1] << fitted.exp_frac
    entries = Accumulator(format=narrowest(ends, fitted.exp_frac))
    assert routing.iterations[1].softmax == replace(fitted, accumulator=entries)
    assert isinstance(params["conv"], Conv2d)
    assert (params["conv"].relu, params["conv"].accumulator.check) == (True, Check.EXACT)


def test_parts_come_before_their_operation() -> None:
    """Given entries for parts of routing, when quantised, then they hold there and only there."""
    operations = {
        "squash": entry("squash", "accumulator", algorithm="isqrt_divide", guard=2),
        "dynamic_routing.squash": entry("squash", algorithm="exact", rounding="floor"),
        "dynamic_routing.update": entry("add", rounding="jam", overflow="saturate"),
        "dynamic_routing.agreement": entry(
            "agreement", "accumulator.format.frac", accumulator=NARROW
        ),
        "weighted_sum": entry("weighted_sum", "accumulator.format.frac", accumulator=WIDE),
        "dynamic_routing.softmax": entry("softmax", *TABLE, algorithm="lut"),
        "softmax": entry("softmax", algorithm="exact"),
    }
    program, params = params_of(profile(operations=operations))
    register = squares(program, "primary.s")
    assert params["primary"] == SquashIsqrtDivide(accumulator=register, guard=2, **EVEN)
    routing = params["digit"]
    formats = {name: line.format for name, line in program.tensors.items()}
    for r, iteration in enumerate(routing.iterations):
        assert iteration.squash == SquashExact(rounding=Rounding.FLOOR, overflow=Overflow.WRAP)
        assert isinstance(iteration.softmax, SoftmaxLut)
        fraction = formats["digit.votes"].frac + formats[f"digit.c{r}"].frac
        assert iteration.weighted_sum.accumulator == Accumulator(
            format=Format(True, 24, fraction), overflow=Overflow.WRAP, check=Check.FINAL
        )
    for r, iteration in enumerate(routing.iterations[:2]):
        assert iteration.update == Add(rounding=Rounding.JAM)
        fraction = formats["digit.votes"].frac + formats[f"digit.v{r}"].frac
        assert iteration.agreement.accumulator == Accumulator(
            format=Format(True, 14, fraction), check=Check.PER_STEP
        )
    images = small_images()
    found = run(program, images, ON_ENGINE, keep=program.traced)
    assert outcome(found) == outcome(run(program, images, ON_SPEC, keep=program.traced))


def test_iterations_come_before_their_part() -> None:
    """Given entries for one iteration, when quantised, then they hold in it alone."""
    operations = {
        "dynamic_routing.squash1": entry("squash", algorithm="exact", rounding="jam"),
        "dynamic_routing.squash": entry("squash", "accumulator", algorithm="isqrt_divide", guard=1),
        "dynamic_routing.weighted_sum2": entry(
            "weighted_sum", "accumulator.format.frac", accumulator=NARROW
        ),
    }
    program, params = params_of(profile(operations=operations))
    iterations = params["digit"].iterations
    first, last = (
        SquashIsqrtDivide(accumulator=squares(program, name), guard=1, **EVEN)
        for name in ("digit.s0", "digit.s2")
    )
    jammed = SquashExact(rounding=Rounding.JAM, overflow=Overflow.WRAP)
    assert [iteration.squash for iteration in iterations] == [first, jammed, last]
    checks = [iteration.weighted_sum.accumulator.check for iteration in iterations]
    assert checks == [Check.EXACT, Check.EXACT, Check.PER_STEP]


def test_weights_by_their_own_modes() -> None:
    """Given modes of the constants, when quantised, then weights are those words, or refused."""
    program, _ = params_of(profile())
    network, name = small_network(), "conv.weight"
    tensor, format = network.tensors[name], program.tensors[name].format
    floored = to_words(tensor, format, Rounding.FLOOR)
    assert program.constants[name].tolist() == floored.tolist()
    assert floored.tolist() != to_words(tensor, format).tolist()
    strict = profile(constants={"rounding": "away_from_zero", "overflow": "reject"})
    large = dict(network.tensors) | {name: np.full_like(tensor, 0.999)}
    refused = rejection_of(
        lambda: small_program(network.with_tensors(large), width=8, arithmetic=strict)
    )
    assert refused == Rejected(
        Reason.OUTPUT_OUT_OF_RANGE,
        f"tensor '{name}': 128 at (0, 0, 0, 0) is outside s8f7 [-128, 127]",
    )


def test_an_entry_of_a_part_holds_alone() -> None:
    """Given a part with the default's modes, when its operation has others, then not those."""
    operations = {
        "squash": entry("squash", algorithm="exact", rounding="floor"),
        "dynamic_routing.squash": entry("squash", algorithm="exact"),
    }
    _, params = params_of(profile(operations=operations))
    assert params["primary"] == SquashExact(rounding=Rounding.FLOOR, overflow=Overflow.WRAP)
    assert params["digit"].iterations[0].squash == SquashExact(**EVEN)


def test_an_unbounded_accumulator() -> None:
    """Given a fixed accumulator without a format, when quantised, then it has none."""
    default = {"params": MODES | {"accumulator": {"format": None}}, "fitted": []}
    _, params = params_of(profile(default=default, operations={}))
    assert params["conv"] == Conv2d(relu=True, **EVEN)


ALL = {
    "quantize": entry("quantize"),
    "conv2d": entry("conv2d", "accumulator"),
    "votes": entry("votes", "accumulator"),
    "softmax": entry("softmax", *TABLE, algorithm="lut"),
    "weighted_sum": entry("weighted_sum", "accumulator"),
    "squash": entry("squash", "accumulator", "guard", algorithm="isqrt_divide"),
    "agreement": entry("agreement", "accumulator"),
    "dynamic_routing.update": entry("add"),
    "length": entry("length", "accumulator"),
}


def test_a_profile_without_a_default() -> None:
    """Given every operation of the network named, when quantised, then as with a default."""
    closed = profile(default=None, operations=ALL)
    opened = profile(operations=ALL)
    assert (closed.arithmetic.closed, opened.arithmetic.closed) == (True, False)
    assert params_of(closed)[0].digest == params_of(opened)[0].digest


@pytest.mark.parametrize(
    ("missing", "line"),
    [
        ("conv2d", "step 'conv': the arithmetic says nothing of conv2d, which has accumulator, "),
        ("length", "step 'length': the arithmetic says nothing of length, which has accumulator, "),
        (
            "dynamic_routing.update",
            "step 'digit': the arithmetic says nothing of add, which has ",
        ),
        (
            "agreement",
            "step 'digit': the arithmetic says nothing of agreement, which has accumulator, ",
        ),
    ],
)
def test_what_no_entry_names_is_refused(missing: str, line: str) -> None:
    """Given an operation that a profile without a default leaves out, then its step is named."""
    operations = {name: item for name, item in ALL.items() if name != missing}
    closed = profile(default=None, operations=operations)
    assert rejection_of(lambda: params_of(closed)) == Rejected(
        Reason.PARAMETER_INVALID, f"{line}overflow, rounding"
    )


@dataclass(frozen=True, kw_only=True)
class ConvTheirs(Conv2d):
    """A convolution of somebody else with a parameter more."""

    algorithm: ClassVar[str] = "theirs"

    tile: int = 4


@dataclass(frozen=True, kw_only=True)
class RequantizeTheirs(Requantize):
    """A move of somebody else."""

    algorithm: ClassVar[str] = "theirs"


@dataclass(frozen=True, kw_only=True)
class QuantizeTheirs(Requantize):
    """A scale of somebody else that knows no numerator."""

    operation: ClassVar[str] = "quantize"
    algorithm: ClassVar[str] = "theirs"


@pytest.fixture
def theirs() -> Iterator[None]:
    """Three algorithms of somebody else."""
    with on_path([]):
        register_algorithm(ConvTheirs, spec=SPEC["conv2d"])
        register_algorithm(RequantizeTheirs, spec=SPEC["requantize"])
        register_algorithm(QuantizeTheirs, spec=SPEC["quantize"])
        yield


def test_parameters_that_only_a_network_has() -> None:
    """Given a class that cannot be made of its arithmetic alone, when read, then types count."""

    @dataclass(frozen=True, kw_only=True)
    class Shaped(Narrowing):
        operation: ClassVar[str] = "conv2d"
        algorithm: ClassVar[str] = "shaped"

        stride: tuple[int, ...]
        tile: int

    @dataclass(frozen=True, kw_only=True)
    class Picky(SquashIsqrtDivide):
        algorithm: ClassVar[str] = "picky"

        table: tuple[int, ...]

        @classmethod
        def fit(cls, x: Format, out: Format, arithmetic: Arithmetic) -> Picky:
            raise Rejection(Reason.FORMAT_MISMATCH, f"not for {x}, {out}, {arithmetic.rounding}")

    with on_path([]):
        register_algorithm(Shaped, spec=SPEC["conv2d"])
        register_algorithm(Picky, spec=SPEC["squash"])
        picky = entry("squash", "accumulator", "table", "guard", algorithm="picky")
        shaped = entry("conv2d", algorithm="shaped", tile=3)
        made = profile(operations={"conv2d": shaped, "squash": picky})
        assert made.operations["conv2d"].fixed == {"tile": 3} | EVEN
        assert made.operations["squash"].fixed == EVEN
        shaped["params"]["tile"] = "3"
        assert rejection_of(lambda: profile(operations={"conv2d": shaped})) == Rejected(
            Reason.PARAMETER_INVALID,
            "operations['conv2d'].params.tile must be of type int, found '3'",
        )


@pytest.mark.usefixtures("theirs")
def test_an_algorithm_takes_the_structure_over() -> None:
    """Given an algorithm of an operation that is not fitted, when chosen, then strides stay."""
    operations = {
        "conv2d": entry(
            "conv2d", "accumulator.format.frac", algorithm="theirs", tile=2, accumulator=WIDE
        )
    }
    program, params = params_of(profile(operations=operations))
    assert isinstance(params["primary.conv"], ConvTheirs)
    assert (params["primary.conv"].stride, params["primary.conv"].tile) == ((2, 2), 2)
    images = small_images(2)
    found = run(program, images, ON_ENGINE, keep=program.traced)
    assert outcome(found) == outcome(run(program, images, ON_SPEC, keep=program.traced))
    assert found.undecided == {"conv": 2, "primary.conv": 2}


@pytest.mark.usefixtures("theirs")
def test_choices_of_one_step() -> None:
    """Given choices, when made for a step, then algorithm and values are those, or refused."""
    chosen = Arithmetic(algorithms={"requantize": "theirs"}, fixed={"requantize": EVEN})
    formats = {"x": S8}, {"out": S8}
    assert choose(Requantize(), *formats, chosen) == RequantizeTheirs(**EVEN)
    lost = Arithmetic(algorithms={"quantize": "theirs"})
    assert rejection_of(lambda: choose(Quantize(), *formats, lost)) == Rejected(
        Reason.PARAMETER_INVALID,
        "quantize theirs cannot take over denominator, numerator of quantize",
    )
    foreign = Arithmetic(fixed={"requantize": {"guard": 3}})
    assert rejection_of(lambda: choose(Requantize(), *formats, foreign)) == Rejected(
        Reason.PARAMETER_INVALID, "requantize has no parameter 'guard' to fix"
    )
    unknown = Arithmetic(algorithms={"requantize": "nosuch"})
    assert rejection_of(lambda: choose(Requantize(), *formats, unknown)) == Rejected(
        Reason.NAME_UNKNOWN,
        "requantize has no algorithm 'nosuch'; known: the one without a name, theirs",
    )


def test_of_an_operation_and_a_place() -> None:
    """Given choices, when asked for an operation, then place, operation, rest, in that order."""
    register = Accumulator(format=Format(True, 9, 0))
    chosen = Arithmetic(
        rounding=Rounding.FLOOR,
        algorithms={"a": "one", "c.p": "two"},
        fixed={"a": {"overflow": Overflow.WRAP, "accumulator": register}, "c.p": {"guard": 3}},
    )
    plain, placed, other = chosen.of("a"), chosen.of("a", "c.p"), chosen.of("b", "c.q")
    assert (plain.rounding, plain.overflow, plain.accumulator, plain.algorithms["a"]) == (
        Rounding.FLOOR,
        Overflow.WRAP,
        register,
        "one",
    )
    assert (placed.overflow, placed.accumulator, placed.algorithms["a"], placed.fixed["a"]) == (
        Overflow.SATURATE,
        None,
        "two",
        {"guard": 3},
    )
    assert (other.overflow, other.accumulator, other.fixed["b"]) == (Overflow.SATURATE, None, {})
    assert [chosen.names(*place) for place in (("a",), ("b", "c.p"), ("b", "c.q"))] == [
        True,
        True,
        False,
    ]

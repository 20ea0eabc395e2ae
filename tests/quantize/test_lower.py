"""From ranges to a Program: formats, words, accumulators, parameters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fxcaps.network import Kind, Program, predict, run
from fxcaps.ops import (
    OPERATIONS,
    Arithmetic,
    DynamicRouting,
    SoftmaxExact,
    SoftmaxLut,
    SquashExact,
    SquashIsqrtDivide,
    operation_of,
)
from fxcaps.ops.elementwise import RuledParameters
from fxcaps.ops.sums import narrowest
from fxcaps.quantize import (
    HARDWARE,
    HARDWARE_PROFILE,
    Granularity,
    calibrate,
    holding_format,
    lower,
    minmax_format,
    quantize_network,
    to_words,
)
from fxcaps.real import REAL
from fxcaps.types import Accumulator, Check, Format, Overflow, Reason, Rejection, Rounding
from tests.network.build import ON_ENGINE, ON_SPEC, small_images, small_network, with_step
from tests.support.outcomes import Rejected, rejection_of

NETWORK = small_network()
IMAGES = small_images(20, seed=5)
RANGES = calibrate(NETWORK, IMAGES, REAL)
NOT_NEGATIVE = {"image", "conv", "digit.c0", "digit.c1", "digit.c2", "length"}


@pytest.mark.parametrize("width", [4, 8, 17])
def test_formats_follow_the_rule(width: int) -> None:
    """Given ranges, when lowered, then every format is that of `minmax` for its tensor."""
    program = lower(NETWORK, RANGES, width=width)
    expected = {"pixels": Format.parse("u8f0"), "class": Format.parse("u2f0")}
    for name, seen in RANGES.items():
        signed = name not in NOT_NEGATIVE
        expected.setdefault(name, minmax_format(seen.largest, width, signed=signed))
    expected["primary.s"] = expected["primary.maps"]
    for name, tensor in NETWORK.tensors.items():
        expected[name] = minmax_format(float(np.abs(tensor).max()), width, signed=True)
    found = {name: entry.format for name, entry in program.tensors.items()}
    assert found == expected


def test_the_table_has_every_tensor_in_order() -> None:
    """Given a network, when lowered, then inputs stand first, then constants, then the rest."""
    program = lower(NETWORK, RANGES, width=8)
    shapes = NETWORK.shapes()
    made = [name for name in RANGES if name != "pixels"]
    assert list(program.tensors) == ["pixels", *NETWORK.expected, *made]
    assert {name: entry.shape for name, entry in program.tensors.items()} == shapes
    kinds = {name: entry.kind for name, entry in program.tensors.items()}
    assert kinds == (
        dict.fromkeys(made, Kind.COMPUTED)
        | dict.fromkeys(NETWORK.expected, Kind.CONSTANT)
        | {"pixels": Kind.INPUT}
    )
    assert (program.name, program.outputs) == (NETWORK.name, NETWORK.outputs)


def test_words_are_the_nearest() -> None:
    """Given float tensors, when lowered, then their words are the nearest of their formats."""
    program = lower(NETWORK, RANGES, width={"*": 7, "conv.weight": 12, "digit.bias": 3})
    assert {name: words.tolist() for name, words in program.constants.items()} == {
        name: to_words(tensor, program.tensors[name].format).tolist()
        for name, tensor in NETWORK.tensors.items()
    }


def test_widths_per_tensor() -> None:
    """Given widths by pattern, when lowered, then every tensor that has a choice has them."""
    widths = {"*": 8, "*.weight": 5, "digit.c*": 6, "digit.c2": 3, "length": 14}
    program = lower(NETWORK, RANGES, width=widths)
    expected = dict.fromkeys(program.tensors, 8) | {"class": 2, "length": 14}
    expected |= {"conv.weight": 5, "primary.weight": 5, "digit.weight": 5}
    expected |= {"digit.c0": 6, "digit.c1": 6, "digit.c2": 3}
    assert {name: entry.format.width for name, entry in program.tensors.items()} == expected


def test_fixed_tensors_are_held_unsigned() -> None:
    """Given the coupling 1/2 of a routed layer, when lowered, then it is exact and unsigned."""
    network = small_network(routed=True)
    program = quantize_network(network, IMAGES, REAL)
    format = program.tensors["primary.coupling"].format
    assert format == holding_format(0.5, 8, signed=False) == Format.parse("u8f8")
    assert program.constants["primary.coupling"].tolist() == [[128]]


def test_granularity() -> None:
    """Given routing, when iterations share formats, then each quantity has the hull's."""
    families = [[f"digit.{x}{r}" for r in range(3)] for x in "bcsv"] + [["digit.a0", "digit.a1"]]
    apart = lower(NETWORK, RANGES, width=8, granularity=Granularity.ITERATION)
    shared = lower(NETWORK, RANGES, width=8, granularity=Granularity.TENSOR)
    for names in families:
        largest = max(RANGES[name].largest for name in names)
        format = minmax_format(largest, 8, signed=names[0] not in NOT_NEGATIVE)
        assert {shared.tensors[name].format for name in names} == {format}
    others = set(apart.tensors) - {name for names in families for name in names}
    assert {name: shared.tensors[name] for name in others} == {
        name: apart.tensors[name] for name in others
    }
    assert len({apart.tensors[name].format for name in families[0]}) > 1


def scaled(name: str, factor: float) -> Any:
    """The network with one tensor made smaller."""
    return NETWORK.with_tensors(dict(NETWORK.tensors) | {name: NETWORK.tensors[name] * factor})


@pytest.mark.parametrize(
    ("bias", "step", "factors"),
    [
        ("conv.bias", "conv", ("image", "conv.weight")),
        ("primary.bias", "primary.conv", ("conv", "primary.weight")),
        ("digit.bias", "digit", ("digit.votes", "coarsest coupling")),
    ],
)
def test_a_bias_has_at_most_its_products_fraction(
    bias: str, step: str, factors: tuple[str, str]
) -> None:
    """Given a bias far below its products, when lowered, then it has their fraction bits."""
    network = scaled(bias, 2.0**-40)
    program = quantize_network(network, IMAGES, REAL)
    fracs = {name: entry.format.frac for name, entry in program.tensors.items()}
    fracs["coarsest coupling"] = min(fracs[f"digit.c{r}"] for r in range(3))
    limit = sum(fracs[name] for name in factors)
    assert program.tensors[bias].format == Format(True, 8, limit)
    assert step in {item.name for item in program.steps}
    # one of ordinary size keeps its own fraction
    usual = quantize_network(NETWORK, IMAGES, REAL).tensors[bias].format
    assert usual == minmax_format(float(np.abs(NETWORK.tensors[bias]).max()), 8, signed=True)


def registers(program: Program) -> dict[tuple[str, str], Accumulator]:
    """Every accumulator by step and port."""
    return {
        (step.name, port): found
        for step in program.steps
        for port, found in operation_of(step.params).accumulators(step.params).items()
    }


@pytest.mark.parametrize("width", [3, 8, 16])
@pytest.mark.parametrize("routed", [False, True])
def test_accumulators_are_the_narrowest_that_are_safe(routed: bool, width: int) -> None:
    """Given a Program, when any register loses a bit, then the loader's check refuses it."""
    program = quantize_network(small_network(routed=routed), IMAGES, REAL, width=width)
    found = registers(program)
    names = {"conv", "primary.conv", "primary", "votes", "digit", "length"}
    names |= {"primary.sum"} if routed else set()
    assert {step for step, _ in found} == names
    for (name, port), accumulator in found.items():
        assert accumulator.format is not None
        assert (accumulator.check, accumulator.format.signed) == (Check.EXACT, True)
        narrow = replace(
            accumulator, format=replace(accumulator.format, width=accumulator.format.width - 1)
        )
        step = next(step for step in program.steps if step.name == name)
        params = operation_of(step.params).with_accumulators(step.params, {port: narrow})
        steps = with_step(program, name, params=params)
        with pytest.raises(Rejection) as caught:
            replace(program, steps=steps)
        start = f"step {name!r}: tensor {step.outputs[port]!r}: partial sums reach ["
        assert caught.value.reason is Reason.ACCUMULATOR_TOO_NARROW
        assert caught.value.message.startswith(start)
        assert caught.value.message.endswith(
            f"the exact accumulator {narrow.format} holds "
            f"[{narrow.format.min}, {narrow.format.max}]"  # type: ignore[union-attr]
        )


def test_hardware_arithmetic_by_default() -> None:
    """Given no choice, when lowered, then root, divider and table, fitted to each format."""
    program = lower(NETWORK, RANGES, width=8)
    # Registers are chosen last; without them parameters are those that fit gave.
    params: dict[str, Any] = {}
    whole = {step.name: step.params for step in program.steps}
    for step in program.steps:
        operation = operation_of(step.params)
        free = dict.fromkeys(operation.accumulators(step.params), Accumulator())
        params[step.name] = operation.with_accumulators(step.params, free)
    formats = {name: entry.format for name, entry in program.tensors.items()}
    assert params["primary"] == SquashIsqrtDivide.fit(
        formats["primary.s"], formats["primary"], HARDWARE
    )
    routing, free_routing = whole["digit"], params["digit"]
    assert isinstance(routing, DynamicRouting)
    for r, iteration in enumerate(routing.iterations):
        fitted = SoftmaxLut.fit(formats[f"digit.b{r}"], formats[f"digit.c{r}"], HARDWARE)
        assert isinstance(iteration.softmax, SoftmaxLut)
        assert free_routing.iterations[r].softmax == fitted
        capsules = program.tensors[f"digit.c{r}"].shape[-1]  # entries of at most 1
        needed = narrowest((0, capsules << fitted.exp_frac), fitted.exp_frac)
        assert iteration.softmax.accumulator == Accumulator(format=needed)
        assert free_routing.iterations[r].squash == SquashIsqrtDivide.fit(
            formats[f"digit.s{r}"], formats[f"digit.v{r}"], HARDWARE
        )


@pytest.mark.parametrize(
    "algorithm",
    [cls.algorithm for cls in OPERATIONS["softmax"].algorithms if issubclass(cls, RuledParameters)],
)
def test_every_fitted_softmax_routes_a_whole_network(algorithm: str) -> None:
    """Given an algorithm of softmax, when a network has it, then every iteration computes it."""
    chosen = Arithmetic(algorithms={"softmax": algorithm, "squash": "isqrt_divide"})
    program = lower(NETWORK, RANGES, width=8, arithmetic=chosen)
    routing = next(step.params for step in program.steps if step.name == "digit")
    assert isinstance(routing, DynamicRouting)
    assert {part.softmax.algorithm for part in routing.iterations} == {algorithm}
    images = small_images(3)
    fast, slow = run(program, images, ON_ENGINE), run(program, images, ON_SPEC)
    assert (fast.digest, fast.events, fast.undecided) == (slow.digest, slow.events, {})


def test_arithmetic_reaches_every_part() -> None:
    """Given modes and exact functions, when lowered, then every part of every step has them."""
    chosen = Arithmetic(
        rounding=Rounding.FLOOR,
        overflow=Overflow.WRAP,
        algorithms={"squash": "exact", "softmax": "exact"},
    )
    program = lower(NETWORK, RANGES, width=8, arithmetic=chosen)
    routing = next(step.params for step in program.steps if step.name == "digit")
    assert isinstance(routing, DynamicRouting)
    last = routing.iterations[2]  # its agreement and update are never computed
    flat = [step.params for step in program.steps if step.name not in ("digit", "class")]
    flat = [params for params in flat if params.operation != "layout"]
    for iteration in routing.iterations:
        flat += [iteration.softmax, iteration.weighted_sum, iteration.squash]
        assert iteration.softmax == SoftmaxExact(rounding=Rounding.FLOOR, overflow=Overflow.WRAP)
        assert iteration.squash == SquashExact(rounding=Rounding.FLOOR, overflow=Overflow.WRAP)
    for iteration in routing.iterations[:2]:
        flat += [iteration.agreement, iteration.update]
    assert last.update == NETWORK.steps[6].params.iterations[2].update  # type: ignore[attr-defined]
    modes = {(vars(params)["rounding"], vars(params)["overflow"]) for params in flat}
    assert modes == {(Rounding.FLOOR, Overflow.WRAP)}


@pytest.mark.parametrize(
    ("options", "reason", "message"),
    [
        (
            {"arithmetic": Arithmetic(algorithms={"squash": "magic"})},
            Reason.NAME_UNKNOWN,
            (
                "step 'primary': squash has no algorithm 'magic'; known: exact, exp, "
                "isqrt_divide, isqrt_factor, lut, norm, pow2, q7, shift_reconstruction"
            ),
        ),
        ({"width": 40}, Reason.PARAMETER_INVALID, "width of '*' must be 1 to 32, found 40"),
        (
            {"width": {"*": 8, "pixels": 8}},
            Reason.NAME_UNKNOWN,
            "width pattern 'pixels' names no tensor",
        ),
    ],
)
def test_rejects_choices(options: dict[str, Any], reason: Reason, message: str) -> None:
    """Given an unknown algorithm, width or tensor, when quantised, then it is named."""
    assert rejection_of(lambda: quantize_network(NETWORK, IMAGES, REAL, **options)) == Rejected(
        reason, message
    )


def test_the_origin_tells_how() -> None:
    """Given choices, when quantised, then the Program records them with the ranges."""
    widths = {"*": 8, "conv": 6}
    program = quantize_network(NETWORK, IMAGES, REAL, width=widths, granularity=Granularity.TENSOR)
    assert program.origin == {
        "model": "small",
        "rule": "minmax",
        "width": widths,
        "granularity": "tensor",
        "calibration_images": 20,
        "ranges": {name: [seen.low, seen.high] for name, seen in RANGES.items()},
        "profile": f"fxcaps-hardware {HARDWARE_PROFILE.digest}",
    }
    lowered = lower(NETWORK, RANGES, width=widths, granularity=Granularity.TENSOR)
    assert program.digest == lowered.digest


@pytest.mark.parametrize(
    ("arithmetic", "widths"),
    [
        (Arithmetic(algorithms={"squash": "exact", "softmax": "exact"}), (8, 14, 20)),
        (HARDWARE, (6, 8, 10)),  # further, its tables of 1,024 entries end
    ],
    ids=["exact", "hardware"],
)
def test_wide_words_come_close_to_floats(arithmetic: Arithmetic, widths: tuple[int, ...]) -> None:
    """Given more and more bits, when run, then lengths come as close to the float forward."""
    expected = predict(NETWORK, IMAGES, REAL)["length"]
    for width in widths:
        program = quantize_network(NETWORK, IMAGES, REAL, width=width, arithmetic=arithmetic)
        words = run(program, IMAGES, ON_ENGINE).words["length"]
        found = words * float(program.tensors["length"].format.step)
        assert float(np.abs(found - expected).max()) < 32 * 2.0**-width

"""Generators and registers of every kind in profiles."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from fxcaps.network import run
from fxcaps.ops import Arithmetic, DynamicRouting, operation_of
from fxcaps.types import Check, Init, Overflow, Philox, Reason, Rounding
from tests.network.build import ON_ENGINE, ON_SPEC, outcome, small_images, small_program
from tests.profiles.build import MODES, entry, profile
from tests.support.outcomes import Rejected, rejection_of


def test_generators_are_numbered_by_step_and_iteration() -> None:
    """Given a generator fixed for every sum, when quantised, then as one of all the arithmetic."""
    drawn = {"kind": "philox", "key": 7, "bits": 16}
    names = ("quantize", "conv2d", "votes", "weighted_sum", "agreement")
    sums = {"conv2d", "votes", "weighted_sum", "agreement"}
    operations = {
        name: entry(name, *(["accumulator"] if name in sums else []), rounding=drawn)
        for name in names
    }
    operations["dynamic_routing.update"] = entry("add", rounding=drawn)
    made = profile(operations=operations)
    program = small_program(width=8, arithmetic=made)
    whole = replace(
        made.arithmetic, fixed={}, stochastic=Philox(key=7, bits=16), rounding=Rounding.TIES_TO_EVEN
    )
    assert program.digest == small_program(width=8, arithmetic=whole).digest
    routing = next(step.params for step in program.steps if step.name == "digit")
    assert isinstance(routing, DynamicRouting)
    places = [
        (iteration.weighted_sum.rounding.step, iteration.weighted_sum.rounding.iteration)  # type: ignore[union-attr]
        for iteration in routing.iterations
    ]
    assert places == [(97, 0), (97, 1), (97, 2)]
    images = small_images(2)
    found = run(program, images, ON_ENGINE, keep=program.traced)
    assert outcome(found) == outcome(run(program, images, ON_SPEC, keep=program.traced))


def test_a_fixed_mode_comes_before_a_generator() -> None:
    """Given a generator for all, when one operation has a mode, then it has no generator."""
    chosen = Arithmetic(stochastic=Philox(), fixed={"add": {"rounding": Rounding.FLOOR}})
    assert (chosen.of("add").rounding, chosen.of("add").stochastic) == (Rounding.FLOOR, None)
    assert chosen.of("votes").stochastic == Philox()
    turned = Arithmetic(fixed={"add": {"rounding": Philox(key=2)}}).placed(step=5, iteration=1)
    assert turned.of("add").stochastic == Philox(key=2, step=5, iteration=1)
    assert turned.of("votes").stochastic is None


@pytest.mark.parametrize(
    ("register", "fitted"),
    [
        ({"format": "s24f0", "order": {"kind": "pairwise", "size": 4, "node": "s20f0"}}, True),
        ({"format": "s24f0", "round_at": "product", "product": "s12f6"}, True),
        ({"format": "s20f5", "round_at": "sum", "rounding": "floor"}, False),
        ({"format": None, "order": {"kind": "tree", "node": "s20f0"}}, True),
    ],
)
def test_registers_of_every_kind(register: dict[str, Any], fitted: bool) -> None:
    """Given nodes, rounded products or sums, when quantised, then fractions are what they add."""
    names = ["accumulator.format.frac"] if fitted else []
    if register["format"]:
        register = register | {"overflow": "saturate", "check": "per_step"}
    item = {"votes": entry("votes", *names, accumulator=register)}
    program = small_program(width=8, arithmetic=profile(operations=item))
    params = {step.name: vars(step.params) for step in program.steps}
    products = program.tensors["primary"].format.frac + program.tensors["digit.weight"].format.frac
    found = params["votes"]["accumulator"]
    expected = {"product": 6, "sum": 5, "end": products}[found.round_at.value]
    assert found.node is None or found.node.frac == expected
    assert found.format is None or found.format.frac == expected
    images = small_images(2)
    made = run(program, images, ON_ENGINE, keep=program.traced)
    assert outcome(made) == outcome(run(program, images, ON_SPEC, keep=program.traced))
    wrong = {"votes": entry("votes", *([] if fitted else ["accumulator.format.frac"]))}
    wrong["votes"]["params"]["accumulator"] = register
    assert rejection_of(lambda: profile(operations=wrong)) == Rejected(
        Reason.PARAMETER_INVALID,
        "operations['votes']: 'accumulator.format.frac' is fitted where the accumulator has a "
        "format, and only there",
    )


INNER = [
    {"format": "s14f0", "check": "per_step"},
    {"format": "u12f0", "overflow": "saturate", "check": "final"},
    {"format": "s16f0", "check": "per_step", "order": {"kind": "pairwise", "size": 2}},
    {"format": "s12f0", "check": "per_step", "round_at": "product", "product": "u9f4"},
    {"format": "s14f3", "check": "per_step", "round_at": "sum", "rounding": "floor"},
]


@pytest.mark.parametrize("register", INNER)
def test_registers_of_sums_inside_algorithms(register: dict[str, Any]) -> None:
    """Given registers of norms and divisors, when quantised, then their fractions are fitted."""
    rounded = register.get("round_at") == "sum"
    names = [] if rounded else ["accumulator.format.frac"]
    rest = ("table", "index_frac", "exp", "largest_distance")
    operations = {
        "squash": entry("squash", *names, "guard", algorithm="isqrt_divide", accumulator=register),
        "softmax": entry("softmax", *names, *rest, algorithm="lut", accumulator=register),
        "length": entry("length", *names, accumulator=register),
    }
    made = profile(operations=operations)
    program = small_program(width=8, arithmetic=made)
    fixed = made.operations["length"].fixed["accumulator"]
    seen = set()
    for step in program.steps:
        formats = {port: program.tensors[name].format for port, name in step.inputs.items()}
        outs = {port: program.tensors[name].format for port, name in step.outputs.items()}
        operation = operation_of(step.params)
        fractions = operation.product_fractions(step.params, formats, outs)
        for port, found in operation.accumulators(step.params).items():
            if (step.name, port[:1]) in {("primary", "o"), ("length", "o")} or port[0] in "cv":
                seen.add((step.name, port))
                format = replace(fixed.format, frac=fixed.frac(fractions[port]))
                assert found == replace(fixed, format=format)
    routed = {("digit", f"{letter}{r}") for letter in "cv" for r in range(3)}
    assert seen == routed | {("primary", "out"), ("length", "out")}
    images = small_images()
    found = run(program, images, ON_ENGINE, keep=program.traced)
    assert outcome(found) == outcome(run(program, images, ON_SPEC, keep=program.traced))


def test_a_half_is_for_outputs() -> None:
    """Given half a step in every register, when quantised, then sums inside have none."""
    half = {"format": "s24f0", "overflow": "wrap", "check": "final", "init": "bias_and_half"}
    default = {"params": MODES | {"accumulator": half}, "fitted": ["accumulator.format.frac"]}
    inside = Arithmetic(algorithms={"squash": "isqrt_divide", "softmax": "lut"})
    made = replace(profile(default=default, operations={}).arithmetic, algorithms=inside.algorithms)
    program = small_program(width=8, arithmetic=made)
    found: dict[Init, set[str]] = {Init.BIAS: set(), Init.BIAS_AND_HALF: set()}
    for step in program.steps:
        for port, register in operation_of(step.params).accumulators(step.params).items():
            assert (register.overflow, register.check) == (Overflow.WRAP, Check.FINAL)
            found[register.init].add(f"{step.name}.{port.rstrip('0123456789')}")
    assert found == {
        Init.BIAS: {"primary.out", "digit.c", "digit.v", "length.out"},
        Init.BIAS_AND_HALF: {"conv.out", "primary.conv.out", "votes.out", "digit.s", "digit.a"},
    }
    images = small_images(2)
    kept = run(program, images, ON_ENGINE, keep=program.traced)
    assert outcome(kept) == outcome(run(program, images, ON_SPEC, keep=program.traced))


def test_rounded_products_finer_than_squares_are_refused() -> None:
    """Given products of more bits than the squares have, when quantised, then the step is told."""
    register = {"format": "s30f0", "check": "final", "round_at": "product", "product": "s28f25"}
    item = entry("length", "accumulator.format.frac", accumulator=register)
    found = rejection_of(
        lambda: small_program(width=8, arithmetic=profile(operations={"length": item}))
    )
    assert found.reason is Reason.FORMAT_MISMATCH
    assert "the register has 25 fraction bits, what it adds has 1" in found.message
    assert found.message.startswith("step 'length': ")

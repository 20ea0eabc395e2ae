"""The descriptor of dynamic_routing: outputs, registers, ranges, parts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from fxcaps.ops import (
    OPERATIONS,
    Add,
    Agreement,
    Arithmetic,
    DynamicRouting,
    Part,
    RoutingIteration,
    SoftmaxExact,
    SoftmaxLut,
    SquashExact,
    SquashIsqrtDivide,
    WeightedSum,
)
from fxcaps.strategies import Case, calls
from fxcaps.types import Accumulator, Check, Format, Overflow, Rounding, Signature
from tests.support.light import LIGHT

ROUTING = OPERATIONS["dynamic_routing"]

TWICE = DynamicRouting(iterations=(RoutingIteration(),) * 2)

VOTES = Signature((3, 2, 4), Format(True, 3, 1))

FORMATS = {
    "b0": Format(True, 8, 4),
    "c0": Format(False, 2, 2),
    "s0": Format(True, 8, 3),
    "v0": Format(True, 2, 1),
    "a0": Format(True, 8, 3),
    "b1": Format(True, 6, 3),
    "c1": Format(False, 3, 3),
    "s1": Format(True, 8, 4),
    "v1": Format(True, 4, 3),
}


def _register(width: int, frac: int) -> Accumulator:
    return Accumulator(format=Format(True, width, frac), check=Check.FINAL)


@pytest.mark.parametrize(
    ("iterations", "update_last", "names"),
    [
        (1, False, "b0 c0 s0 v0"),
        (1, True, "b0 c0 s0 v0 a0 b1"),
        (3, False, "b0 c0 s0 v0 a0 b1 c1 s1 v1 a1 b2 c2 s2 v2"),
        (2, True, "b0 c0 s0 v0 a0 b1 c1 s1 v1 a1 b2"),
    ],
)
def test_outputs(iterations: int, update_last: bool, names: str) -> None:
    """Given a number of iterations, when asked, then every intermediate is an output."""
    parts = (RoutingIteration(),) * iterations
    params = DynamicRouting(iterations=parts, update_last=update_last)
    assert ROUTING.outputs(params) == tuple(names.split())


def test_expand() -> None:
    """Given two iterations and a bias, when expanded, then eight parts and their tensors."""
    part = RoutingIteration()
    sums = {"votes": "votes", "bias": "bias"}
    assert ROUTING.expand(TWICE, {"votes": VOTES.shape, "bias": (1, 4)}) == (
        Part("softmax0", part.softmax, {"x": "b0"}, {"out": "c0"}),
        Part("weighted_sum0", part.weighted_sum, sums | {"c": "c0"}, {"out": "s0"}),
        Part("squash0", part.squash, {"x": "s0"}, {"out": "v0"}),
        Part("agreement0", part.agreement, {"votes": "votes", "v": "v0"}, {"out": "a0"}),
        Part("update0", part.update, {"a": "b0", "b": "a0"}, {"out": "b1"}),
        Part("softmax1", part.softmax, {"x": "b1"}, {"out": "c1"}),
        Part("weighted_sum1", part.weighted_sum, sums | {"c": "c1"}, {"out": "s1"}),
        Part("squash1", part.squash, {"x": "s1"}, {"out": "v1"}),
    )


@LIGHT
@given(calls("dynamic_routing"))
def test_parts_make_every_output_but_the_zero_logits(called: Case) -> None:
    """Given any routing, when expanded, then each part reads what earlier ones have made."""
    known = {*called.inputs, "b0"}
    shapes = {port: tensor.shape for port, tensor in called.inputs.items()}
    for part in ROUTING.expand(called.params, shapes):
        assert set(part.inputs.values()) <= known
        known |= set(part.outputs.values())
    assert known - set(called.inputs) == set(ROUTING.outputs(called.params))


def test_registers() -> None:
    """Given registers of sums and agreements, when asked and replaced, then by port."""
    first = RoutingIteration(
        weighted_sum=WeightedSum(accumulator=_register(20, 3)),
        agreement=Agreement(accumulator=_register(21, 2)),
    )
    second = RoutingIteration(weighted_sum=WeightedSum(accumulator=_register(22, 4)))
    params = DynamicRouting(iterations=(first, second))
    found = {"s0": _register(20, 3), "a0": _register(21, 2), "s1": _register(22, 4)}
    assert ROUTING.accumulators(params) == found
    assert ROUTING.with_accumulators(TWICE, found) == params
    changed = ROUTING.with_accumulators(params, {"a0": _register(9, 2)})
    assert ROUTING.accumulators(changed) == found | {"a0": _register(9, 2)}


ROOTED = DynamicRouting(
    iterations=(RoutingIteration(squash=SquashIsqrtDivide(accumulator=_register(20, 6))),) * 2
)


def test_registers_of_squash() -> None:
    """Given sums of squares, when asked and replaced, then by the capsules they make."""
    free = dict.fromkeys(("s0", "a0", "s1"), Accumulator())
    assert ROUTING.accumulators(ROOTED) == free | dict.fromkeys(("v0", "v1"), _register(20, 6))
    changed = ROUTING.with_accumulators(ROOTED, {"v1": _register(9, 8)})
    second = RoutingIteration(squash=SquashIsqrtDivide(accumulator=_register(9, 8)))
    assert changed == DynamicRouting(iterations=(ROOTED.iterations[0], second))
    found = ROUTING.product_fractions(ROOTED, {"votes": VOTES.format}, FORMATS)
    assert (found["v0"], found["v1"]) == (2 * 3, 2 * 4)
    found = ROUTING.intervals(ROOTED, {"votes": VOTES}, FORMATS, {})
    assert (found["v0"], found["v1"]) == ([(0, 4 * 128**2)],) * 2


def test_product_fractions() -> None:
    """Given formats, when asked, then sums have votes' and couplings', agreements capsules'."""
    found = ROUTING.product_fractions(TWICE, {"votes": VOTES.format}, FORMATS)
    assert found == {"s0": 1 + 2, "a0": 1 + 1, "s1": 1 + 3}


def test_intervals() -> None:
    """Given formats and a bias, when asked, then every register has its range."""
    inputs = {"votes": VOTES, "bias": Signature((1, 4), Format(True, 8, 3))}
    found = ROUTING.intervals(TWICE, inputs, FORMATS, {"bias": [0, 5, -7, 100]})
    # s: three products of at most 3 or 7 with -4..3; a: four products of -4..3 with -2..1
    assert found == {
        "s0": [(start - 36, start + 27) for start in (0, 5, -7, 100)],
        "a0": [(-24, 32)],
        "s1": [(2 * start - 84, 2 * start + 63) for start in (0, 5, -7, 100)],
    }


def test_largest_fraction_of_the_bias() -> None:
    """Given couplings of two and three bits, when asked, then the bias fits the coarser sum."""
    found = ROUTING.largest_fractions(TWICE, {"votes": VOTES.format}, FORMATS)
    assert found == {"bias": 1 + 2}


def test_families() -> None:
    """Given two iterations, when asked, then what differs by iteration only is together."""
    found = ROUTING.families(TWICE)
    assert set(found) == {("a0",), ("b0", "b1"), ("c0", "c1"), ("s0", "s1"), ("v0", "v1")}


def test_nonnegative_ports() -> None:
    """Given two iterations, when asked, then couplings have no sign."""
    assert ROUTING.nonnegative(TWICE, {"votes": VOTES.format}) == {"c0", "c1"}


def test_configure() -> None:
    """Given the quantiser's choices, when applied, then every part that runs is fitted."""
    arithmetic = Arithmetic(
        rounding=Rounding.FLOOR,
        overflow=Overflow.WRAP,
        algorithms={"softmax": "lut", "squash": "isqrt_divide"},
    )
    modes: dict[str, Any] = {"rounding": Rounding.FLOOR, "overflow": Overflow.WRAP}
    found = ROUTING.configure(TWICE, {"votes": VOTES.format}, FORMATS, arithmetic)
    first = RoutingIteration(
        softmax=SoftmaxLut.fit(FORMATS["b0"], FORMATS["c0"], arithmetic),
        weighted_sum=WeightedSum(**modes),
        squash=SquashIsqrtDivide.fit(FORMATS["s0"], FORMATS["v0"], arithmetic),
        agreement=Agreement(**modes),
        update=Add(**modes),
    )
    second = RoutingIteration(
        softmax=SoftmaxLut.fit(FORMATS["b1"], FORMATS["c1"], arithmetic),
        weighted_sum=WeightedSum(**modes),
        squash=SquashIsqrtDivide.fit(FORMATS["s1"], FORMATS["v1"], arithmetic),
    )
    assert found == DynamicRouting(iterations=(first, second))


def test_default_parts() -> None:
    """Given no argument, when an iteration is made, then its functions are the exact ones."""
    part = RoutingIteration()
    assert (part.softmax, part.squash) == (SoftmaxExact(), SquashExact())

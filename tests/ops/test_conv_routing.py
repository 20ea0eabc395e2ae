"""The descriptor of conv_routing: parts, the shapes they see, registers, flat steps."""

from __future__ import annotations

from hypothesis import given

from fxcaps.ops import (
    Arithmetic,
    ConvRouting,
    DynamicRouting,
    Part,
    Reshape,
    RoutingIteration,
    SoftmaxAxes,
    SquashAxes,
    Transpose,
)
from fxcaps.ops.conv_routing import CONV_ROUTING
from fxcaps.ops.dynamic_routing import DYNAMIC_ROUTING
from fxcaps.strategies import Case, calls
from fxcaps.types import Format, Signature
from tests.support.light import LIGHT

PART = RoutingIteration()
ONCE = ConvRouting(iterations=(PART,), update_last=True)
SHAPES = {"votes": (3, 2, 4, 5, 6), "bias": (5, 6)}


def _named(parts: tuple[Part, ...]) -> dict[str, Part]:
    return {part.name: part for part in parts}


def test_expand_of_deepcaps() -> None:
    """Given a joint softmax, when expanded, then the grid is one row of 40 capsules."""
    sums = {"c": "c0.flat", "votes": "votes.flat", "bias": "bias"}
    agree = {"votes": "votes.flat", "v": "v0.flat"}
    assert CONV_ROUTING.expand(ONCE, SHAPES) == (
        Part("flat.b0", Reshape(shape=(3, 40)), {"x": "b0"}, {"out": "b0.flat"}),
        Part("softmax0", PART.softmax, {"x": "b0.flat"}, {"out": "c0.flat"}),
        Part("grid.c0", Reshape(shape=(3, 2, 4, 5)), {"x": "c0.flat"}, {"out": "c0"}),
        Part("flat.votes", Reshape(shape=(3, 40, 6)), {"x": "votes"}, {"out": "votes.flat"}),
        Part("weighted_sum0", PART.weighted_sum, sums, {"out": "s0.flat"}),
        Part("grid.s0", Reshape(shape=(2, 4, 5, 6)), {"x": "s0.flat"}, {"out": "s0"}),
        Part("squash0", PART.squash, {"x": "s0"}, {"out": "v0"}),
        Part("flat.v0", Reshape(shape=(40, 6)), {"x": "v0"}, {"out": "v0.flat"}),
        Part("agreement0", PART.agreement, agree, {"out": "a0.flat"}),
        Part("grid.a0", Reshape(shape=(3, 2, 4, 5)), {"x": "a0.flat"}, {"out": "a0"}),
        Part("update0", PART.update, {"a": "b0", "b": "a0"}, {"out": "b1"}),
    )


def test_expand_of_the_variants() -> None:
    """Given a softmax by types and a squash of grids, when expanded, then these move words."""
    params = ConvRouting(
        iterations=(PART,), softmax_axes=SoftmaxAxes.TYPES, squash_axes=SquashAxes.GRID
    )
    found = _named(CONV_ROUTING.expand(params, {"votes": SHAPES["votes"]}))
    moves = [
        Part("softmax0", PART.softmax, {"x": "b0"}, {"out": "c0"}),
        Part("flat.c0", Reshape(shape=(3, 40)), {"x": "c0"}, {"out": "c0.flat"}),
        Part("types.s0", Transpose(axes=(2, 0, 1, 3)), {"x": "s0"}, {"out": "s0.types"}),
        Part("maps.s0", Reshape(shape=(5, 48)), {"x": "s0.types"}, {"out": "s0.maps"}),
        Part("squash0", PART.squash, {"x": "s0.maps"}, {"out": "v0.maps"}),
        Part("types.v0", Reshape(shape=(5, 2, 4, 6)), {"x": "v0.maps"}, {"out": "v0.types"}),
        Part("grid.v0", Transpose(axes=(1, 2, 0, 3)), {"x": "v0.types"}, {"out": "v0"}),
    ]
    assert [found[part.name] for part in moves] == moves
    assert set(found) - {part.name for part in moves} == {"flat.votes", "weighted_sum0", "grid.s0"}


@LIGHT
@given(calls("conv_routing"))
def test_flat_steps_make_every_output_but_the_zero_logits(called: Case) -> None:
    """Given any routing, when expanded, then each step reads what earlier ones have made, once."""
    params = called.params
    assert isinstance(params, ConvRouting)
    shapes = {port: tensor.shape for port, tensor in called.inputs.items()}
    known = {*called.inputs, "b0"}
    for part in CONV_ROUTING.expand(params, shapes):
        (target,) = part.outputs.values()
        assert set(part.inputs.values()) <= known
        assert target not in known
        known.add(target)
    assert set(CONV_ROUTING.outputs(params)) <= known


def test_registers_and_their_ranges_are_those_of_the_plain_routing() -> None:
    """Given a grid and its capsules in a row, when asked, then ranges and fractions are equal."""
    grid, row = ConvRouting(iterations=(PART,) * 2), DynamicRouting(iterations=(PART,) * 2)
    formats = {
        port: Format(port[0] != "c", 3 + k, k) for k, port in enumerate(CONV_ROUTING.outputs(grid))
    }
    votes, bias = Format(True, 5, 2), Signature((5, 6), Format(True, 8, 1))
    on_grid = {"votes": Signature((3, 2, 4, 5, 6), votes), "bias": bias}
    in_row = {"votes": Signature((3, 40, 6), votes), "bias": bias}
    words = {"bias": list(range(-15, 15))}
    assert CONV_ROUTING.intervals(grid, on_grid, formats, words) == (
        DYNAMIC_ROUTING.intervals(row, in_row, formats, words)
    )
    plain = {port: given.format for port, given in in_row.items()}
    assert CONV_ROUTING.product_fractions(grid, plain, formats) == (
        DYNAMIC_ROUTING.product_fractions(row, plain, formats)
    )
    assert CONV_ROUTING.largest_fractions(grid, plain, formats) == (
        DYNAMIC_ROUTING.largest_fractions(row, plain, formats)
    )


def test_configure_keeps_the_variant() -> None:
    """Given hardware algorithms, when configured, then parts are fitted and axes stay."""
    params = ConvRouting(
        iterations=(PART,), softmax_axes=SoftmaxAxes.TYPES, squash_axes=SquashAxes.GRID
    )
    formats = dict.fromkeys(CONV_ROUTING.outputs(params), Format(True, 8, 4))
    hardware = Arithmetic(algorithms={"squash": "isqrt_divide", "softmax": "lut"})
    found = CONV_ROUTING.configure(params, {"votes": Format(True, 8, 4)}, formats, hardware)
    assert isinstance(found, ConvRouting)
    assert (found.softmax_axes, found.squash_axes) == (SoftmaxAxes.TYPES, SquashAxes.GRID)
    (part,) = found.iterations
    assert (part.softmax.algorithm, part.squash.algorithm) == ("lut", "isqrt_divide")

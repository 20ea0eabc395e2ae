"""The cost of widths: published figures, and small networks by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from fxcaps.allocate import PROGRAM, QCAPSNETS, Accounting, CostModel, Tally
from fxcaps.network import (
    Block,
    Network,
    Step,
    architecture,
    blocks,
    macs,
    memory,
)
from fxcaps.network.blocks import factors
from fxcaps.ops import (
    Concat,
    Dense,
    Requantize,
    operation_of,
)
from fxcaps.quantize import quantize_network
from fxcaps.quantize.widths import table_widths
from fxcaps.real import REAL
from fxcaps.types import Format, Reason, Signature
from tests.network.build import one_step_program, small_architecture, small_network, small_program
from tests.support.examples import EXAMPLES
from tests.support.outcomes import Rejected, rejection_of

SHALLOW = (20_992, 5_308_672, 1_474_720)
DEEP_28 = (1_536, 590_336, 2_065_408, 2_360_320, 1_789_184, 1_638_720)
DEEP_64 = (3_840, 590_336, 2_065_408, 2_360_320, 1_789_184, 6_553_920)
"""Parameters by block, biases and batch normalisation included, as their own code prints them."""

SHALLOW_LAYERS = (784, 102_400, 9_216, 160)
DEEP_28_LAYERS = (784, 100_352, 100_352, 50_176, 16_384, 4_096, 320)
DEEP_64_LAYERS = (12_288, 524_288, 524_288, 262_144, 65_536, 16_384, 320)
"""The image and the layer outputs of each block; the image has the width of the first block."""


@pytest.mark.parametrize(
    ("counts", "widths", "ratio"),
    [
        (SHALLOW, (7, 6, 5), 5.53),
        (SHALLOW, (6, 5, 4), 6.69),
        (SHALLOW, (9, 8, 7), 4.11),
        (DEEP_28, (7, 6, 5, 4, 3, 3), 8.04),
        (DEEP_28, (8, 7, 6, 5, 4, 4), 6.43),
        (DEEP_64, (14, 13, 12, 11, 10, 10), 3.01),
        (DEEP_64, (11, 10, 9, 8, 7, 7), 4.20),
    ],
)
def test_published_weights(counts: tuple[int, ...], widths: tuple[int, ...], ratio: float) -> None:
    """Given the widths of a row of Q-CapsNets' results, when counted, then its reduction."""
    assert round(Tally.of(counts, widths).ratio, 2) == ratio


@pytest.mark.parametrize(
    ("counts", "widths", "ratio"),
    [
        (SHALLOW_LAYERS, (7, 7, 7), 4.57),
        (SHALLOW_LAYERS, (9, 9, 9), 3.56),
        (DEEP_28_LAYERS, (9, 5, 5, 5, 4, 4), 4.95),
        (DEEP_28_LAYERS, (8, 7, 7, 7, 7, 7), 4.34),
        # 2.605...: the table gives 2.61
        (DEEP_64_LAYERS, (15, 11, 10, 10, 10, 10), 2.61),
        (DEEP_64_LAYERS, (11, 9, 9, 9, 9, 9), 3.28),
    ],
)
def test_published_activations(
    counts: tuple[int, ...], widths: tuple[int, ...], ratio: float
) -> None:
    """Given activation widths of a row, when image and layers are counted, then its reduction."""
    assert round(Tally.of(counts, (widths[0], *widths)).ratio, 2) == ratio


def test_deepcaps_means_seven() -> None:
    """Given widths by which DeepCaps-64 shrinks 7.02 times, when counted, then it does."""
    assert round(Tally.of(DEEP_64, (10, 6, 5, 5, 5, 4)).ratio, 2) == 7.02
    assert round(Tally.of(DEEP_64, (11, 6, 5, 5, 5, 4)).ratio, 2) == 7.02


@pytest.mark.parametrize(
    ("name", "parameters", "layers"),
    [
        ("deepcaps-28-qcapsnets", DEEP_28, DEEP_28_LAYERS),
        ("deepcaps-64-qcapsnets", DEEP_64, DEEP_64_LAYERS),
    ],
)
def test_deepcaps_as_published(
    name: str, parameters: tuple[int, ...], layers: tuple[int, ...]
) -> None:
    """Given DeepCaps as a Network, when its blocks are counted as published, then those figures."""
    model = CostModel(architecture(name), QCAPSNETS)
    weights = [
        sum(math.prod(model.shapes[name]) for name in block.weights) + block.held
        for block in model.blocks
    ]
    assert weights == list(parameters)
    counted = [sum(math.prod(model.shapes[n]) for n in block.layers) for block in model.blocks]
    assert counted == [layers[0] + layers[1], *layers[2:]]
    assert model.cost({"*": 7}).weights == Tally(sum(parameters), 7 * sum(parameters))
    assert [bool(block.routed) for block in model.blocks] == [False] * 4 + [True] * 2


@pytest.mark.parametrize("name", ["shallowcaps", "shallowcaps-routed"])
def test_shallowcaps_as_published(name: str) -> None:
    """Given ShallowCaps and widths by pattern, when counted as published, then those figures."""
    model = CostModel(architecture(name), QCAPSNETS)
    bits = {"*": 7, "primary.weight": 6, "primary.bias": 6, "digit.weight": 5, "digit.bias": 5}
    found = model.cost(bits | {"digit.s*": 5, "digit.b[0-9]": 4})
    assert found.weights == Tally.of(SHALLOW, (7, 6, 5))
    assert found.activations == Tally.of(SHALLOW_LAYERS, (7, 7, 7, 7))
    assert model.counted_activations == ("image", "conv", "primary", "digit.v2")


def test_blocks_of_shallowcaps() -> None:
    """Given ShallowCaps with a routed primary layer, when grouped, then the published blocks."""
    conv, primary, digit = blocks(architecture("shallowcaps-routed"))
    assert conv == Block(
        "conv", ("conv.weight", "conv.bias"), (), ("image", "conv"), ("image", "conv"), (), 0
    )
    assert primary == Block(
        "primary",
        ("primary.weight", "primary.bias"),
        ("primary.coupling",),
        ("primary.maps", "primary.votes", "primary.s", "primary"),
        ("primary",),
        (),
        0,
    )
    assert digit.routed == (
        *("digit.b0", "digit.s0", "digit.a0", "digit.b1"),
        *("digit.s1", "digit.a1", "digit.b2", "digit.s2"),
    )
    assert (digit.activations[0], digit.activations[-2:]) == ("digit.votes", ("length", "class"))
    (_, _, once) = blocks(small_architecture(iterations=1))
    assert once.routed == ()


def test_blocks_need_weights() -> None:
    """Given steps without trained tensors, when grouped, then rejected."""
    step = Step("narrow", Requantize(), {"x": "given"}, {"out": "made"})
    network = Network(
        "bare", {"given": Signature((2,), Format.parse("s8f0"))}, (step,), ("made",), {}
    )
    assert rejection_of(lambda: CostModel(network)) == Rejected(
        Reason.TENSOR_MISSING, "bare has no trained tensors"
    )


WIDTHS = {"*": 6, "*.bias": 9, "conv": 3, "digit.a*": 5, "length": 11}


@pytest.mark.parametrize("routed", [False, True])
def test_a_program_costs_what_its_widths_do(*, routed: bool) -> None:
    """Given widths, when a Program is made of them, then both ways of counting agree."""
    network = small_network(routed=routed)
    program = small_program(network, width=WIDTHS)
    assert table_widths(network, WIDTHS) == {
        name: entry.format.width for name, entry in program.tensors.items()
    }
    for accounting in (PROGRAM, QCAPSNETS):
        model = CostModel(network, accounting)
        assert model.cost(WIDTHS) == model.of_program(program)
    whole, found = memory(program), CostModel(network).cost(WIDTHS)
    assert (found.weights.bits, found.weights.words) == (whole.weight_bits, whole.weights)
    assert (found.activations.bits, found.activations.words) == (
        whole.activation_bits,
        whole.activations,
    )
    assert found.macs == sum(macs(network.steps, network.shapes()).values())


def test_a_small_network_by_hand() -> None:
    """Given 8 x 8 images and one width a tensor kind, when counted, then as by hand."""
    network = small_architecture(iterations=2)
    bits = {"*": 6, "*.weight": 4, "*.bias": 9, "conv": 3, "digit.votes": 5, "digit.c*": 2}
    found = CostModel(network).cost(bits)
    weights, biases = 2 * 9 + 6 * 18 + 8 * 3 * 2 * 3, 2 + 6 + 6
    assert found.weights == Tally(weights + biases, 4 * weights + 9 * biases)
    conv, primary, votes = 36 * 2 * 9, 4 * 6 * 18, 8 * 3 * 2 * 3
    sums, agreements = 2 * 48, 48
    assert found.macs == conv + primary + votes + sums + agreements
    assert found.bit_operations == (
        conv * 6 * 4 + primary * 3 * 4 + votes * 6 * 4 + sums * 2 * 5 + agreements * 5 * 6
    )
    # the quantised image (64 words of 6) beside the pixels (64 of 8) is the most at one time
    assert found.peak_bits == 64 * 8 + 64 * 6
    wide = CostModel(network).cost(bits | {"digit.votes": 30, "digit.c*": 12})
    # votes (48), logits b0 (24), couplings c0 (24), sums s0 (6)
    assert wide.peak_bits == 48 * 30 + 24 * 6 + 24 * 12 + 6 * 6
    bare = CostModel(network, Accounting(biases=False, pixels=False, fixed=False)).cost(bits)
    assert bare.weights == Tally(weights, 4 * weights)
    assert bare.activations.bits == found.activations.bits - 64 * 8


def test_statistics_count_with_their_block() -> None:
    """Given numbers that an affine step holds, when counted, then as the accounting says."""
    network = architecture("deepcaps-28-qcapsnets")
    bits = {"*": 7, "conv.weight": 3, "conv.bias": 5}
    rest = 7 * sum(DEEP_28[1:]) + 1152 * 3 + 128 * 5
    for accounting, held in (
        (QCAPSNETS, 256 * 5),
        (replace(QCAPSNETS, held_bits=32), 256 * 32),
        (replace(QCAPSNETS, held=False), 0),
    ):
        assert CostModel(network, accounting).cost(bits).weights.bits == rest + held


def test_conversions_count() -> None:
    """Given two formats that meet in a concatenation, when counted, then its conversion, too."""
    pixels = {"pixels": Signature((4,), Format.parse("u8f8"))}
    halves = (
        Step("low", Dense(), {"x": "pixels", "weight": "low.weight"}, {"out": "low"}),
        Step("high", Dense(), {"x": "pixels", "weight": "high.weight"}, {"out": "high"}),
        Step("both", Concat(axis=0), {"x": "low", "y": "high"}, {"out": "both"}),
    )
    shapes = {"low.weight": (2, 4), "high.weight": (2, 4)}
    tensors = {"low.weight": np.full((2, 4), 0.1), "high.weight": np.full((2, 4), 7.0)}
    network = Network("halves", pixels, halves, ("both",), shapes, frozenset(), tensors)
    images = np.array([[255, 0, 3, 9]], np.uint8)
    widths = {"*": 6, "low": 5}
    program = quantize_network(network, images, REAL, width=widths)
    (added,) = [name for name in program.tensors if name not in network.shapes()]
    assert table_widths(network, widths)["both"] == program.tensors["both"].format.width == 6
    model = CostModel(network)
    found, plain = model.of_program(program), model.cost(widths)
    assert (added, found.activations.bits) == ("both.x", plain.activations.bits + 2 * 6)
    assert found.activations.bits == memory(program).activation_bits
    assert CostModel(network, QCAPSNETS).of_program(program).activations == Tally(
        8, 4 * 8 + 2 * 5 + 2 * 6
    )


def test_tallies() -> None:
    """Given words and bits, when their size is asked, then MB are 10**6 bytes and MiB 2**20."""
    assert Tally(0, 0).ratio == 1.0
    tally = Tally(6_804_384, 32 * 6_804_384)
    assert (tally.ratio, tally.megabytes) == (1.0, 27.217536)
    assert Tally(1, 2**23).mebibytes == 1.0


def test_a_foreign_program_is_named() -> None:
    """Given a Program of another network, when counted, then rejected."""
    model = CostModel(small_architecture())
    assert rejection_of(lambda: model.of_program(one_step_program())) == Rejected(
        Reason.TENSOR_MISSING, "one-step has no tensor 'pixels': not of small"
    )


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_products_have_factors(name: str) -> None:
    """Given an operation with products, when asked, then it names both factors, or has parts."""
    case = EXAMPLES[name]
    operation = operation_of(case.params)
    shapes = {port: given.shape for port, given in case.inputs.items()}
    has = operation.macs(case.params, shapes) > 0 and not operation.expand(case.params, shapes)
    found = factors(case.params, shapes) if not operation.expand(case.params, shapes) else None
    assert (found is not None) == has
    assert set(found or ()) <= set(shapes)

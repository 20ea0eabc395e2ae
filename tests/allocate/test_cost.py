"""The cost of widths: published figures, and small networks by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from fxcaps.allocate import PROGRAM, QCAPSNETS, Accounting, CostModel, Tally
from fxcaps.network import (
    Block,
    Network,
    Step,
    architecture,
    blocks,
    capsule_cell,
    macs,
    memory,
)
from fxcaps.network.blocks import factors
from fxcaps.ops import (
    Affine,
    Concat,
    Conv2d,
    ConvRouting,
    DynamicRouting,
    Length,
    Parameters,
    Requantize,
    Reshape,
    RoutingIteration,
    Votes,
    operation_of,
)
from fxcaps.quantize.widths import table_widths
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


def deepcaps(image: int, colours: int) -> Network:
    """DeepCaps of the published code, built of cells."""
    shape: tuple[int, ...] = (image, image, 128)
    statistics = Affine.from_ratios([1] * 128, [0] * 128, relu=True)
    steps = [
        _step(
            "conv1",
            Conv2d(padding=(1, 1, 1, 1)),
            "conv1.maps",
            x="pixels",
            weight="conv1.weight",
            bias="conv1.bias",
        ),
        _step("conv1.bn", statistics, "conv1", x="conv1.maps"),
    ]
    expected: dict[str, tuple[int, ...]] = {
        "conv1.weight": (128, 3, 3, colours),
        "conv1.bias": (128,),
    }
    source, flat = "conv1", []
    for number, dim in enumerate((4, 8, 8, 8), start=1):
        routing = ConvRouting(iterations=(RoutingIteration(),) * 3) if number == 4 else None
        cell = capsule_cell(f"block{number}", source, shape, types=32, dim=dim, routing=routing)
        steps += cell.steps
        expected |= cell.expected
        source, shape = cell.output, cell.shape
        if number > 2:
            capsules = (shape[0] * shape[1] * shape[2], shape[3])
            name = f"caps{number}"
            steps.append(_step(name, Reshape(shape=capsules), name, x=source))
            flat.append(capsules[0])
    count = sum(flat)
    expected |= {"digit.weight": (count, 10, 32, 8), "digit.bias": (10, 32)}
    routing = DynamicRouting(iterations=(RoutingIteration(),) * 3)
    ports = operation_of(routing).outputs(routing)
    steps += [
        _step("concat", Concat(axis=0), "concat", x="caps3", y="caps4"),
        _step("votes", Votes(), "digit.votes", u="concat", weight="digit.weight"),
        Step(
            "digit",
            routing,
            {"votes": "digit.votes", "bias": "digit.bias"},
            {port: f"digit.{port}" for port in ports},
        ),
        _step("length", Length(), "length", x="digit.v2"),
    ]
    pixels = {"pixels": Signature((image, image, colours), Format.parse("u8f8"))}
    return Network("deepcaps", pixels, tuple(steps), ("length",), expected)


def _step(name: str, params: Parameters, output: str, **inputs: str) -> Step:
    return Step(name, params, inputs, {"out": output})


@pytest.mark.parametrize(
    ("image", "colours", "parameters", "layers"),
    [(28, 1, DEEP_28, DEEP_28_LAYERS), (64, 3, DEEP_64, DEEP_64_LAYERS)],
)
def test_deepcaps_as_published(
    image: int, colours: int, parameters: tuple[int, ...], layers: tuple[int, ...]
) -> None:
    """Given DeepCaps as a Network, when its blocks are counted as published, then those figures."""
    model = CostModel(deepcaps(image, colours), QCAPSNETS)
    weights = [
        sum(math.prod(model.shapes[name]) for name in block.weights) + block.held
        for block in model.blocks
    ]
    assert weights == list(parameters)
    counted = [sum(math.prod(model.shapes[n]) for n in block.layers) for block in model.blocks]
    assert counted == [layers[0] + layers[1], *layers[2:]]
    assert model.counted_activations[:3] == ("pixels", "conv1", "block1.l1.flat")
    assert model.cost({"*": 7}).weights == Tally(sum(parameters), 7 * sum(parameters))


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
    """Given numbers that an affine step holds, when counted, then at its block's widest weights."""
    model = CostModel(deepcaps(28, 1), QCAPSNETS)
    bits = {"*": 7, "conv1.weight": 3, "conv1.bias": 5}
    found = model.cost(bits).weights.bits - 7 * sum(DEEP_28[1:])
    assert found == 1152 * 3 + 128 * 5 + 256 * 5
    without = CostModel(deepcaps(28, 1), replace(QCAPSNETS, held=False)).cost(bits)
    assert without.weights.bits == found - 256 * 5 + 7 * sum(DEEP_28[1:])


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

"""Parameters, multiply-accumulates and memory, against published and hand-made counts."""

from __future__ import annotations

import math

import pytest

from fxcaps.network import ARCHITECTURES, Memory, architecture, macs, memory, parameters
from tests.network.build import one_step_program, small_network, small_program
from tests.network.deep import DEEPCAPS

SHALLOW = {
    "conv.weight": 256 * 81,
    "conv.bias": 256,
    "primary.weight": 256 * 81 * 256,
    "primary.bias": 256,
    "digit.weight": 1_474_560,
    "digit.bias": 160,
}

SMALL = {
    "conv.weight": 16 * 49,
    "conv.bias": 16,
    "primary.weight": 64 * 49 * 16,
    "primary.bias": 64,
    "digit.weight": 1024 * 10 * 6 * 4,
}

SHALLOW_MACS = {
    "conv": 8_294_400,
    "primary.conv": 191_102_976,
    "votes": 1_474_560,
    "digit": 921_600,
}

SMALL_MACS = {
    "conv": 379_456,
    "primary.conv": 3_211_264,
    "votes": 245_760,
    "digit": 307_200,
}

OBJECTS = {
    "conv.weight": 32 * 9 * 3,
    "conv.bias": 32,
    "conv2.weight": 32 * 9 * 32,
    "conv2.bias": 32,
    "conv3.weight": 64 * 9 * 32,
    "conv3.bias": 64,
    "conv4.weight": 64 * 9 * 64,
    "conv4.bias": 64,
    "primary.weight": 64 * 9 * 64,
    "primary.bias": 64,
    "digit.weight": 64 * 10 * 5 * 4,
}

OBJECTS_MACS = {
    "conv": 30 * 30 * 32 * 9 * 3,
    "conv2": 28 * 28 * 32 * 9 * 32,
    "conv3": 13 * 13 * 64 * 9 * 32,
    "conv4": 6 * 6 * 64 * 9 * 64,
    "primary.conv": 2 * 2 * 64 * 9 * 64,
    "votes": 12_800,
    "digit": 5 * 64 * 10 * 5,
}

TOYS = {
    "conv.weight": 32 * 49 * 2,
    "conv.bias": 32,
    "primary.weight": 64 * 49 * 32,
    "primary.bias": 64,
    "digit.weight": 1600 * 5 * 6 * 4,
}

TOYS_MACS = {
    "conv": 26 * 26 * 32 * 49 * 2,
    "primary.conv": 10 * 10 * 64 * 49 * 32,
    "votes": 192_000,
    "digit": 5 * 1600 * 5 * 6,
}

COUNTS = {
    "mnist-small": (SMALL | {"digit.bias": 60}, 296_860, SMALL_MACS, 4_143_680),
    "q7-mnist": (SMALL, 296_800, SMALL_MACS, 4_143_680),
    "q7-cifar10": (OBJECTS, 115_296, OBJECTS_MACS, sum(OBJECTS_MACS.values())),
    "q7-smallnorb": (TOYS, 295_584, TOYS_MACS, sum(TOYS_MACS.values())),
    "shallowcaps": (SHALLOW, 6_804_384, SHALLOW_MACS, 201_793_536),
    "shallowcaps-routed": (
        SHALLOW,
        6_804_384,
        SHALLOW_MACS | {"primary.sum": 1152 * 8},
        201_793_536 + 1152 * 8,
    ),
}
"""Architecture -> parameters by tensor and in all, multiply-accumulates by step and in all."""


def test_every_architecture_is_counted() -> None:
    """Given the architectures, when listed, then each stands here or among those of DeepCaps."""
    assert set(ARCHITECTURES) == {*COUNTS, *DEEPCAPS}


@pytest.mark.parametrize("name", COUNTS)
def test_parameters_and_macs(name: str) -> None:
    """Given an architecture, when counted, then parameters and products are the published ones."""
    tensors, total, products, all_products = COUNTS[name]
    network = architecture(name)
    assert parameters(network) == tensors
    assert sum(tensors.values()) == total
    assert macs(network.steps, network.shapes()) == products
    assert sum(products.values()) == all_products


def test_layers_of_shallowcaps() -> None:
    """Given ShallowCaps, when its layers are summed, then they are those of Sabour et al."""
    counts = parameters(architecture("shallowcaps"))
    assert counts["conv.weight"] + counts["conv.bias"] == 20_992
    assert counts["primary.weight"] + counts["primary.bias"] == 5_308_672
    shapes = architecture("shallowcaps").shapes()
    assert {name: shapes[name] for name in ("conv", "primary.maps", "primary", "digit.v2")} == {
        "conv": (20, 20, 256),
        "primary.maps": (6, 6, 256),
        "primary": (1152, 8),
        "digit.v2": (10, 16),
    }
    assert math.prod(shapes["digit.votes"]) == 184_320


def test_a_program_costs_what_its_network_does() -> None:
    """Given a small network, when lowered, then its multiply-accumulates stay."""
    network = small_network(routed=True)
    program = small_program(network)
    shapes = {name: entry.shape for name, entry in program.tensors.items()}
    expected = {
        "conv": 6 * 6 * 2 * 9,
        "primary.conv": 2 * 2 * 6 * 18,
        "primary.sum": 8 * 3,
        "votes": 8 * 3 * 2 * 3,
        "digit": (3 + 2) * 8 * 3 * 2,
    }
    assert macs(program.steps, shapes) == macs(network.steps, network.shapes()) == expected


def test_memory_of_a_small_program() -> None:
    """Given widths per tensor, when memory is summed, then every named tensor counts once."""
    program = small_program(small_network(iterations=1), width={"*": 6, "*.bias": 9, "conv": 3})
    weights, biases = 2 * 9 + 6 * 18 + 8 * 3 * 2 * 3, 2 + 6 + 6
    # primary.maps, .s and primary; votes; b0, c0; s0, v0; length
    others = 64 + 3 * 24 + 48 + 2 * 24 + 2 * 6 + 3
    expected = Memory(
        weight_bits=6 * weights + 9 * biases,
        activation_bits=8 * 64 + 3 * 72 + 6 * others + 2,
        weights=weights + biases,
        activations=64 + 72 + others + 1,
    )
    assert memory(program) == expected
    assert expected.weight_ratio == 32 * 284 / (6 * 270 + 9 * 14)
    assert expected.activation_ratio == 32 * 384 / (512 + 216 + 6 * 247 + 2)


def test_memory_without_weights() -> None:
    """Given a Program without constants, when memory is summed, then weights take none."""
    found = memory(one_step_program())
    assert found == Memory(0, 2 * 8 + 2 * 4, 0, 4)
    assert (found.weight_ratio, found.activation_ratio) == (1.0, 32 * 4 / 24)
    assert Memory(0, 0, 0, 0).activation_ratio == 1.0

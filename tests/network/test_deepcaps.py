"""DeepCaps: published counts, the float forward by hand, narrow and whole networks in words."""

from __future__ import annotations

import json
from dataclasses import replace
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fxcaps.network import (
    DeepCapsCode,
    Network,
    Program,
    architecture,
    expand,
    forward,
    load_network,
    load_program,
    macs,
    memory,
    parameters,
    predict,
    run,
    save_network,
    save_program,
    save_trace,
)
from fxcaps.ops import Affine, Requantize
from fxcaps.quantize import HARDWARE, calibrate, lower, quantize_network
from fxcaps.real import REAL
from fxcaps.types import Reason, Shape
from tests.network.build import ON_ENGINE, ON_SPEC, outcome
from tests.network.deep import DEEPCAPS, EPSILON, images, narrow, statistics, trained
from tests.support.data import real_file
from tests.support.floats import assert_close
from tests.support.outcomes import Rejected, rejection_of

Floats = NDArray[np.float64]

BLOCKS = {
    28: [1_536, 590_336, 2_065_408, 2_360_320, 1_789_184, 1_638_720],
    64: [3_840, 590_336, 2_065_408, 2_360_320, 1_789_184, 6_553_920],
}
"""Parameters of the first convolution, the cells and the class capsules as published."""

TOTALS = {28: (8_445_504, 267_675_648), 64: (13_363_008, 1_346_666_496)}
"""Parameters and multiply-accumulates; 267.7 and 1,346.7 million."""

WITHOUT_BIAS = 512 + 1_024 + 1_024 + 1_024
"""Biases of the cells' convolutions and of the votes, which the authors' code does not have."""

OUTPUTS = {
    28: [784, 100_352, 100_352, 50_176, 16_384, 4_096, 320],
    64: [12_288, 524_288, 524_288, 262_144, 65_536, 16_384, 320],
}
"""Words of the image and of the layers' outputs in each block, as Q-CapsNets counts them."""


def by_block(counts: dict[str, int]) -> list[int]:
    """Counts of tensors or steps of the first convolution, the cells and the class capsules."""
    blocks = ("conv.", "norm."), *((f"cell{k}.",) for k in range(1, 5)), ("digit.",)
    found = [sum(n for name, n in counts.items() if name.startswith(block)) for block in blocks]
    assert sum(found) == sum(counts.values())
    return found


@pytest.mark.parametrize("size", [28, 64])
def test_parameters_are_the_published_ones(size: int) -> None:
    """Given Q-CapsNets' form, when counted, then every block is as its code prints it.

    Scale and offset of the normalisation count as what it trained, 256 of them.
    """
    counts = parameters(architecture(f"deepcaps-{size}-qcapsnets"))
    assert by_block(counts) == BLOCKS[size]
    assert (counts["norm.scale"], counts["norm.offset"]) == (128, 128)
    assert sum(counts.values()) == TOTALS[size][0]


@pytest.mark.parametrize("size", [28, 64])
def test_parameters_of_the_authors_code(size: int) -> None:
    """Given the Keras form, when counted, then only the biases that it does not have are less."""
    keras, other = (
        parameters(architecture(f"deepcaps-{size}-{code.value}"))
        for code in (DeepCapsCode.KERAS, DeepCapsCode.QCAPSNETS)
    )
    assert sum(keras.values()) == TOTALS[size][0] - WITHOUT_BIAS
    assert {name: count for name, count in other.items() if name in keras} == keras
    missing = {name.rpartition(".")[2] for name in set(other) - set(keras)}
    assert missing == {"bias"}


@pytest.mark.parametrize("code", list(DeepCapsCode))
@pytest.mark.parametrize("size", [28, 64])
def test_products_are_the_published_ones(size: int, code: DeepCapsCode) -> None:
    """Given either form, when its products are counted, then they come to the published sum."""
    network = architecture(f"deepcaps-{size}-{code.value}")
    counts = macs(network.steps, network.shapes())
    capsules = {28: 640, 64: 2_560}[size]
    assert counts["conv"] == size * size * 128 * 9 * network.inputs["pixels"].shape[2]
    assert counts["votes"] == capsules * 320 * 8
    assert counts["digit"] == 5 * capsules * 320  # three sums, two agreements
    assert sum(counts.values()) == TOTALS[size][1]


@pytest.mark.parametrize("size", [28, 64])
def test_outputs_of_layers_are_the_published_ones(size: int) -> None:
    """Given a form, when the words of its layers are counted, then as Q-CapsNets counts them."""
    network = architecture(f"deepcaps-{size}-qcapsnets")
    shapes = network.shapes()
    layers = [["image"], ["norm"]]
    layers += [[f"cell{k}.{layer}" for layer in ("l1", "l2", "l3", "skip")] for k in (1, 2, 3)]
    layers += [["cell4.l1", "cell4.l2", "cell4.l3", "cell4.skip.v2"], ["digit.v2"]]
    assert [sum(prod(shapes[name]) for name in names) for names in layers] == OUTPUTS[size]


def published_name(name: str) -> str:
    """Our name of a parameter for one of Q-CapsNets' code."""
    names = {
        "capsLayer": "digit",
        "conv1.conv": "conv",
        "conv1.batchnorm.weight": "norm.scale",
        "conv1.batchnorm.bias": "norm.offset",
        "l_skip.bias": "skip.sum_bias",
        "l_skip": "skip",
        "block": "cell",
        ".conv.": ".",
    }
    for theirs, ours in names.items():
        name = name.replace(theirs, ours)
    return name


@pytest.mark.parametrize(("size", "title"), [(28, "28, 1, 10, 32"), (64, "64, 3, 10, 32")])
def test_every_tensor_of_the_published_table(size: int, title: str) -> None:
    """Given the recorded table of Q-CapsNets' code, when compared, then every tensor is there."""
    path = real_file("qcapsnets/layer_tables.json")
    table = json.loads(Path(path).read_text(encoding="utf-8"))[f"DeepCaps({title})"]
    network = architecture(f"deepcaps-{size}-qcapsnets")
    published = {published_name(row["name"]): row["count"] for row in table["parameters"]}
    assert parameters(network) == published
    assert by_block(published) == list(table["per_child"].values())
    assert sum(published.values()) == table["total"]
    for row in table["parameters"]:
        ours = network.expected.get(published_name(row["name"]), ())
        if row["name"].endswith("conv.weight") and len(ours) == 4:
            kernels, inputs, *window = row["shape"]
            assert ours == (kernels, *window, inputs)


def by_hand(code: DeepCapsCode, network: Network, pixels: NDArray[np.uint8]) -> dict[str, Floats]:
    """Cells and class capsules of one image, written as the published codes are.

    Maps have the axes (C, H, W) and capsules (types, components, H, W).
    """
    w, keras, made = network.tensors, code is DeepCapsCode.KERAS, {}
    seen = statistics(len(w["conv.bias"]))
    x = convolve(pixels.transpose(2, 0, 1) / 255, w["conv.weight"], 1, (1, 1), w["conv.bias"])
    x = np.where(x > 0, x, 0)
    x = (x - column(seen["mean"])) / np.sqrt(column(seen["variance"]) + EPSILON)
    x = x * column(seen["gamma"]) + column(seen["beta"])
    for k in range(1, 5):
        name = f"cell{k}"
        dim = w[f"{name}.l3.weight"].shape[0] // 2
        first = layer(code, w, f"{name}.l1", x, dim, 2)
        if k < 4:
            skip = layer(code, w, f"{name}.skip", maps(first), dim, 1)
        else:
            skip = routed(w, f"{name}.skip", first, keras=keras)
        second = layer(code, w, f"{name}.l2", maps(first), dim, 1)
        total = layer(code, w, f"{name}.l3", maps(second), dim, 1) + skip
        made[name] = total.transpose(2, 3, 0, 1)
        x = maps(total)
    rows = [made[name].reshape(-1, made[name].shape[-1]) for name in ("cell3", "cell4")]
    u = np.concatenate(rows[::-1] if keras else rows)
    made["capsules"] = u
    votes = np.einsum("ijab,ib->ija", w["digit.weight"], u)
    b = np.zeros(votes.shape[:2])
    for _ in range(3):
        c = np.exp(b) / np.exp(b).sum(axis=1, keepdims=True)
        v = shrink((c[..., None] * votes).sum(axis=0) + w["digit.bias"], 1, 0.0)
        b = b + (votes * v).sum(axis=2)
    made["digit.v2"] = v
    made["length"] = np.sqrt((v * v).sum(axis=1))
    return made


def column(values: Floats) -> Floats:
    """One value a channel."""
    return values[:, None, None]


def maps(capsules: Floats) -> Floats:
    """Capsules of a grid as maps."""
    return capsules.reshape(-1, *capsules.shape[2:])


def convolve(x: Floats, weight: Any, stride: int, pad: tuple[int, int], bias: Any = 0.0) -> Floats:
    """`x (C, H, W)`, zeros before and after, `weight (O, KH, KW, C)`: a window at a time."""
    x = np.pad(x, ((0, 0), pad, pad))
    rows, columns = ((extent - 3) // stride + 1 for extent in x.shape[1:])
    made = np.zeros((len(weight), rows, columns))
    for y, z in np.ndindex(rows, columns):
        window = x[:, y * stride : y * stride + 3, z * stride : z * stride + 3]
        made[:, y, z] = np.einsum("oyxc,cyx->o", weight, window) + bias
    return made


def layer(code: DeepCapsCode, w: Any, name: str, x: Floats, dim: int, stride: int) -> Floats:
    """Convolution and squash of capsules; Keras pads the even grids at their end alone."""
    keras = code is DeepCapsCode.KERAS
    pad = (0, 1) if keras and stride == 2 and x.shape[1] % 2 == 0 else (1, 1)
    s = convolve(x, w[f"{name}.weight"], stride, pad, w.get(f"{name}.bias", 0.0))
    return shrink(s.reshape(-1, dim, *s.shape[1:]), 1, 1e-7 if keras else 0.0)


def shrink(s: Floats, axes: Any, epsilon: float) -> Floats:
    """Squash over axes."""
    squares = (s * s).sum(axis=axes, keepdims=True)
    return squares / (1 + squares) * s / np.sqrt(squares + epsilon)


def routed(w: Any, name: str, u: Floats, *, keras: bool) -> Floats:
    """3-D convolution with one kernel for all types, and routing jointly over the grid."""
    types, dim, rows, columns = u.shape
    if keras:  # what its code reads is the memory of (H, W, types, components)
        u = u.transpose(2, 3, 0, 1).reshape(types, dim, rows, columns)
    weight, bias = w[f"{name}.weight"][0], w.get(f"{name}.bias", np.zeros((1, types, dim)))[0]
    kernels = weight.reshape(-1, *weight.shape[2:])
    votes = np.stack([convolve(one, kernels, 1, (1, 1), bias.ravel()) for one in u])
    votes = votes.reshape(types, types, dim, rows, columns)
    b = np.zeros((types, types, rows, columns))
    for _ in range(3):
        c = np.exp(b) / np.exp(b).sum(axis=(1, 2, 3), keepdims=True)
        s = (c[:, :, None] * votes).sum(axis=0) + w[f"{name}.sum_bias"][:, :, None, None]
        v = shrink(s, (1, 2, 3) if keras else 1, 0.0)
        b = b + (votes * v).sum(axis=2)
    return v


@pytest.mark.parametrize("code", list(DeepCapsCode))
def test_float_forward_is_the_published_code(code: DeepCapsCode) -> None:
    """Given a narrow network, when run in floats, then as the code does it, axis by axis."""
    network = trained(narrow(code))
    given = images(network, 3)
    (found,) = forward(network, given, REAL)
    for index, pixels in enumerate(given):
        for name, values in by_hand(code, network, pixels).items():
            assert_close(found[name][index], values, 1e-12, name)
    assert np.ptp(found["length"]) > 0.05


def _program(code: DeepCapsCode, **choices: Any) -> Program:
    network = trained(narrow(code))
    return quantize_network(network, images(network, 4, seed=2), REAL, **choices)


@pytest.mark.parametrize("code", list(DeepCapsCode))
@pytest.mark.parametrize("exact", [False, True])
def test_engine_and_specification_agree(code: DeepCapsCode, exact: bool) -> None:
    """Given a narrow network in words, when run on both, then every tensor and event is equal."""
    exactly = {"squash": "exact", "softmax": "exact"}
    arithmetic = replace(HARDWARE, algorithms=exactly) if exact else HARDWARE
    program = _program(code, width=6, arithmetic=arithmetic)
    given = images(narrow(code), 2)
    options: dict[str, Any] = {"keep": program.traced}
    on_engine = run(program, given, ON_ENGINE, **options)
    assert outcome(on_engine) == outcome(run(program, given, ON_SPEC, **options))
    assert on_engine.undecided == {}
    assert set(on_engine.words) == set(program.traced)
    for name in ("norm", "cell1", "cell2", "cell3", "cell4", "capsules", "digit.v2"):
        assert len(np.unique(on_engine.words[name])) > 5, name


def test_a_narrow_network_for_digits() -> None:
    """Given the published dimensions with two types, when one image is run, then both agree."""
    network = trained(narrow(DeepCapsCode.QCAPSNETS, image=(28, 28, 1), dims=(4, 8, 8, 8)))
    given = images(network, 3)
    program = quantize_network(network, given[1:], REAL)
    on_engine, on_spec = (
        run(program, given[:1], tables, keep=program.traced) for tables in (ON_ENGINE, ON_SPEC)
    )
    assert outcome(on_engine) == outcome(on_spec)


@pytest.mark.parametrize("code", list(DeepCapsCode))
def test_capsules_of_two_cells_share_a_format(code: DeepCapsCode) -> None:
    """Given widths by block, when lowered, then each keeps its own and one is converted."""
    widths = {"*": 9, "cell3*": 7, "cell4*": 6}
    program = _program(code, width=widths)
    tensors = program.tensors
    assert (tensors["cell3"].format.width, tensors["cell4"].format.width) == (7, 6)
    steps = {step.name: step for step in program.steps}
    ports = steps["capsules"].inputs
    converted = {
        step.name: step.inputs["x"] for step in program.steps if step.name in ports.values()
    }
    order = ["cell4.out", "cell3.out"] if code is DeepCapsCode.KERAS else ["cell3.out", "cell4.out"]
    added = {name: converted[name] for name in ports.values() if name.startswith("capsules.")}
    assert [added.get(name, name) for name in ports.values()] == order
    assert added
    assert all(isinstance(steps[name].params, Requantize) for name in added)
    assert tensors["capsules"].format.width == 7
    assert tensors[ports["x"]].format == tensors[ports["y"]].format == tensors["capsules"].format


@pytest.mark.parametrize("code", list(DeepCapsCode))
def test_files(code: DeepCapsCode, tmp_path: Path) -> None:
    """Given network, Program and trace, when written and read, then nothing has changed."""
    network = trained(narrow(code))
    save_network(network, tmp_path / "narrow.npz")
    read = load_network(tmp_path / "narrow.npz")
    assert read.steps == network.steps
    given = images(network, 3)
    assert np.array_equal(
        predict(read, given, REAL)["length"], predict(network, given, REAL)["length"]
    )
    program = _program(code)
    save_program(program, tmp_path / "program")
    assert load_program(tmp_path / "program").digest == program.digest
    flat = expand(program)
    whole = run(program, given, ON_ENGINE, keep=program.traced)
    assert run(flat, given, ON_ENGINE).digest == whole.digest
    save_trace(whole, tmp_path / "trace")
    assert (tmp_path / "trace").exists()


def test_named_arrays_alone_are_refused(tmp_path: Path) -> None:
    """Given arrays without description, when loaded as DeepCaps, then the statistics are missed."""
    np.savez(tmp_path / "bare.npz", allow_pickle=False, **{"conv.bias": np.zeros(128)})
    path = tmp_path / "bare.npz"
    assert rejection_of(lambda: load_network(path, name="deepcaps-28-16")) == Rejected(
        Reason.FILE_FOREIGN,
        f"{path}: named arrays alone do not hold norm.scale, norm.offset of deepcaps-28-16; the "
        "archive needs its description.json",
    )


def test_normalisation_counts_as_floats() -> None:
    """Given a Program, when its memory is summed, then scale and offset have 32 bits each."""
    program = _program(DeepCapsCode.QCAPSNETS, width=5)
    words = sum(int(np.prod(tensor.shape)) for tensor in program.constants.values())
    found = memory(program)
    assert (found.weights, found.weight_bits) == (words + 6, 5 * words + 32 * 6)
    norm = next(step.params for step in program.steps if step.name == "norm")
    assert isinstance(norm, Affine)
    assert norm.channels == 3


def test_deepcaps_28_in_words() -> None:
    """Given DeepCaps for digits with random weights, when run in 8 bits, then near its floats.

    The float lengths lie within 0.02 of the words; the wiring of ports and formats is right, or
    they would not.
    """
    network = trained(architecture("deepcaps-28-qcapsnets"))
    given = images(network, 4)
    program = lower(network, calibrate(network, given, REAL), width=8)
    found = run(program, given, ON_ENGINE, keep=("capsules",))
    assert found.undecided == {}
    lengths = found.words["length"] * 2.0 ** -program.tensors["length"].format.frac
    expected = predict(network, given, REAL)["length"]
    assert found.words["capsules"].shape == (4, 640, 8)
    assert np.abs(lengths - expected).max() < 0.02
    assert np.ptp(expected) > 0.05


@pytest.mark.parametrize("name", DEEPCAPS)
def test_shapes(name: str) -> None:
    """Given an architecture, when traced, then grids and capsules are the published ones."""
    shapes: dict[str, Shape] = architecture(name).shapes()
    types = 16 if name.endswith("16") else 32
    grids = (14, 7, 4, 2) if "28" in name else (32, 16, 8, 4)
    dims = (4, 8, 8, 8)
    for k, (grid, dim) in enumerate(zip(grids, dims, strict=True), start=1):
        assert shapes[f"cell{k}"] == (grid, grid, types, dim)
    count = types * (grids[2] ** 2 + grids[3] ** 2)
    assert shapes["capsules"] == (count, 8)
    assert shapes["digit.v2"] == (10, 32)

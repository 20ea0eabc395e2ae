"""dense, affine, relu, add and mask as steps of a float Network and of its Program.

The network has the beginning of a DeepCaps (convolution, ReLU, normalisation, a skip connection)
and the head of Sabour et al. (routing, lengths, class) with the decoder behind it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fxcaps.network import (
    Network,
    Program,
    Step,
    expand,
    load_network,
    load_program,
    macs,
    predict,
    run,
    save_network,
    save_program,
)
from fxcaps.ops import (
    Add,
    Affine,
    ArgmaxWords,
    Arithmetic,
    Conv2d,
    Dense,
    DynamicRouting,
    Length,
    Mask,
    Parameters,
    Quantize,
    Relu,
    Reshape,
    RoutingIteration,
    SquashExact,
    Votes,
    operation_of,
)
from fxcaps.quantize import HARDWARE, fold_batch_norm, quantize_network
from fxcaps.real import REAL
from fxcaps.types import Check, Event, Format, Overflow, Rounding, Shape, Signature
from tests.network.build import ON_ENGINE, ON_SPEC, outcome, random_tensors, small_images

EXPECTED: dict[str, Shape] = {
    "conv.weight": (4, 3, 3, 1),
    "conv.bias": (4,),
    "long.weight": (4, 3, 3, 4),
    "digit.weight": (9, 3, 3, 4),
    "fc1.weight": (7, 9),
    "fc1.bias": (7,),
    "fc2.weight": (64, 7),
    "fc2.bias": (64,),
}


def normalisation() -> Affine:
    """Batch normalisation of four channels, as trained doubles give it."""
    random = np.random.default_rng(8)
    gamma, beta, mean = random.normal(1.0, 0.3, (3, 4))
    variance = random.uniform(0.2, 2.0, 4)
    return fold_batch_norm(gamma, beta, mean, variance, epsilon=1e-5)


def architecture() -> Network:
    """8 x 8 images, a skip over one convolution, 9 capsules of 4 to 3 of 3, 64 pixels again."""
    routing = DynamicRouting(iterations=(RoutingIteration(),) * 2)
    routed = {port: f"digit.{port}" for port in operation_of(routing).outputs(routing)}
    steps: list[tuple[str, Parameters, dict[str, str]]] = [
        ("image", Quantize(denominator=255), {"x": "pixels"}),
        (
            "conv",
            Conv2d(stride=(2, 2)),
            {"x": "image", "weight": "conv.weight", "bias": "conv.bias"},
        ),
        ("relu", Relu(), {"x": "conv"}),
        ("norm", normalisation(), {"x": "relu"}),
        ("long", Conv2d(padding=(1, 1, 1, 1)), {"x": "norm", "weight": "long.weight"}),
        ("skip", Add(), {"a": "long", "b": "norm"}),
        ("capsules", Reshape(shape=(9, 4)), {"x": "skip"}),
        ("primary", SquashExact(), {"x": "capsules"}),
        ("votes", Votes(), {"u": "primary", "weight": "digit.weight"}),
        ("digit", routing, {"votes": "votes"}),
        ("length", Length(), {"x": "digit.v1"}),
        ("class", ArgmaxWords(), {"x": "length"}),
        ("masked", Mask(axis=0, flatten=True), {"x": "digit.v1", "index": "class"}),
        ("fc1", Dense(relu=True), {"x": "masked", "weight": "fc1.weight", "bias": "fc1.bias"}),
        ("fc2", Dense(), {"x": "fc1", "weight": "fc2.weight", "bias": "fc2.bias"}),
    ]
    return Network(
        "decoding",
        {"pixels": Signature((8, 8, 1), Format(signed=False, width=8, frac=0))},
        tuple(
            Step(name, params, inputs, routed if name == "digit" else {"out": name})
            for name, params, inputs in steps
        ),
        ("length", "class", "fc2"),
        EXPECTED,
    )


@cache
def network() -> Network:
    """With random weights."""
    made = architecture()
    return made.with_tensors(random_tensors(made, seed=4))


def program(width: Any = 8, arithmetic: Arithmetic = HARDWARE) -> Program:
    """In integers, calibrated with other images than those that run."""
    return quantize_network(
        network(), small_images(12, seed=2), REAL, width=width, arithmetic=arithmetic
    )


WRAPPING = Arithmetic(
    rounding=Rounding.TIES_TO_EVEN,
    overflow=Overflow.WRAP,
    algorithms={"squash": "exact", "softmax": "exact"},
)


@pytest.mark.parametrize("width", [4, 8, 13])
@pytest.mark.parametrize("arithmetic", [HARDWARE, WRAPPING], ids=["hardware", "exact"])
def test_engine_and_spec_agree(width: int, arithmetic: Arithmetic) -> None:
    """Given the Program, when run on engine and spec, then every word and event agrees."""
    made = program(width, arithmetic)
    images = small_images(4)
    found = run(made, images, ON_ENGINE, keep=tuple(made.tensors))
    expected = run(made, images, ON_SPEC, keep=tuple(made.tensors))
    assert outcome(found) == outcome(expected)
    for name in ("conv", "norm", "skip", "fc1", "fc2"):
        assert Event.INEXACT in found.events[name]
    if width == 8 and arithmetic is HARDWARE:
        assert found.undecided == {}  # not even the rationals of doubles are left open
    flat = run(expand(made), images, ON_ENGINE, keep=made.outputs)
    assert {name: flat.words[name].tolist() for name in made.outputs} == {
        name: found.words[name].tolist() for name in made.outputs
    }


def test_the_decoder_sees_one_capsule() -> None:
    """Given a run, when the mask's words are read, then they are those of the class alone."""
    made = program()
    found = run(made, small_images(6), ON_ENGINE, keep=tuple(made.tensors))
    capsules, classes = found.words["digit.v1"], found.words["class"]
    kept = np.zeros_like(capsules)
    rows = np.arange(6)
    kept[rows, classes] = capsules[rows, classes]
    assert kept.any()
    assert found.words["masked"].tolist() == kept.reshape(6, 9).tolist()


def test_formats_signs_and_registers() -> None:
    """Given the Program, when its table is read, then the rules of each step are in it."""
    made = program()
    formats = {name: entry.format for name, entry in made.tensors.items()}
    unsigned = {name for name, format in formats.items() if not format.signed}
    assert unsigned == {"pixels", "image", "relu", "digit.c0", "digit.c1", "length", "class", "fc1"}
    assert formats["masked"] == formats["digit.v1"]
    assert formats["long"] != formats["norm"]  # the skip joins two formats
    params: dict[str, Any] = {step.name: step.params for step in made.steps}
    assert params["norm"] == normalisation()
    assert params["masked"] == Mask(axis=0, flatten=True)
    for name in ("fc1", "fc2"):
        register = params[name].accumulator
        assert (register.check, register.format.signed) == (Check.EXACT, True)
        x, weight = next(
            (formats[step.inputs["x"]], formats[step.inputs["weight"]])
            for step in made.steps
            if step.name == name
        )
        assert register.format.frac == x.frac + weight.frac
    shapes = {name: entry.shape for name, entry in made.tensors.items()}
    counted = macs(made.steps, shapes)
    assert (counted["fc1"], counted["fc2"]) == (63, 448)
    assert "norm" not in counted


def test_arithmetic_reaches_the_steps() -> None:
    """Given other modes, when lowered, then affine, relu, add and dense have them."""
    params: dict[str, Any] = {step.name: step.params for step in program(arithmetic=WRAPPING).steps}
    for name in ("norm", "relu", "skip", "fc1", "fc2"):
        assert (params[name].rounding, params[name].overflow) == (
            Rounding.TIES_TO_EVEN,
            Overflow.WRAP,
        )
    plain = replace(params["norm"], rounding=Rounding.TIES_TO_POS_INF, overflow=Overflow.SATURATE)
    assert plain == normalisation()


def test_wide_words_come_close_to_floats() -> None:
    """Given more bits, when run, then reconstructions come as close to the float forward."""
    images = small_images(6)
    expected = predict(network(), images, REAL)
    exact = replace(WRAPPING, overflow=Overflow.SATURATE)
    for width in (10, 14, 18):
        made = program(width, exact)
        found = run(made, images, ON_ENGINE)
        assert found.words["class"].tolist() == expected["class"].astype(int).tolist()
        step = float(made.tensors["fc2"].format.step)
        errors: NDArray[np.float64] = np.abs(found.words["fc2"] * step - expected["fc2"])
        assert float(errors.max()) < 64 * 2.0**-width


def test_files_keep_the_rationals(tmp_path: Path) -> None:
    """Given Network and Program, when written and read, then integers of any size are kept."""
    save_network(network(), tmp_path / "net.npz")
    read = load_network(tmp_path / "net.npz")
    assert read.steps == network().steps
    made = program()
    save_program(made, tmp_path / "program")
    assert load_program(tmp_path / "program").digest == made.digest
    norm = next(step.params for step in read.steps if step.name == "norm")
    assert isinstance(norm, Affine)
    assert max(norm.offset_denominator) > 1 << 64

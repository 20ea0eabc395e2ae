"""Every recorded case of the published Q7-CapsNets kernels, by engine and by specification.

The recordings stay with the data sets; the tests skip where these are absent.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from fxcaps.engine import ENGINE
from fxcaps.network.dispatch import Tables, apply
from fxcaps.ops import (
    Add,
    AddLanes,
    AddShift,
    Agreement,
    ArgmaxSticky,
    ArgmaxWords,
    Conv2d,
    Conv2dPulp,
    Dense,
    Isqrt,
    Length,
    Relu,
    SoftmaxQ7,
    SquashQ7,
)
from fxcaps.ops.batch import Words
from fxcaps.spec import SPEC
from fxcaps.types import Format, Overflow, Rounding
from tests.support.data import real_file
from tests.support.q7 import (
    PRODUCTS,
    TARGETS,
    Ints,
    Recorded,
    Target,
    cases,
    convolved,
    layer,
    made,
)

ENGINE_FIRST, SPEC_ALONE = Tables(SPEC, ENGINE), Tables(SPEC)
BOTH = pytest.mark.parametrize(
    "tables", [ENGINE_FIRST, SPEC_ALONE], ids=["engine", "specification"]
)
EVERY = pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)


def few(found: list[Recorded], tables: Tables, step: int) -> list[Recorded]:
    """All cases on the engine, one in so many where plain integers take long."""
    return found if tables is ENGINE_FIRST else found[::step]


def check(found: list[Recorded], compute: Callable[[Recorded], Ints], name: str) -> None:
    """Every word of every case, in C order, is the recorded one."""
    assert found
    for number, case in enumerate(found):
        assert compute(case).ravel().tolist() == case[name].tolist(), (name, number)


@BOTH
@pytest.mark.parametrize("name", ["out_arm", "out_gap8"])
def test_squash(name: str, tables: Tables) -> None:
    """Given 600 recorded tensors, when squashed, then every word is that of either target."""

    def compute(case: Recorded) -> Ints:
        x = case["x"].reshape(case["rows"], case["cols"])
        given = x, f"s8f{case['in_qn']}"
        return made(SquashQ7(row_offset_bits=16), tables, f"s8f{case['out_qn']}", x=given)

    check(cases("squash"), compute, name)


@BOTH
@pytest.mark.parametrize("name", ["out_arm", "out_gap8"])
def test_squash_beyond_its_offsets(name: str, tables: Tables) -> None:
    """Given 17,000 rows of 4, when found by 16 bits, then 616 are missed, as many made twice."""
    with np.load(real_file("q7/kernel_squash_uint16wrap.npz"), allow_pickle=False) as file:
        given = dict(file)
    format, out = f"s8f{given['in_qn']}", f"s8f{given['out_qn']}"
    params = SquashQ7(row_offset_bits=16)
    # One tensor of 17,000 rows, so that it is not a batch of vectors.
    x = given["x"]
    found = _whole(params, x, format, out, tables)
    assert found.tolist() == given[name].tolist()
    assert found[16384:].tolist() == x[16384:].tolist()
    reaching = _whole(SquashQ7(), x, format, out, tables)
    differ = np.flatnonzero((found != reaching).any(axis=1))
    assert set(differ) <= {*range(616), *range(16384, 17000)}
    assert len(differ) > 616


def _whole(params: SquashQ7, x: Ints, format: str, out: str, tables: Tables) -> Ints:
    """All rows as one sample."""
    inputs = {"x": Words(x[None].astype(np.int64), Format.parse(format))}
    words: Ints = apply(params, inputs, {"out": Format.parse(out)}, tables).outputs["out"][0]
    return words


@BOTH
@EVERY
def test_softmax(target: Target, tables: Tables) -> None:
    """Given 750 recorded vectors, when coupled, then every word is the target's."""

    def compute(case: Recorded) -> Ints:
        return made(SoftmaxQ7(constant=target.constant), tables, "s8f7", x=(case["x"], "s8f5"))

    check(cases("softmax"), compute, f"out_{target.name}")


@BOTH
@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("out_arm", lambda shift: AddShift(shift=shift)),
        ("out_gap8", lambda shift: AddLanes(shift=shift)),
    ],
)
def test_addition(name: str, make: Callable[[int], Add], tables: Tables) -> None:
    """Given 300 recorded matrices, when added, then every word is the target's."""

    def compute(case: Recorded) -> Ints:
        shape = case["rows"], case["cols"]
        a, b = ((case[port].reshape(shape), "s8f0") for port in "AB")
        return made(make(case["out_rshift"]), tables, "s8f0", a=a, b=b)

    check(cases("mat_add_q7"), compute, name)


@BOTH
def test_addition_by_formats(tables: Tables) -> None:
    """Given fractions that say the shift, when added without a name, then Arm's words."""

    def compute(case: Recorded) -> Ints:
        params = Add(rounding=Rounding.TOWARD_ZERO)
        a, b = ((case[port], "s8f0") for port in "AB")
        return made(params, tables, f"s8f{-case['out_rshift']}", a=a, b=b)

    check(cases("mat_add_q7"), compute, "out_arm")


@BOTH
def test_matrix_product(tables: Tables) -> None:
    """Given 400 recorded matrices, when multiplied toward zero, then every word of both."""

    def compute(case: Recorded) -> Ints:
        a, b = case["A"].reshape(case["m"], case["k"]), case["B"].reshape(case["k"], case["n"])
        out = f"s8f{-case['out_rshift']}"
        return made(Dense(**PRODUCTS), tables, out, x=(a, "s8f0"), weight=(b.T, "s8f0"))

    check(few(cases("mat_mult_q7_trb"), tables, 4), compute, "out")


@BOTH
def test_squared_norm(tables: Tables) -> None:
    """Given 200 recorded vectors, when multiplied by themselves, then their squared norms."""

    def compute(case: Recorded) -> Ints:
        v = case["x"][None]
        return made(Agreement(), tables, "u32f0", votes=(v[None], "s8f0"), v=(v, "s8f0"))

    found = cases("vector_sq_norm")
    for case in few(found, tables, 4):
        assert compute(case).tolist() == [[case["out"]]]


@pytest.mark.parametrize("name", ["out_arm", "out_gap8"])
def test_integer_root(name: str) -> None:
    """Given 73,537 recorded radicands up to 2**32 - 1, when rooted, then every root."""
    with np.load(real_file("q7/kernel_int_sqrt.npz"), allow_pickle=False) as file:
        given = dict(file)
    for tables in (ENGINE_FIRST, SPEC_ALONE):
        found = made(Isqrt(), tables, "u32f0", x=(given["s"].astype(np.int64), "u32f0"))
        assert np.array_equal(found, given[name])


@BOTH
@pytest.mark.parametrize(
    ("name", "overflow"), [("out_arm", Overflow.SATURATE), ("out_gap8", Overflow.WRAP)]
)
def test_length(name: str, overflow: Overflow, tables: Tables) -> None:
    """Given 200 recorded capsule tensors, when measured, then saturated, or wrapped on GAP8."""

    def compute(case: Recorded) -> Ints:
        x = case["x"].reshape(case["num_caps"], case["dim_caps"])
        return made(Length(overflow=overflow), tables, "s8f0", x=(x, "s8f0"))

    check(cases("capsule_length_q7"), compute, name)


@BOTH
@pytest.mark.parametrize(
    ("name", "make", "options"),
    [
        ("out_arm", Conv2d, {}),
        ("out_arm_relu", Conv2d, {"relu": True}),
        ("out_gap8", Conv2dPulp, {}),
        ("out_gap8_relu", Conv2dPulp, {"relu": True}),
    ],
)
def test_convolution(
    name: str, make: Callable[..., Conv2d], options: dict[str, Any], tables: Tables
) -> None:
    """Given 250 recorded convolutions, when convolved, then every word is the target's."""

    def compute(case: Recorded) -> Ints:
        out = f"s8f{-case['out_rshift']}"
        return convolved(case, make, tables, out, case["ch_out"], bias=case["b"], **options)

    check(few(cases("conv_HWC_q7"), tables, 10), compute, name)


@BOTH
def test_relu_of_gap8_in_two_steps(tables: Tables) -> None:
    """Given the same, when they wrap into 16 bits and are then clipped, then GAP8's words."""

    def compute(case: Recorded) -> Ints:
        out = f"s16f{-case['out_rshift']}"
        wrap = {"bias": case["b"], "overflow": Overflow.WRAP}
        wide = convolved(case, Conv2d, tables, out, case["ch_out"], **wrap)
        return made(Relu(), tables, f"s8f{-case['out_rshift']}", x=(wide, out))

    found = cases("conv_HWC_q7")
    check(few(found, tables, 10), compute, "out_gap8_relu")
    differ = sum(case["out_gap8_relu"].tolist() != case["out_arm_relu"].tolist() for case in found)
    assert differ == 18  # otherwise nothing here wraps


@BOTH
def test_convolution_without_a_bias(tables: Tables) -> None:
    """Given 100 recorded convolutions, when the last odd pixel has no half, then GAP8's words.

    With a bias of zero they are Arm's.
    """

    def compute(case: Recorded) -> Ints:
        out = f"s8f{-case['out_rshift']}"
        return convolved(case, Conv2dPulp, tables, out, case["ch_out"], bias=None)

    def with_zeros(case: Recorded) -> Ints:
        zeros = np.zeros(case["ch_out"], np.int64)
        case = Recorded(dict(case.arrays) | {"bias_lshift": 0})
        out = f"s8f{-case['out_rshift']}"
        return convolved(case, Conv2d, tables, out, case["ch_out"], bias=zeros)

    found = few(cases("conv_gap8_nobias"), tables, 5)
    check(found, compute, "out_gap8_nobias")
    check(found, with_zeros, "out_arm_zero_bias")


@BOTH
@pytest.mark.parametrize(("name", "make"), [("out_arm", Conv2d), ("out_gap8", Conv2dPulp)])
def test_primary_capsules(name: str, make: Callable[..., Conv2d], tables: Tables) -> None:
    """Given 150 recorded layers, when convolved and squashed, then every word of both targets."""

    def compute(case: Recorded) -> Ints:
        channels, inner = case["num_caps"] * case["dim_caps"], case["squash_in_qn"]
        # The fraction of squash is a name: the shift of the convolution is that of its products.
        out = f"s8f{-case['out_rshift']}"
        words = convolved(case, make, tables, out, channels, bias=case["b"])
        capsules = words.reshape(-1, case["dim_caps"]), f"s8f{inner}"
        params = SquashQ7(row_offset_bits=16)
        return made(params, tables, f"s8f{case['squash_out_qn']}", x=capsules)

    check(few(cases("primary_capsule_layer"), tables, 10), compute, name)


@BOTH
@EVERY
def test_capsule_layer(target: Target, tables: Tables) -> None:
    """Given 200 recorded layers, when routed, then every tensor of every iteration is equal."""
    for number, case in enumerate(few(cases("capsule_layer_q7"), tables, 20)):
        for name, words, recorded in layer(case, target, tables):
            assert words.tolist() == recorded.tolist(), (number, name)


@pytest.mark.parametrize("name", ["arm_orig", "arm_tuned", "gap8", "gap8_sticky"])
def test_predictions(name: str) -> None:
    """Given the lengths of 10,000 test images, when compared, then every prediction is equal."""
    with np.load(real_file("q7/mnist_final10000.npz"), allow_pickle=False) as file:
        given = dict(file)
    lengths = given[f"lengths_{name.removesuffix('_sticky')}"].astype(np.int64)
    params = ArgmaxSticky() if name.endswith("_sticky") else ArgmaxWords()
    found = made(params, ENGINE_FIRST, "u4f0", x=(lengths, "s8f0"))
    assert found.tolist() == given[f"pred_{name}"].tolist()
    assert (
        round(100 * float((found == given["labels"]).mean()), 2)
        == {
            "arm_orig": 98.89,
            "arm_tuned": 98.83,
            "gap8": 98.83,
            "gap8_sticky": 98.85,
        }[name]
    )

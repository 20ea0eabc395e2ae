"""Published parameter files of Q7-CapsNets: small ones, made here, and what is wrong with them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fxcaps.network import Program
from fxcaps.ops import AddShift, DynamicRouting
from fxcaps.profiles import load_profile
from fxcaps.quantize import RULES, Range, calibrate, lower
from fxcaps.quantize.q7 import q7_program, q7_ranges
from fxcaps.real import REAL
from fxcaps.types import Format, Reason
from tests.network.build import random_tensors, small_architecture, small_images
from tests.support.outcomes import Rejected, rejection_of

ARM = load_profile("q7-arm-14")
SMALL = small_architecture(bias=False)
NETWORK = SMALL.with_tensors(random_tensors(SMALL))
LOWERED = lower(
    NETWORK,
    calibrate(NETWORK, small_images(20), REAL),
    width=8,
    arithmetic=ARM.arithmetic,
    rule=RULES["q7"],
)


def parameters_of(program: Program) -> dict[str, NDArray[Any]]:
    """A Program of one convolution as a parameter file would have it."""
    frac = {name: entry.format.frac for name, entry in program.tensors.items()}
    (routing,) = (s.params for s in program.steps if isinstance(s.params, DynamicRouting))
    updates = [bundle.update for bundle in routing.iterations[:2]]
    words = program.constants
    conv, primary = (frac[source] + frac[f"{name}.weight"] for name, source in LAYERS.items())
    return {
        "conv1_wt_OHWI": words["conv.weight"].astype(np.int8),
        "conv1_bias": words["conv.bias"].astype(np.int8),
        "pcap_wt_OHWI": words["primary.weight"].astype(np.int8),
        "pcap_bias": words["primary.bias"].astype(np.int8),
        "cap_wt": words["digit.weight"].transpose(1, 0, 2, 3).astype(np.int8),
        "input_frac_bits": np.array(frac["image"]),
        "param_CONV1_STRIDE": np.array(1),
        "param_CONV1_PADDING": np.array(0),
        "param_CONV1_BIAS_LSHIFT": np.array(conv - frac["conv.bias"]),
        "param_CONV1_OUT_RSHIFT": np.array(conv - frac["conv"]),
        "param_PCAP_STRIDE": np.array(2),
        "param_PCAP_PADDING": np.array(0),
        "param_PCAP_BIAS_LSHIFT": np.array(primary - frac["primary.bias"]),
        "param_PCAP_OUT_RSHIFT": np.array(primary - frac["primary.maps"]),
        "param_PCAP_SQUASH_IN_QN": np.array(frac["primary.s"]),
        "param_PCAP_SQUASH_OUT_QN": np.array(frac["primary"]),
        "param_CAP_NUM_ROUT": np.array(3),
        "param_CAP_IN_HAT_RSHIFT": np.array(
            frac["primary"] + frac["digit.weight"] - frac["digit.votes"]
        ),
        "param_CAP_SQUASH_IN_QN": np.array([frac[f"digit.s{r}"] for r in range(3)]),
        "param_CAP_SQUASH_OUT_QN": np.array([frac[f"digit.v{r}"] for r in range(3)]),
        "param_CAP_OUT_RSHIFTS": np.array(
            [frac[f"digit.c{r}"] + frac["digit.votes"] - frac[f"digit.s{r}"] for r in range(3)]
        ),
        "param_CAP_B_INST_RSHIFTS": np.array(
            [frac["digit.votes"] + frac[f"digit.v{r}"] - frac[f"digit.a{r}"] for r in range(2)]
        ),
        "param_CAP_B_NEW_RSHIFTS": np.array([item.shift for item in updates]),  # type: ignore[attr-defined]
    }


LAYERS = {"conv": "image", "primary": "conv"}
"""Convolutions and what they read."""

GIVEN = parameters_of(LOWERED)


def test_formats_follow_from_shifts() -> None:
    """Given the shifts of a lowered Program, when read back, then it is the same Program."""
    assert q7_program(NETWORK, GIVEN, ARM).digest == LOWERED.digest


def test_the_rule_gives_the_shifts() -> None:
    """Given the rule, then the logits' additions have the shift that a product would have."""
    frac = {name: entry.format.frac for name, entry in LOWERED.tensors.items()}
    (routing,) = (s.params for s in LOWERED.steps if isinstance(s.params, DynamicRouting))
    for r, bundle in enumerate(routing.iterations[:2]):
        shift = frac[f"digit.b{r}"] + frac[f"digit.a{r}"] - frac[f"digit.b{r + 1}"]
        assert bundle.update == AddShift(shift=shift)
        assert shift > 0


def test_the_origin_tells_how() -> None:
    """Given a profile, when read, then the Program says where it comes from."""
    assert q7_program(NETWORK, GIVEN, ARM).origin == {
        "model": "small",
        "rule": "published",
        "width": 8,
        "profile": f"q7-arm-14 {ARM.digest}",
    }


def test_fractions_of_the_weights_change_no_word() -> None:
    """Given an architecture and other fractions, then formats move along and shifts stay."""
    frac = {n: LOWERED.tensors[n].format.frac for n in GIVEN_FRACTIONS}
    moved = {name: number + GIVEN_FRACTIONS[name] for name, number in frac.items()}
    found = q7_program(SMALL, GIVEN, ARM.arithmetic, fractions=moved)
    assert {n: w.tolist() for n, w in found.constants.items()} == {
        n: w.tolist() for n, w in LOWERED.constants.items()
    }
    # two bits more of the first weights are two bits less needed of the second ones
    lifted = Format(True, 8, LOWERED.tensors["conv"].format.frac + 2)
    assert found.tensors["conv"].format == lifted
    assert found.tensors["primary.maps"] == LOWERED.tensors["primary.maps"]


GIVEN_FRACTIONS = {"conv.weight": 2, "primary.weight": -2, "digit.weight": 0}
"""Bits that each weight is moved by."""


def without(name: str) -> dict[str, NDArray[Any]]:
    """The parameters but one."""
    return {key: array for key, array in GIVEN.items() if key != name}


@pytest.mark.parametrize(
    ("parameters", "reason", "message"),
    [
        (
            without("param_CAP_IN_HAT_RSHIFT"),
            Reason.TENSOR_MISSING,
            "files of Q7-CapsNets have 'param_CAP_IN_HAT_RSHIFT', it is missing",
        ),
        (
            without("cap_wt"),
            Reason.TENSOR_MISSING,
            "files of Q7-CapsNets have 'cap_wt', it is missing",
        ),
        (
            GIVEN | {"param_CONV1_STRIDE": np.array(2)},
            Reason.DATA_INVALID,
            "param_CONV1_STRIDE: small has 1, found 2",
        ),
        (
            GIVEN | {"param_CAP_NUM_ROUT": np.array(2)},
            Reason.DATA_INVALID,
            "param_CAP_NUM_ROUT: small has 3, found 2",
        ),
        (
            GIVEN | {"conv1_bias": np.zeros(3, np.int8)},
            Reason.SHAPE_MISMATCH,
            "constant 'conv.bias' needs shape (2,), found (3,)",
        ),
    ],
)
def test_rejects_parameters(
    parameters: dict[str, NDArray[Any]], reason: Reason, message: str
) -> None:
    """Given parameters that are missing or of another network, then that is told."""
    found = rejection_of(lambda: q7_program(NETWORK, parameters, ARM))
    assert found == Rejected(reason, message)


def test_rejects_shifts_that_contradict_the_squash() -> None:
    """Given a shift that leads to another fraction than the squash reads, then both are told."""
    shift = int(GIVEN["param_PCAP_OUT_RSHIFT"])
    wrong = GIVEN | {"param_PCAP_OUT_RSHIFT": np.array(shift + 1)}
    frac = LOWERED.tensors["primary.s"].format.frac
    assert rejection_of(lambda: q7_program(NETWORK, wrong, ARM)) == Rejected(
        Reason.DATA_INVALID,
        f"the shifts give primary.maps {frac - 1} fraction bits, its squash reads {frac}",
    )


def test_needs_the_fractions_of_the_weights() -> None:
    """Given an architecture without floats, then fractions of the weights have to be given."""
    assert rejection_of(lambda: q7_program(SMALL, GIVEN, ARM)) == Rejected(
        Reason.TENSOR_MISSING, "small: tensor 'conv.weight' (2, 3, 3, 1) is missing"
    )
    some = {"conv.weight": 6, "primary.weight": 6}
    frac = int(GIVEN["input_frac_bits"]) + 12
    frac -= int(GIVEN["param_CONV1_OUT_RSHIFT"]) + int(GIVEN["param_PCAP_OUT_RSHIFT"])
    fitting = GIVEN | {"param_PCAP_SQUASH_IN_QN": np.array(frac)}
    assert rejection_of(lambda: q7_program(SMALL, fitting, ARM, fractions=some)) == Rejected(
        Reason.TENSOR_MISSING, "no fraction bits of tensor 'digit.weight' given"
    )


def test_ranges() -> None:
    """Given recorded ranges, when read, then they stand under our names; others are left out."""
    names = {
        "input": "image",
        "conv2d.relu": "conv",
        "conv2d_3.relu": "conv4",
        "primary_capsule.pre_squash": "primary.maps",
        "primary_capsule.post_squash": "primary",
        "inputs_hat": "digit.votes",
        "b_0": "digit.b0",
        "c_2": "digit.c2",
        "s_1": "digit.s1",
        "v_0": "digit.v0",
        "b_inst_1": "digit.a1",
        "length": "length",
    }
    recorded = {name: (-float(k), float(k)) for k, name in enumerate(names)}
    assert q7_ranges(recorded | {"conv2d.out": (-9.0, 9.0)}) == {
        ours: Range(*recorded[name]) for name, ours in names.items()
    }


def test_a_program_is_wholly_described() -> None:
    """Given the same file for two targets, then they differ in their arithmetic alone."""
    arm, gap8 = (
        q7_program(NETWORK, GIVEN, load_profile(name)) for name in ("q7-arm-14", "q7-gap8")
    )
    assert arm.tensors == gap8.tensors
    assert arm.digest != gap8.digest
    assert replace(arm, steps=gap8.steps).digest == gap8.digest

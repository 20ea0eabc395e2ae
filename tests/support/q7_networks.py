"""The published networks of Q7-CapsNets and what was recorded from their code, where it is."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.importers import Choices, import_file
from fxcaps.network import Network, Program, architecture, with_parameters
from fxcaps.profiles import load_profile
from fxcaps.quantize import Range
from fxcaps.quantize.q7 import q7_program, q7_ranges
from tests.support.data import real_file

Arrays = dict[str, NDArray[Any]]

PROFILES = {"arm_orig": "q7-arm-13", "arm_tuned": "q7-arm-14", "gap8": "q7-gap8"}
"""Target as the recordings call it, and its profile."""

STRIDES = {"mnist": (1, 2), "cifar10": (1, 1, 2, 2, 2)}
"""Of the convolutions, which weights alone do not tell."""

LIVE = {"digit.update0.shift": 0, "digit.update1.shift": 1}
"""The shifts `bnew01`."""


@cache
def recorded(name: str) -> Arrays:
    """Arrays of a recorded file; skips where it is absent."""
    with np.load(real_file(f"q7/{name}.npz"), allow_pickle=False) as file:
        return dict(file)


@cache
def float_network(dataset: str) -> Network:
    """`mnist` or `cifar10` with the authors' float weights."""
    path = real_file(f"q7/{dataset.removesuffix('10')}_float_weights.npz")
    choices = Choices(strides=STRIDES[dataset])
    return architecture(f"q7-{dataset}").with_tensors(
        import_file(path, choices=choices).network.tensors
    )


def recorded_ranges() -> dict[str, Range]:
    """The ranges of the MNIST network's tensors."""
    return q7_ranges(json.loads(str(recorded("mnist_float_lengths10000")["ranges_json"])))


def published(dataset: str, target: str, *, live: bool = False) -> Program:
    """The Program of a published network for a target, its logits dead as published or live."""
    parameters = recorded(f"{dataset.removesuffix('10')}_params")
    program = q7_program(float_network(dataset), parameters, load_profile(PROFILES[target]))
    return with_parameters(program, LIVE if live else {})


def taps(trace: Arrays) -> dict[str, NDArray[Any]]:
    """The recorded tensors of a trace by our names, in our axes.

    `before_relu` has those of convolutions that a Program with a fused ReLU does not keep. A
    tensor that was recorded under two names has to be the same under both.
    """
    found: dict[str, NDArray[Any]] = {}
    for name, array in trace.items():
        kind, _, number = name.rpartition("_")
        if name in _WHOLE:
            ours, words = _WHOLE[name], array
        elif number == "relu":
            ours, words = _convolution(kind), array
        elif name == "inputs_hat":
            ours, words = "digit.votes", array.transpose(0, 2, 1, 3)
        elif kind in _PAIRS:
            place = int(number) + (kind == "b_new")
            ours, words = f"digit.{_PAIRS[kind]}{place}", array.transpose(0, 2, 1)
        elif kind in ("s", "v"):
            ours, words = f"digit.{kind}{number}", array
        else:
            continue
        assert ours not in found or np.array_equal(found[ours], words), name
        found[ours] = words
    return found


def before_relu(trace: Arrays) -> dict[str, NDArray[Any]]:
    """The recorded outputs of convolutions before their ReLU, by our names."""
    return {
        _convolution(name.removesuffix("_out")): array
        for name, array in trace.items()
        if name.startswith("conv") and name.endswith("_out")
    }


def _convolution(name: str) -> str:
    return "conv" if name == "conv1" else name


_WHOLE = {
    "input": "image",
    "pcap_conv_out": "primary.maps",
    "pcap_pre_squash": "primary.s",
    "pcap_post_squash": "primary",
    "length_in": "digit.v2",
    "lengths": "length",
    "pred": "class",
}

_PAIRS = {"b": "b", "c": "c", "b_inst": "a", "b_new": "b"}


def fnv(words: NDArray[Any]) -> str:
    """FNV-1a-32 over the bytes of int8 words, in order."""
    found = 2166136261
    for byte in words.astype(np.int8).tobytes():
        found = (found ^ byte) * 16777619 & 0xFFFFFFFF
    return f"{found:08x}"

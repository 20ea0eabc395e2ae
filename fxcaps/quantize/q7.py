"""The published files of Q7-CapsNets: int8 weights and shifts, and recorded ranges.

The C headers of github.com/MiguelCosta94/Q7-CapsNets, commit 11eef8a, as named arrays: `conv{n}_*`,
`pcap_*` and `cap_wt`, and every constant as `param_*`. The code of that repository has shifts where
fxcaps has formats; here the formats are found from which the same shifts follow.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.network import Network, Program, Step
from fxcaps.ops import AddShift, Arithmetic, DynamicRouting
from fxcaps.profiles import Profile
from fxcaps.quantize.lower import assemble
from fxcaps.quantize.ranges import Range, observe
from fxcaps.quantize.rules import q7_format
from fxcaps.types import Format, Reason, Rejection

WIDTH = 8
"""Bits of every word of the published networks."""

Arrays = Mapping[str, NDArray[Any]]


def q7_ranges(recorded: Mapping[str, tuple[float, float]]) -> dict[str, Range]:
    """Recorded ranges under the names of the architectures' tensors.

    Args:
        recorded: by the names of the published code, `[least, largest]`.
    """
    names = {
        "input": "image",
        "primary_capsule.pre_squash": "primary.maps",
        "primary_capsule.post_squash": "primary",
        "inputs_hat": "digit.votes",
        "length": "length",
    }
    found = {}
    for name, (low, high) in recorded.items():
        kind, _, number = name.rpartition("_")
        if name in names:
            found[names[name]] = Range(low, high)
        elif name.startswith("conv2d") and name.endswith(".relu"):
            layer = name.removeprefix("conv2d").removesuffix(".relu").lstrip("_")
            found[_conv(int(layer or 0))] = Range(low, high)
        elif kind in _ROUTED:
            found[f"digit.{_ROUTED[kind]}{number}"] = Range(low, high)
    return found


_ROUTED = {"b": "b", "c": "c", "s": "s", "v": "v", "b_inst": "a"}
"""Names of the tensors of an iteration: theirs and ours."""


def q7_program(
    network: Network,
    parameters: Arrays,
    arithmetic: Arithmetic | Profile,
    *,
    fractions: Mapping[str, int] | None = None,
) -> Program:
    """The Program of a published int8 network.

    Args:
        network: the architecture `q7-*`, with its float tensors unless `fractions` are given.
        parameters: int8 weights, biases and shifts.
        arithmetic: of the target, such as the profile `q7-arm-14`.
        fractions: fraction bits of the weights by tensor. The file has shifts alone, from which
            they do not follow; the rule `q7` finds them from the float weights by default. They
            change what the words mean, not the words.

    Rejects missing parameters with `TENSOR_MISSING` and what contradicts the architecture, or
    itself, with `DATA_INVALID`.
    """
    if fractions is None:
        network.require_tensors()
        fractions = {
            name: q7_format(observe(tensor, name).largest, WIDTH).frac
            for name, tensor in network.tensors.items()
            if name.endswith(".weight")
        }
    reading = _Reading(network, parameters, fractions)
    reading.check()
    origin = {"model": network.name, "rule": "published", "width": WIDTH}
    if isinstance(arithmetic, Profile):
        origin |= {"profile": f"{arithmetic.name} {arithmetic.digest}"}
        arithmetic = arithmetic.arithmetic
    formats = {name: Format(True, WIDTH, frac) for name, frac in reading.fractions().items()}
    program = assemble(reading.shifted(), formats, reading.words(), arithmetic)
    return replace(program, origin=origin)


@dataclass(frozen=True)
class _Reading:
    """A parameter file beside the architecture that it belongs to."""

    network: Network
    arrays: Arrays
    weights: Mapping[str, int]

    @property
    def convs(self) -> int:
        """Convolutions before the primary layer."""
        return sum(
            name.startswith("conv") and name.endswith(".bias") for name in self.network.expected
        )

    @property
    def routing(self) -> tuple[Step, DynamicRouting]:
        for step in self.network.steps:
            if isinstance(step.params, DynamicRouting):
                return step, step.params
        raise Rejection(Reason.DATA_INVALID, f"{self.network.name} has no dynamic routing")

    def number(self, name: str) -> int:
        return int(_array(self.arrays, f"param_{name}"))

    def numbers(self, name: str) -> list[int]:
        return [int(item) for item in _array(self.arrays, f"param_{name}")]

    def check(self) -> None:
        """Reject other strides, padding and iterations than the architecture's."""
        steps = {step.name: step.params for step in self.network.steps}
        layers = {_conv(k): f"CONV{k + 1}" for k in range(self.convs)} | {"primary.conv": "PCAP"}
        for name, theirs in layers.items():
            stride, padding = vars(steps[name])["stride"], vars(steps[name])["padding"]
            self._expect(f"{theirs}_STRIDE", stride[0])
            self._expect(f"{theirs}_PADDING", padding[0])
        self._expect("CAP_NUM_ROUT", len(self.routing[1].iterations))

    def _expect(self, name: str, expected: int) -> None:
        found = self.number(name)
        if found != expected:
            raise Rejection(
                Reason.DATA_INVALID,
                f"param_{name}: {self.network.name} has {expected}, found {found}",
            )

    def fractions(self) -> dict[str, int]:
        """Fraction bits of every tensor, from the input on."""
        image = int(_array(self.arrays, "input_frac_bits"))
        found = {"image": image}
        source = image
        for k in range(self.convs):
            source = self._convolution(found, _conv(k), _conv(k), f"CONV{k + 1}", source)
        maps = self._convolution(found, "primary", "primary.maps", "PCAP", source)
        if maps != self.number("PCAP_SQUASH_IN_QN"):
            raise Rejection(
                Reason.DATA_INVALID,
                f"the shifts give primary.maps {maps} fraction bits, its squash reads "
                f"{self.number('PCAP_SQUASH_IN_QN')}",
            )
        found["primary"] = self.number("PCAP_SQUASH_OUT_QN")
        found["digit.weight"] = self._weight("digit")
        votes = found["primary"] + found["digit.weight"] - self.number("CAP_IN_HAT_RSHIFT")
        return found | {"digit.votes": votes} | self._routed(votes)

    def _convolution(
        self, found: dict[str, int], layer: str, made: str, theirs: str, source: int
    ) -> int:
        """Enter the tensors of a convolution and return the fraction of what it makes."""
        weight = self._weight(layer)
        found[f"{layer}.weight"] = weight
        found[f"{layer}.bias"] = source + weight - self.number(f"{theirs}_BIAS_LSHIFT")
        found[made] = source + weight - self.number(f"{theirs}_OUT_RSHIFT")
        return found[made]

    def _weight(self, layer: str) -> int:
        name = f"{layer}.weight"
        if name not in self.weights:
            raise Rejection(Reason.TENSOR_MISSING, f"no fraction bits of tensor {name!r} given")
        return self.weights[name]

    def _routed(self, votes: int) -> dict[str, int]:
        """Fraction bits inside the routing; zero logits have those of the rule `q7`."""
        found = {"digit.b0": WIDTH - 1}
        sums, capsules = self.numbers("CAP_SQUASH_IN_QN"), self.numbers("CAP_SQUASH_OUT_QN")
        for r, (s, v, shift) in enumerate(
            zip(sums, capsules, self.numbers("CAP_OUT_RSHIFTS"), strict=True)
        ):
            found |= {f"digit.s{r}": s, f"digit.v{r}": v, f"digit.c{r}": s + shift - votes}
        for r, (agreed, updated) in enumerate(
            zip(self.numbers("CAP_B_INST_RSHIFTS"), self.numbers("CAP_B_NEW_RSHIFTS"), strict=True)
        ):
            found[f"digit.a{r}"] = agreement = votes + capsules[r] - agreed
            # The published quantiser shifts this sum as if it were a product.
            found[f"digit.b{r + 1}"] = found[f"digit.b{r}"] + agreement - updated
        return found | {"length": capsules[-1]}

    def shifted(self) -> Network:
        """The architecture with the published shifts of the logits' additions."""
        step, routing = self.routing
        shifts = self.numbers("CAP_B_NEW_RSHIFTS")
        iterations = tuple(
            replace(bundle, update=AddShift(shift=shifts[r])) if r < len(shifts) else bundle
            for r, bundle in enumerate(routing.iterations)
        )
        shifted = replace(step, params=replace(routing, iterations=iterations))
        steps = tuple(shifted if item is step else item for item in self.network.steps)
        return replace(self.network, steps=steps)

    def words(self) -> dict[str, NDArray[np.int64]]:
        """The weights under the architecture's names and axes."""
        layers = {_conv(k): f"conv{k + 1}" for k in range(self.convs)} | {"primary": "pcap"}
        found = {}
        for name, theirs in layers.items():
            found[f"{name}.weight"] = _array(self.arrays, f"{theirs}_wt_OHWI").astype(np.int64)
            found[f"{name}.bias"] = _array(self.arrays, f"{theirs}_bias").astype(np.int64)
        capsules = _array(self.arrays, "cap_wt").transpose(1, 0, 2, 3)
        return found | {"digit.weight": np.ascontiguousarray(capsules, np.int64)}


def _conv(k: int) -> str:
    """Our name of a convolution before the primary layer, counted from 0."""
    return "conv" if k == 0 else f"conv{k + 1}"


def _array(arrays: Arrays, name: str) -> NDArray[Any]:
    if name not in arrays:
        raise Rejection(Reason.TENSOR_MISSING, f"files of Q7-CapsNets have {name!r}, it is missing")
    return arrays[name]

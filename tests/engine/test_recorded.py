"""Layers of the published Q-CapsNets code in words, by the profiles of its quantisers.

Nothing saturates there, and the agreement joins the logits unrounded: both are a choice of
formats here. The counts are words compared, words whose recorded float64 value is exactly where
the quantiser jumps, words whose value lies within 1e-4 of such a place, and words that differ.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest

from fxcaps.ops import (
    Conv2d,
    ConvRouting,
    ConvVotes,
    DynamicRouting,
    RoutingIteration,
    SoftmaxAxes,
    SquashExact,
    Votes,
    operation_of,
)
from fxcaps.ops.choose import choose
from fxcaps.oracle import evaluate
from fxcaps.profiles import Profile, load_profile
from fxcaps.quantize.statistics import fold_batch_norm
from fxcaps.types import Format
from tests.support.recorded import (
    COUNTS,
    INPUT_FRACTION,
    LAST,
    METHODS,
    PAIRS,
    Floats,
    Recorded,
    Tally,
    counts_of,
    recorded,
    words,
)

Ints = Any
WIDE = 32


def wide(frac: int) -> Format:
    """A format that nothing recorded leaves."""
    return Format(True, WIDE, frac)


def last(values: Floats) -> Floats:
    """Axes in our order."""
    return np.ascontiguousarray(values.transpose(LAST[values.ndim]))


def apply(
    profile: Profile, params: Any, given: Mapping[str, tuple[Ints, int]], **fracs: int
) -> dict[str, Ints]:
    """Outputs of an operation with the choices of a profile.

    Args:
        profile: of the method.
        params: structure.
        given: words and their fraction bits, by port.
        fracs: fraction bits of the outputs.
    """
    inputs = {port: wide(frac) for port, (_, frac) in given.items()}
    made = {port: format_of(port, frac) for port, frac in fracs.items()}
    chosen = choose(params, inputs, made, profile.arithmetic)
    arrays = {port: array for port, (array, _) in given.items()}
    found = evaluate(chosen, arrays, inputs | made)
    return dict(found.outputs)


def format_of(port: str, frac: int) -> Format:
    """Agreements have all the bits of their products."""
    return Format(True, 60, frac) if port[0] == "a" else wide(frac)


def weights(case: Recorded, name: str) -> tuple[Ints, int]:
    """A tensor of weights in words; kernels with their input channels last."""
    bits, given = case.meta["weight_bits"], case.arrays[name]
    return words(np.moveaxis(given, 1, 3) if given.ndim == 4 else given, bits), bits


def window(case: Recorded) -> dict[str, Any]:
    """Stride and padding, which a layer without any does not record."""
    return Recorded({"padding": 0} | case.meta, case.arrays).window


def route(case: Recorded, params: Any, given: dict[str, Any], calls: Any, tally: Tally) -> None:
    """Compare every quantised tensor of a routing, made from its votes on."""
    act, routing = case.meta["act_bits"], case.meta["routing_bits"]
    bits = {"c": act, "s": routing, "v": act, "a": 2 * act, "b": routing}
    ports = operation_of(params).outputs(params)
    made = apply(case.profile, params, given, **{port: bits[port[0]] for port in ports})
    quantised = [port for port in ports if port[0] != "a" and port != "b0"]
    for port, (frac, before, after) in zip(quantised, calls, strict=True):
        pairs = PAIRS if port[0] in "bc" else None
        grid = isinstance(params, ConvRouting)
        turned = [
            side.transpose(pairs or LAST[side.ndim]) if grid else side for side in (before, after)
        ]
        tally.compare(case.meta["method"], frac, *turned, made[port])


def iterations(case: Recorded) -> dict[str, Any]:
    """The structure of a recorded routing: logits change after the last iteration, too."""
    return {"iterations": (RoutingIteration(),) * case.meta["iterations"], "update_last": True}


def conv_relu(case: Recorded, tally: Tally) -> None:
    """Conv2d_ReLU."""
    ((frac, before, after),) = case.calls
    given = {
        "x": (words(last(case.arrays["x"]), INPUT_FRACTION), INPUT_FRACTION),
        "weight": weights(case, "w.conv.weight"),
        "bias": weights(case, "w.conv.bias"),
    }
    made = apply(case.profile, Conv2d(relu=True, **window(case)), given, out=frac)["out"]
    tally.compare(case.meta["method"], frac, last(before), last(after), made)


def conv_relu_norm(case: Recorded, tally: Tally) -> None:
    """Conv2d_BN_ReLU: its sums and its ReLU are not quantised, the batch norm's result is."""
    ((frac, before, after),) = case.calls
    given = {
        "x": (words(last(case.arrays["x"]), INPUT_FRACTION), INPUT_FRACTION),
        "weight": weights(case, "w.conv.weight"),
        "bias": weights(case, "w.conv.bias"),
    }
    exact = INPUT_FRACTION + case.meta["weight_bits"]
    sums = apply(load_profile("fxcaps-exact"), Conv2d(**window(case)), given, out=exact)["out"]
    statistics = ("weight", "bias", "running_mean", "running_var")
    norm = fold_batch_norm(
        *(case.arrays[f"w.batchnorm.{name}"] for name in statistics),
        epsilon=case.meta["eps"],
        relu=True,
    )
    made = apply(case.profile, norm, {"x": (sums, exact)}, out=frac)["out"]
    tally.compare(case.meta["method"], frac, last(before), last(after), made)


def capsules_2d(case: Recorded, tally: Tally) -> None:
    """Conv2DCaps: convolution, quantised, then squash, quantised."""
    method, x = case.meta["method"], case.capsules
    (frac, before, after), (squashed, before_squash, after_squash) = case.calls
    given = {
        "x": (words(x, INPUT_FRACTION).reshape(*x.shape[:3], -1), INPUT_FRACTION),
        "weight": weights(case, "w.conv.weight"),
        "bias": weights(case, "w.conv.bias"),
    }
    sums = apply(case.profile, Conv2d(**window(case)), given, out=frac)["out"]
    tally.compare(method, frac, last(before), last(after), sums)
    vectors = sums.reshape(last(after).shape)
    made = apply(case.profile, SquashExact(), {"x": (vectors, frac)}, out=squashed)["out"]
    tally.compare(method, squashed, last(before_squash), last(after_squash), made)


def grid_votes(case: Recorded, name: str, tally: Tally) -> tuple[Ints, int]:
    """Compare the votes of capsules on a grid."""
    bits = case.meta["weight_bits"]
    given = {
        "u": (words(case.capsules, INPUT_FRACTION), INPUT_FRACTION),
        "weight": (words(case.votes_weight(name), bits), bits),
    }
    if "w.conv.bias" in case.arrays:
        given["bias"] = words(case.capsule_bias("w.conv.bias")[None], bits), bits
    frac, before, after = case.calls[0]
    votes = apply(case.profile, ConvVotes(**case.window), given, out=frac)["out"]
    shape = (*votes.shape[:2], case.meta["co"], case.meta["no"], *votes.shape[2:4])
    turned = (last(side.reshape(shape)) for side in (before, after))
    tally.compare(case.meta["method"], frac, *turned, votes)
    return votes, frac


def capsules_3d(case: Recorded, tally: Tally) -> None:
    """Conv3DCaps: votes by a kernel in depth, softmax over types and grid together."""
    bits = case.meta["weight_bits"]
    bias = words(case.capsule_bias("w.bias"), bits), bits
    given = {"votes": grid_votes(case, "w.conv.weight", tally), "bias": bias}
    params = ConvRouting(softmax_axes=SoftmaxAxes.JOINT, **iterations(case))
    route(case, params, given, case.calls[1:], tally)


def pixels_to_capsules(case: Recorded, tally: Tally) -> None:
    """ConvPixelToCapsules: softmax over types at every place of the grid."""
    bits = case.meta["weight_bits"]
    bias = words(case.capsule_bias("w.bias"), bits), bits
    given = {"votes": grid_votes(case, "w.conv3d.weight", tally), "bias": bias}
    params = ConvRouting(softmax_axes=SoftmaxAxes.TYPES, **iterations(case))
    route(case, params, given, case.calls[1:], tally)


def capsules(case: Recorded, tally: Tally) -> None:
    """Capsules: votes and dynamic routing."""
    meta, bits = case.meta, case.meta["weight_bits"]
    weight = case.arrays["w.weight"].reshape(meta["ci"], meta["ni"], meta["co"], meta["no"])
    given = {
        "u": (words(case.arrays["x"], INPUT_FRACTION), INPUT_FRACTION),
        "weight": (words(weight.transpose(0, 2, 3, 1), bits), bits),
    }
    frac, before, after = case.calls[0]
    votes = apply(case.profile, Votes(), given, out=frac)["out"]
    tally.compare(meta["method"], frac, before, after, votes)
    routed = {"votes": (votes, frac), "bias": (words(case.arrays["w.bias"], bits), bits)}
    route(case, DynamicRouting(**iterations(case)), routed, case.calls[1:], tally)


def routing(case: Recorded, tally: Tally) -> None:
    """update_routing of capsules or of maps, and update_routing_6D_DeepCaps."""
    act, votes = case.meta["quantization_bits"], case.arrays["votes"]
    named = {"act_bits": act, "routing_bits": case.meta["quantization_bits_routing"]}
    joint = case.meta["fn"].endswith("6D_DeepCaps")
    params: Any = DynamicRouting(**iterations(case))
    if votes.ndim == 6:
        axes = SoftmaxAxes.JOINT if joint else SoftmaxAxes.TYPES
        votes, params = last(votes), ConvRouting(softmax_axes=axes, **iterations(case))
    bias = words(case.arrays["bias"].reshape(votes.shape[-2:]), act)
    given = {"votes": (words(votes, act), act), "bias": (bias, act)}
    route(Recorded(case.meta | named, case.arrays), params, given, case.calls, tally)


LAYERS: dict[str, Callable[[Recorded, Tally], None]] = {
    "conv2d_relu": conv_relu,
    "conv2d_bn_relu": conv_relu_norm,
    "conv2dcaps": capsules_2d,
    "conv3dcaps": capsules_3d,
    "conv_pixel_to_capsules": pixels_to_capsules,
    "capsules": capsules,
    "update_routing": routing,
}
"""Files of recorded calls -> what runs one."""


@pytest.mark.parametrize("file", LAYERS)
def test_every_quantised_word(file: str, record_property: Callable[[str, object], None]) -> None:
    """Given a layer's recorded calls, when run by the profile of each, then words are its."""
    tallies = {method: Tally() for method in METHODS}
    cases = recorded(file)
    for case in cases:
        method = case.meta["method"]
        LAYERS[file](case, tallies[method])
    found = {method: tally.counts for method, tally in tallies.items()}
    for method, counts in found.items():
        record_property(f"{file} {method}: words, at a jump, near one, different", counts)
    assert found == counts_of(file)
    assert len(cases) == sum(COUNTS[file, method][0] for method in METHODS)

"""The recorded cases of the published Q7-CapsNets kernels, and what computes them here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.network.dispatch import Tables
from fxcaps.ops import (
    Add,
    AddLanes,
    AddShift,
    Agreement,
    Conv2d,
    Conv2dPulp,
    DynamicRouting,
    RoutingIteration,
    SoftmaxQ7,
    SquashQ7,
    Votes,
    WeightedSum,
)
from fxcaps.oracle import evaluate
from fxcaps.types import Accumulator, Format, Init, Rounding
from tests.support.data import real_file

Ints = NDArray[Any]

PRODUCTS: dict[str, Any] = {"rounding": Rounding.TOWARD_ZERO}
"""Matrix products: toward zero, saturated."""

HALF_UP: dict[str, Any] = {
    "accumulator": Accumulator(format=Format(True, 32, 0), init=Init.BIAS_AND_HALF),
    "rounding": Rounding.FLOOR,
}
"""Convolutions: a register of 32 bits that starts with the bias and half a step, then a shift."""


@dataclass(frozen=True)
class Target:
    """What differs from one published build to another.

    Args:
        name: as in the names of the recorded arrays.
        constant: of softmax.
        update: the addition of logits, its shift given.
        convolution: with its options given.
    """

    name: str
    constant: int
    update: Callable[[int], Add]
    convolution: Callable[..., Conv2d]


def _on_arm(shift: int) -> Add:
    return AddShift(shift=shift)


def _on_gap8(shift: int) -> Add:
    """Input capsules are columns there; logits here are (I, J)."""
    return AddLanes(shift=shift, lane_axis=-2)


TARGETS = (
    Target("arm_orig", 13, _on_arm, Conv2d),
    Target("arm_tuned", 14, _on_arm, Conv2d),
    Target("gap8", 14, _on_gap8, Conv2dPulp),
)
"""CMSIS as it is, with the constant that the authors advise, and GAP8."""


@dataclass(frozen=True)
class Recorded:
    """One case: its scalars and its tensors, still flat."""

    arrays: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        """A scalar, or the words of a tensor."""
        return self.arrays[name]


def cases(kernel: str) -> list[Recorded]:
    """All cases of a file; skips where it is absent."""
    with np.load(real_file(f"q7/kernel_{kernel}.npz"), allow_pickle=False) as file:
        given = dict(file)
    ragged = {name.removesuffix("_off") for name in given if name.endswith("_off")}
    scalars = [name for name in given if not name.endswith(("_off", "_flat"))]
    count = len(given[f"{min(ragged)}_off"]) - 1
    return [
        Recorded(
            {name: given[name][k].item() for name in scalars}
            | {
                name: given[f"{name}_flat"][given[f"{name}_off"][k] : given[f"{name}_off"][k + 1]]
                for name in ragged
            }
        )
        for k in range(count)
    ]


def made(params: Any, tables: Tables, out: str, **inputs: tuple[Ints, str]) -> Ints:
    """The words of one operation on arrays with their formats."""
    arrays = {port: array for port, (array, _) in inputs.items()}
    formats = {port: format for port, (_, format) in inputs.items()} | {"out": out}
    result: Ints = evaluate(params, arrays, formats, tables=tables).outputs["out"]
    return result


def convolved(
    case: Recorded,
    make: Callable[..., Conv2d],
    tables: Tables,
    out: str,
    channels: int,
    *,
    bias: Ints | None,
    **options: Any,
) -> Ints:
    """A convolution of a recorded case; `channels` of output."""
    image = (case["in_y"], case["in_x"], case["ch_in"])
    kernel = (channels, case["k_y"], case["k_x"], case["ch_in"])
    params = make(
        stride=(case["stride_y"], case["stride_x"]),
        padding=(case["pad_y"], case["pad_y"], case["pad_x"], case["pad_x"]),
        **HALF_UP | options,
    )
    inputs = {
        "x": (case["x"].reshape(image), "s8f0"),
        "weight": (case["w"].reshape(kernel), "s8f0"),
    }
    if bias is not None:
        inputs["bias"] = (bias, f"s8f{-case['bias_lshift']}")
    words = made(params, tables, out, **inputs)
    assert words.shape == (case["out_y"], case["out_x"], channels)
    return words


def layer(case: Recorded, target: Target, tables: Tables) -> Iterator[tuple[str, Ints, Ints]]:
    """The tensors of a capsule layer: name, words made, words recorded, all in our axes."""
    types, dim, count, depth = (
        case[name] for name in ("num_caps", "dim_caps", "in_num_caps", "in_dim_caps")
    )
    weight = case["w"].reshape(types, count, dim, depth).transpose(1, 0, 2, 3)
    u = case["x"].reshape(count, depth)
    formats = {"u": "s8f0", "weight": f"s8f{case['in_hat_rshift']}"}
    votes = made(
        Votes(**PRODUCTS), tables, "s8f0", u=(u, formats["u"]), weight=(weight, formats["weight"])
    )
    yield "votes", votes, case["inputs_hat"].reshape(types, count, dim).transpose(1, 0, 2)
    params, formats = routing(case, target)
    found = evaluate(params, {"votes": votes}, formats, tables=tables).outputs
    for r in range(case["routings"]):
        for name in "bc":
            recorded = case[f"{name}_iters_{target.name}"].reshape(-1, types, count)[r]
            yield f"{name}{r}", found[f"{name}{r}"], recorded.T
        for name in "sv":
            recorded = case[f"{name}_iters_{target.name}"].reshape(-1, types, dim)[r]
            yield f"{name}{r}", found[f"{name}{r}"], recorded
    yield "out", found[f"v{case['routings'] - 1}"], case[f"out_{target.name}"].reshape(types, dim)


def routing(case: Recorded, target: Target) -> tuple[DynamicRouting, dict[str, str]]:
    """Parameters and formats of a recorded routing; votes have no fraction bits.

    A shift is the fraction of the products less that of the result. Only squash reads fractions,
    so that those of couplings and agreements follow, and those of logits are of no matter.
    """
    iterations, formats = [], {"votes": "s8f0", "b0": "s8f0"}
    last = case["routings"] - 1
    for r in range(last + 1):
        s, v = int(case["squash_in_qn"][r]), int(case["squash_out_qn"][r])
        formats |= {f"c{r}": f"s8f{s + int(case['out_rshift'][r])}", f"s{r}": f"s8f{s}"}
        formats |= {f"v{r}": f"s8f{v}"}
        shift = 0
        if r < last:
            formats |= {f"a{r}": f"s8f{v - int(case['b_inst_rshift'][r])}", f"b{r + 1}": "s8f0"}
            shift = int(case["b_new_rshift"][r])
        iterations.append(
            RoutingIteration(
                softmax=SoftmaxQ7(constant=target.constant),
                weighted_sum=WeightedSum(**PRODUCTS),
                squash=SquashQ7(row_offset_bits=16),
                agreement=Agreement(**PRODUCTS),
                update=target.update(shift),
            )
        )
    return DynamicRouting(iterations=tuple(iterations)), formats

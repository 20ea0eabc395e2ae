"""Whole small Programs: capsule networks of a few dozen words with any arithmetic."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st
from numpy.typing import NDArray

from fxcaps.network import Network, Program, Step, capsule_network
from fxcaps.network.program import Entry, Kind
from fxcaps.ops import (
    ArgmaxWords,
    Conv2d,
    DynamicRouting,
    Length,
    Parameters,
    Quantize,
    Reshape,
    SquashExact,
    Votes,
    WeightedSum,
    operation_of,
)
from fxcaps.strategies.calls.case import narrowing, summing
from fxcaps.strategies.calls.routing import iteration
from fxcaps.strategies.calls.squash import squash_params, squashes
from fxcaps.strategies.words import formats, logit_formats, near, words
from fxcaps.types import Format, Reason, Rejection, Shape

Formats = dict[str, Format]


@st.composite
def programs(draw: st.DrawFn, max_width: int = 16) -> Program:
    """A convolution, primary capsules, routed class capsules, lengths and the class.

    Args:
        draw: given by hypothesis.
        max_width: of words; registers have up to `2 * max_width - 1` bits. At most 32.

    Structure, formats, parameters and weight words are drawn. Overflows are never rejected; what
    an algorithm has no answer for, as a sum of exponentials that wrapped to zero, still is.
    """
    network = draw(_networks())
    shapes = network.shapes()
    made: Formats = {name: given.format for name, given in network.inputs.items()}
    drawer = _Drawer(draw, made, shapes, max_width)
    steps = [drawer.step(step) for step in network.steps]
    constants = {
        name: np.array(_words(draw, made[name], shape), np.int64).reshape(shape)
        for name, shape in network.expected.items()
    }
    kinds = dict.fromkeys(network.inputs, Kind.INPUT) | dict.fromkeys(constants, Kind.CONSTANT)
    tensors = {
        name: Entry(shape, made[name], kinds.get(name, Kind.COMPUTED))
        for name, shape in shapes.items()
    }
    try:
        return Program("drawn", tuple(steps), tensors, constants, network.outputs)
    except Rejection as rejection:  # an exact register that these weights can exceed
        assume(rejection.reason is not Reason.ACCUMULATOR_TOO_NARROW)
        raise


def images(program: Program, max_count: int = 3) -> st.SearchStrategy[NDArray[np.int64]]:
    """Words for a Program's one input: one image or a few, `(N, *shape)`.

    Args:
        program: that reads them.
        max_count: of images.
    """
    (name,) = program.inputs
    entry = program.tensors[name]

    @st.composite
    def drawn(draw: st.DrawFn) -> NDArray[np.int64]:
        shape = (draw(st.integers(1, max_count)), *entry.shape)
        return np.array(_words(draw, entry.format, shape), np.int64).reshape(shape)

    return drawn()


def _words(draw: st.DrawFn, format: Format, shape: Shape) -> list[int]:
    size = int(np.prod(shape))
    return draw(st.lists(words(format), min_size=size, max_size=size))


@st.composite
def _networks(draw: st.DrawFn) -> Network:
    """Architectures of at most eight primary capsules."""
    kernel = draw(st.integers(1, 2))
    extent = st.integers(2 * kernel - 1, 2 * kernel)
    return capsule_network(
        "drawn",
        image=(draw(extent), draw(extent), draw(st.integers(1, 2))),
        channels=draw(st.integers(1, 2)),
        kernel=kernel,
        types=draw(st.integers(1, 2)),
        dim=draw(st.integers(1, 3)),
        stride=draw(st.integers(1, 2)),
        classes=draw(st.integers(1, 3)),
        dim_out=draw(st.integers(1, 3)),
        iterations=draw(st.integers(1, 3)),
        routed_primary=draw(st.booleans()),
        capsule_bias=draw(st.booleans()),
        shared_transforms=draw(st.booleans()),
    )


@dataclass
class _Drawer:
    """Draws the arithmetic of steps in the order of the schedule.

    Args:
        draw: given by hypothesis.
        made: formats of tensors, which grow step by step.
        shapes: of all tensors.
        max_width: of words.
    """

    draw: st.DrawFn
    made: Formats
    shapes: dict[str, Shape]
    max_width: int

    def step(self, step: Step) -> Step:
        """The step with its parameters drawn; the formats of its outputs are noted."""
        params, out = _PARTS[type(step.params)](self, step)
        self.made |= {tensor: out[port] for port, tensor in step.outputs.items()}
        return replace(step, params=params)

    def given(self, step: Step, port: str) -> Format:
        """The format of an input; one of a weight that no step has read is drawn."""
        name = step.inputs[port]
        if name not in self.made:
            self.made[name] = self.draw(formats(1, self.max_width))
        return self.made[name]

    def bias(self, step: Step, frac: int) -> None:
        """Draw the format of a bias that a left shift aligns to `frac`."""
        if "bias" in step.inputs:
            fracs = st.integers(frac - 10, frac)
            self.made[step.inputs["bias"]] = self.draw(formats(1, self.max_width, fracs))

    def near(self, frac: int) -> Format:
        """A format of words that have `frac` fraction bits before they are narrowed."""
        return self.draw(formats(1, self.max_width, near(frac, self.max_width)))


Drawn = tuple[Parameters, Formats]


def _sum(first: str, second: str) -> Callable[[_Drawer, Step], Drawn]:
    def drawn(drawer: _Drawer, step: Step) -> Drawn:
        frac = drawer.given(step, first).frac + drawer.given(step, second).frac
        out = drawer.near(frac)
        sums = summing(
            drawer.draw, out, frac, drawer.max_width, biased="bias" in step.inputs, reject=False
        )
        drawer.bias(step, sums["accumulator"].frac(frac))
        return replace(step.params, **sums), {"out": out}

    return drawn


def _narrowed(drawer: _Drawer, step: Step) -> Drawn:
    params: Any = step.params
    out = drawer.near(drawer.given(step, "x").frac)
    return replace(params, **narrowing(drawer.draw, out, reject=False)), {"out": out}


def _moved(drawer: _Drawer, step: Step) -> Drawn:
    return step.params, {"out": drawer.given(step, "x")}


def _squashed(drawer: _Drawer, step: Step) -> Drawn:
    x, out = drawer.given(step, "x"), drawer.near(7)
    algorithm = drawer.draw(st.sampled_from(squashes(x, out)))
    params = squash_params(algorithm, x, out, drawer.max_width, reject=False)
    return drawer.draw(params), {"out": out}


def _routed(drawer: _Drawer, step: Step) -> Drawn:
    assert isinstance(step.params, DynamicRouting)  # noqa: S101 - the table below says so
    votes, count = drawer.given(step, "votes"), len(step.params.iterations)
    made = {"b0": drawer.draw(logit_formats(drawer.max_width))}
    bundles = tuple(
        drawer.draw(iteration(votes, r, r + 1 < count, made, drawer.max_width, reject=False))
        for r in range(count)
    )
    fracs = [
        bundle.weighted_sum.accumulator.frac(made[f"c{r}"].frac + votes.frac)
        for r, bundle in enumerate(bundles)
    ]
    drawer.bias(step, min(fracs))
    return replace(step.params, iterations=bundles), made


def _chosen(drawer: _Drawer, step: Step) -> Drawn:
    shape = drawer.shapes[step.inputs["x"]]
    return step.params, operation_of(step.params).fixed_formats(step.params, {"x": shape})


_PARTS: dict[type, Callable[[_Drawer, Step], Drawn]] = {
    ArgmaxWords: _chosen,
    Conv2d: _sum("x", "weight"),
    DynamicRouting: _routed,
    Length: _narrowed,
    Quantize: _narrowed,
    Reshape: _moved,
    SquashExact: _squashed,
    Votes: _sum("u", "weight"),
    WeightedSum: _sum("c", "votes"),
}
"""Parameters of a network's step -> what draws its arithmetic."""

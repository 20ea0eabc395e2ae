"""What operations share that sum weighted inputs for each output channel."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from fxcaps.ops.operation import (
    Constants,
    Formats,
    Operation,
    Port,
    Shapes,
    Signatures,
)
from fxcaps.ops.sums import Interval, partial_sums, weighted


class ChannelSums(Operation):
    """`x`, `weight (O, ...)`, `bias (O)`: each output word sums with one channel's weights.

    The parameters are those of `Summing` and a flag `relu`.
    """

    inputs = (
        Port("x"),
        Port("weight", constant=True),
        Port("bias", constant=True, optional=True),
    )
    aligned = frozenset({"bias"})

    def largest_fractions(
        self,
        params: Any,
        inputs: Formats,
        formats: Formats,  # noqa: ARG002 - one signature for all
    ) -> dict[str, int]:
        """The bias aligns to the register."""
        return {"bias": params.accumulator.frac(inputs["x"].frac + inputs["weight"].frac)}

    def nonnegative(self, params: Any, inputs: Formats) -> frozenset[str]:  # noqa: ARG002
        """ReLU removes what is negative."""
        return frozenset({"out"}) if params.relu else frozenset()

    def unclipped(self, params: Any) -> Any:
        """Without ReLU."""
        return replace(params, relu=False)

    def product_fractions(
        self,
        params: Any,  # noqa: ARG002 - one signature for all
        inputs: Formats,
        formats: Formats,  # noqa: ARG002
    ) -> dict[str, int]:
        """Fractions of a product add."""
        return {"out": inputs["x"].frac + inputs["weight"].frac}

    def terms(self, params: Any, inputs: Shapes) -> dict[str, int]:  # noqa: ARG002
        """The weights of one output."""
        return {"out": math.prod(inputs["weight"][1:])}

    def intervals(
        self,
        params: Any,
        inputs: Signatures,
        formats: Formats,
        constants: Constants,
    ) -> dict[str, list[Interval]]:
        """One interval an output channel, from its weights."""
        x, weight = inputs["x"].format, inputs["weight"]
        taps = math.prod(weight.shape[1:])
        frac = x.frac + weight.format.frac
        starts = [0] * weight.shape[0]
        if "bias" in inputs:
            shift = params.accumulator.frac(frac) - inputs["bias"].format.frac
            starts = [word << shift for word in constants["bias"]]
        words, found = constants["weight"], []
        for o, start in enumerate(starts):
            ends = weighted(words[o * taps : (o + 1) * taps], x)
            found.append(
                partial_sums(
                    params.accumulator, ends, taps, frac=frac, out=formats["out"].frac, start=start
                )
            )
        return {"out": found}

"""What operations share that sum weighted inputs for each output channel."""

from __future__ import annotations

import math
from typing import Any

from fxcaps.ops.operation import (
    Constants,
    Formats,
    Interval,
    Operation,
    Port,
    Signatures,
    weighted_interval,
)


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
        params: Any,  # noqa: ARG002 - one signature for all
        inputs: Formats,
        formats: Formats,  # noqa: ARG002
    ) -> dict[str, int]:
        """The bias aligns to the products."""
        return {"bias": inputs["x"].frac + inputs["weight"].frac}

    def nonnegative(self, params: Any, inputs: Formats) -> frozenset[str]:  # noqa: ARG002
        """ReLU removes what is negative."""
        return frozenset({"out"}) if params.relu else frozenset()

    def product_fractions(
        self,
        params: Any,  # noqa: ARG002 - one signature for all
        inputs: Formats,
        formats: Formats,  # noqa: ARG002
    ) -> dict[str, int]:
        """Fractions of a product add."""
        return {"out": inputs["x"].frac + inputs["weight"].frac}

    def intervals(
        self,
        params: Any,  # noqa: ARG002 - one signature for all
        inputs: Signatures,
        formats: Formats,  # noqa: ARG002
        constants: Constants,
    ) -> dict[str, list[Interval]]:
        """One interval an output channel, from its weights."""
        x, weight = inputs["x"].format, inputs["weight"]
        taps = math.prod(weight.shape[1:])
        starts = [0] * weight.shape[0]
        if "bias" in inputs:
            shift = x.frac + weight.format.frac - inputs["bias"].format.frac
            starts = [word << shift for word in constants["bias"]]
        words = constants["weight"]
        return {
            "out": [
                weighted_interval(start, words[o * taps : (o + 1) * taps], x)
                for o, start in enumerate(starts)
            ]
        }

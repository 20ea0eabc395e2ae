"""leaky: negative words shrink by a power of two."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fxcaps.ops.elementwise import Elementwise
from fxcaps.ops.parameters import Narrowing
from fxcaps.spec.arithmetic import narrow, scaled
from fxcaps.types import Tensor, signatures


@dataclass(frozen=True, kw_only=True)
class Leaky(Narrowing):
    """`x` where it is not negative, `x * 2**-shift` elsewhere.

    Args:
        shift: at least 0.
        rounding: of the exact value.
        overflow: of the rounded value.
    """

    operation: ClassVar[str] = "leaky"

    shift: int = 3

    def __post_init__(self):
        super().__post_init__()
        self.require(self.shift >= 0, f"shift must not be negative, found {self.shift}")


class LeakyOperation(Elementwise):
    """Any words of `x` to words of `out`."""

    name = "leaky"
    algorithms = (Leaky,)
    structure = frozenset({"shift"})


LEAKY = LeakyOperation()


def spec(params, inputs, formats, log):
    """One sample in plain integers: this decides."""
    LEAKY.guard(params, signatures(inputs), formats)
    x, out = inputs["x"], formats["out"]
    words = []
    for index, word in enumerate(x.words):
        down = params.shift if word < 0 else 0
        n, d = scaled(word, 1, out.frac - x.format.frac - down)
        words.append(narrow(n, d, out, params.rounding, params.overflow, log, index))
    return {"out": Tensor(x.shape, out, words)}


def real(params, inputs):
    """A batch in float64, for calibration."""
    x = inputs["x"]
    return {"out": np.where(x < 0, np.ldexp(x, -params.shift), x)}

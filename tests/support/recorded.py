"""Layers of the published Q-CapsNets code, recorded: inputs, weights, every quantiser call.

The code's axes are (batch, type, component, row, column), the input type second where there is
one; here they are put in our order.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.support.data import real_file

Floats = NDArray[np.float64]

LAST = {
    4: (0, 2, 3, 1),
    5: (0, 3, 4, 1, 2),
    6: (0, 1, 4, 5, 2, 3),
}
"""Axes of the published code -> ours: maps, capsules on a grid, votes on a grid."""

PAIRS = (0, 1, 3, 4, 2)
"""Logits and couplings: (batch, input type, output type, row, column) -> ours."""


INPUT_FRACTION = 12
"""Fraction bits that hold every recorded input."""


@dataclass(frozen=True)
class Recorded:
    """One recorded call of a layer.

    Args:
        meta: layer, method, bits and geometry.
        arrays: by name, as recorded.
    """

    meta: dict[str, Any]
    arrays: dict[str, Floats]

    @cached_property
    def calls(self) -> list[tuple[int, Floats, Floats]]:
        """Fraction bits, input and output of every quantiser call, in order."""
        names = sorted(name.removesuffix("_in") for name in self.arrays if name.endswith("_in"))
        return [
            (
                int(name.split("_N")[1]),
                self.arrays[f"{name}_in"],
                self.arrays[f"{name}_out"],
            )
            for name in names
        ]

    @property
    def window(self) -> dict[str, Any]:
        """Stride and padding as parameters of ours."""
        stride, padding = self.meta["stride"], self.meta["padding"]
        return {"stride": (stride, stride), "padding": (padding,) * 4}

    @property
    def capsules(self) -> Floats:
        """The layer's input `(N, H, W, I, D_in)`."""
        return self.arrays["x"].transpose(LAST[5])

    def votes_weight(self, name: str) -> Floats:
        """A kernel that all input types share, `(1, J, D_out, KH, KW, D_in)`."""
        meta = self.meta
        shape = (1, meta["co"], meta["no"], meta["ni"], meta["kernel"], meta["kernel"])
        return np.moveaxis(self.arrays[name].reshape(shape), 3, 5)

    def capsule_bias(self, name: str) -> Floats:
        """A bias `(J, D)` of output types."""
        return self.arrays[name].reshape(self.meta["co"], self.meta["no"])


def recorded(file: str) -> list[Recorded]:
    """The cases of a file in float64; skips where the data is absent."""
    with np.load(real_file(f"qcapsnets/{file}.npz"), allow_pickle=False) as given:
        arrays = dict(given)
    cases = []
    for meta in json.loads(str(arrays["index_json"])):
        prefix = f"{meta['name']}."
        own = {key.removeprefix(prefix): arrays[key] for key in arrays if key.startswith(prefix)}
        if own:
            cases.append(Recorded(meta, own))
    return cases


def truncated(file: str) -> list[Recorded]:
    """The cases of a file that were quantised by truncation, which is `floor`."""
    return [case for case in recorded(file) if case.meta["method"] == "truncation"]


def words(values: Floats, frac: int) -> NDArray[np.int64]:
    """Exact words of values that lie on the grid of a format."""
    scaled = np.ldexp(values, frac)
    assert (scaled == np.rint(scaled)).all()
    return scaled.astype(np.int64)

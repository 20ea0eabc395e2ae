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

from fxcaps.profiles import Profile, load_profile
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

PROFILES = {
    "truncation": "qcapsnets-truncation",
    "round_to_nearest": "qcapsnets-rtn",
    "stochastic_rounding": "qcapsnets-stochastic",
    "logarithmic": "qcapsnets-logarithmic",
}
"""Methods of the published code -> profiles of ours."""

NEAR = 1e-4
"""Words from a place where a quantiser jumps; another order of a float64 sum may cross it there."""

METHODS = ("truncation", "round_to_nearest", "logarithmic")
"""Methods that layers are recorded with."""

COUNTS = {
    ("quant_methods", "truncation"): (14, 59794, 1926, 132, 0),
    ("quant_methods", "round_to_nearest"): (14, 59794, 307, 523, 0),
    ("quant_methods", "logarithmic"): (14, 59794, 0, 43, 0),
    ("conv2d_relu", "truncation"): (4, 498, 347, 0, 0),
    ("conv2d_relu", "round_to_nearest"): (4, 666, 1, 0, 0),
    ("conv2d_relu", "logarithmic"): (4, 178, 0, 0, 0),
    ("conv2d_bn_relu", "truncation"): (4, 630, 0, 0, 0),
    ("conv2d_bn_relu", "round_to_nearest"): (4, 804, 0, 0, 0),
    ("conv2d_bn_relu", "logarithmic"): (4, 972, 0, 0, 0),
    ("conv2dcaps", "truncation"): (4, 928, 12, 6, 0),
    ("conv2dcaps", "round_to_nearest"): (4, 3456, 4, 2, 0),
    ("conv2dcaps", "logarithmic"): (4, 432, 0, 0, 0),
    ("conv_pixel_to_capsules", "truncation"): (4, 5172, 171, 0, 0),
    ("conv_pixel_to_capsules", "round_to_nearest"): (4, 32080, 159, 1, 0),
    ("conv_pixel_to_capsules", "logarithmic"): (4, 6688, 0, 0, 0),
    ("conv3dcaps", "truncation"): (4, 5024, 432, 0, 0),
    ("conv3dcaps", "round_to_nearest"): (4, 16608, 56, 0, 0),
    ("conv3dcaps", "logarithmic"): (4, 2568, 0, 0, 0),
    ("capsules", "truncation"): (4, 13638, 724, 23, 0),
    ("capsules", "round_to_nearest"): (4, 16648, 115, 0, 0),
    ("capsules", "logarithmic"): (4, 14900, 0, 0, 0),
    ("deepcapsblock", "truncation"): (4, 10624, 803, 2, 0),
    ("deepcapsblock", "round_to_nearest"): (4, 3584, 40, 0, 0),
    ("deepcapsblock", "logarithmic"): (4, 8736, 0, 0, 0),
    ("update_routing", "truncation"): (18, 167380, 21311, 2, 0),
    ("update_routing", "round_to_nearest"): (18, 76906, 97, 54, 0),
    ("update_routing", "logarithmic"): (18, 118074, 0, 0, 0),
}
"""File and method -> cases (of `quant_methods` numbers of bits), then the counts of a `Tally`."""


def counts_of(file: str) -> dict[str, tuple[int, ...]]:
    """The counts of a file by method."""
    return {method: COUNTS[file, method][1:] for method in METHODS}


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
    def profile(self) -> Profile:
        """The profile of the method."""
        return load_profile(PROFILES[self.meta["method"]])

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


@dataclass
class Tally:
    """What a comparison of recorded words came to.

    Args:
        words: compared.
        at: of them, those whose recorded float64 value is where a quantiser jumps.
        near: those whose value lies within `NEAR` of such a place, but not at it.
        different: of both, the words that differ, by one.
    """

    words: int = 0
    at: int = 0
    near: int = 0
    different: int = 0

    def compare(self, method: str, frac: int, before: Floats, after: Floats, made: Any) -> None:
        """Compare words with what the code made: equal where the recorded value decides them.

        Args:
            method: of the code.
            frac: fraction bits of the words.
            before: the recorded input of the quantiser.
            after: its recorded output.
            made: words of ours.
        """
        expected = words(after, frac)
        found = np.asarray(made).reshape(expected.shape)
        gaps = distance(method, before, frac)
        near = gaps <= NEAR
        np.testing.assert_array_equal(found[~near], expected[~near])
        differs = found != expected
        by_one = np.abs(found - expected) == 1
        if method == "logarithmic":  # to the next power of two, or from zero to the first
            low, high = np.minimum(abs(found), abs(expected)), np.maximum(abs(found), abs(expected))
            by_one = (high == 2 * low) | (high == 1)
        assert by_one[differs].all()
        self.words += found.size
        self.at += int((gaps == 0).sum())
        self.near += int((near & (gaps > 0)).sum())
        self.different += int(differs.sum())

    @property
    def counts(self) -> tuple[int, int, int, int]:
        """Words, at a jump, near one, different."""
        return self.words, self.at, self.near, self.different


def distance(method: str, values: Floats, frac: int) -> Floats:
    """Words between a float64 value and the nearest place where a quantiser jumps."""
    steps = np.ldexp(values, frac)
    if method == "logarithmic":
        jumps = np.ldexp(2.0 ** (np.arange(-frac, 11) - 0.5) - 1e-8, frac)
        gaps = np.abs(np.abs(steps)[..., None] - jumps)
        nearest: Floats = gaps.min(axis=-1)
        return nearest
    if method == "round_to_nearest":
        steps = steps + 2.0 ** (-frac - 1)
    return np.abs(steps - np.rint(steps))


def words(values: Floats, frac: int) -> NDArray[np.int64]:
    """Exact words of values that lie on the grid of a format."""
    scaled = np.ldexp(values, frac)
    assert (scaled == np.rint(scaled)).all()
    return scaled.astype(np.int64)

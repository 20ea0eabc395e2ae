"""The Keras models of Q7-CapsNets (github MiguelCosta94/Q7-CapsNets), HDF5 or arrays by name."""

from __future__ import annotations

import re

from fxcaps.importers.draft import Draft
from fxcaps.importers.keras_config import read_config
from fxcaps.importers.layout import Layout
from fxcaps.importers.plan import plan
from fxcaps.network import Network, Window
from fxcaps.network.stack import labels

_ROOTS = re.compile(r"^(?:model_weights|layers|_layer_checkpoint_dependencies)/")
"""Groups of whole models, of weights as Keras 3 writes them, and as Keras 2.12 did."""

_ORDER = re.compile(r"_(?:HWIO|OINK)$")
"""Axes that a name states, as in `conv2d.kernel_HWIO`."""

_NUMBERED = {"kernel": "0", "weights": "0", "bias": "1"}
"""What Keras 3 calls the variables of a layer in files of weights alone."""

_CONVOLUTION = re.compile(r"conv2d(?:_([0-9]{1,6}))?")


def split(name: str) -> tuple[str, str]:
    """Layer and variable of a tensor's name.

    `model_weights/conv2d/conv2d/kernel:0`, `layers/conv2d/vars/0` and `conv2d.kernel_HWIO` are
    the kernel of the layer conv2d.
    """
    parts = re.split(r"[/.]", _ROOTS.sub("", name))
    return parts[0], _ORDER.sub("", parts[-1].removesuffix(":0"))


def build(draft: Draft) -> Network:
    """Convolutions, `primary_capsule` and `capsule`, with valid padding and no capsule bias.

    Channels come last and capsules in the order (row, column, type), as they are here; kernels
    have the axes rows, columns, in, out, and capsule weights begin with the class.
    """
    names = _Names(draft)
    layers = sorted(
        (layer for layer in names.layers if _CONVOLUTION.fullmatch(layer)), key=_number
    ) or ["conv2d"]
    votes = names.of("capsule", "weights")
    votes_axes = "classes capsules dim_out dim"
    capsules = draft.learn(votes, votes_axes)[1]
    patterns, depth = {}, "depth"
    for label, layer in zip(labels(len(layers)), layers, strict=True):
        patterns[label] = (layer, f"{label}_rows {label}_columns {depth} {label}_out")
        depth = f"{label}_out"
    patterns["primary"] = (
        "primary_capsule",
        f"primary_rows primary_columns {depth} (types dim)",
    )
    windows, depths = [], []
    for layer, pattern in patterns.values():
        rows, columns, taken, channels = draft.learn(names.of(layer, "kernel"), pattern)
        windows.append(Window((rows, columns), 1, channels))
        depths.append(taken)
    network = plan(
        draft,
        windows,
        depth=depths[0],
        count=(votes, capsules),
        stated=read_config(draft.texts.get("model_config"), [*layers, "primary_capsule"]),
        capsule_bias=False,
    )
    for label, (layer, pattern) in patterns.items():
        inner = " ".join(pattern.split(" ", 3)[:3])
        outer = pattern.removeprefix(inner).strip()
        draft.take(names.of(layer, "kernel"), pattern, f"{label}.weight", f"{outer} {inner}")
        draft.take(names.of(layer, "bias"), outer, f"{label}.bias", outer)
    draft.take(votes, votes_axes, "digit.weight", "capsules classes dim_out dim")
    return network


def _number(layer: str) -> int:
    match = _CONVOLUTION.fullmatch(layer)
    return int(match[1] or 0) if match else 0


class _Names:
    """Names of the file, by layer and variable."""

    def __init__(self, draft: Draft) -> None:
        self.known = {split(name): name for name in reversed(list(draft.arrays))}
        self.layers = {layer for layer, _ in self.known}

    def of(self, layer: str, variable: str) -> str:
        """The name of a tensor in the file, or the usual one where the file has none."""
        for wanted in (variable, _NUMBERED[variable]):
            if (layer, wanted) in self.known:
                return self.known[layer, wanted]
        return f"{layer}.{variable}"


KERAS = Layout(
    name="q7-keras",
    title="Keras models of Q7-CapsNets",
    mark="*primary_capsule*",
    build=build,
    ignore=("optimizer_weights/*", "optimizer/*", "metrics/*"),
)

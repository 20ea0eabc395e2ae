"""DeepCaps of Q-CapsNets (github bbussolino/Q-CapsNets): state dicts of its PyTorch model."""

from __future__ import annotations

import numpy as np

from fxcaps.importers.draft import Draft, Fact
from fxcaps.importers.layout import Layout
from fxcaps.importers.plan import UNNAMED, check_count, named
from fxcaps.network import DeepCapsCode, Network, deepcaps_network
from fxcaps.ops import Affine
from fxcaps.quantize import fold_batch_norm
from fxcaps.types import Reason, Rejection

_EPSILON = 0.001
"""Of the batch normalisation, which the model states in its code and not in its state."""

_CELLS = (1, 2, 3, 4)
_ROUTED = "block4.l_skip"
_VOTES = "capsLayer.weight"
_STRIDE = 2
"""Of the first convolution of every cell."""


def build(draft: Draft) -> Network:
    """DeepCaps with any number of channels, types, components and classes.

    Channels come first; class capsules read the third cell, then the last, each in the order
    (type, row, column).
    """
    if draft.choices.strides is not None:
        raise Rejection(Reason.PARAMETER_INVALID, "the strides of DeepCaps are fixed")
    draft.sizes |= {"rows": 3, "columns": 3}
    draft.learn(f"{_ROUTED}.bias", "types dim4 1 1")
    draft.learn("capsLayer.bias", "classes dim_out")
    depth = draft.learn("conv1.conv.weight", "channels depth rows columns")[1]
    for cell in _CELLS:
        draft.learn(f"block{cell}.l1.conv.weight", f"(types dim{cell}) before{cell} rows columns")
    capsules = draft.learn(_VOTES, "capsules dim4 (classes dim_out)")[0]
    image = _image(draft, depth, capsules)
    iterations = draft.choose("iterations", None, 3)
    sizes = draft.sizes
    network = deepcaps_network(
        draft.choices.name or UNNAMED,
        image=(*image, depth),
        code=DeepCapsCode.QCAPSNETS,
        channels=sizes["channels"],
        types=sizes["types"],
        dims=(sizes["dim1"], sizes["dim2"], sizes["dim3"], sizes["dim4"]),
        classes=sizes["classes"],
        dim_out=sizes["dim_out"],
        iterations=iterations,
    )
    first = "channels depth rows columns"
    draft.take("conv1.conv.weight", first, "conv.weight", "channels rows columns depth")
    draft.take("conv1.conv.bias", "channels", "conv.bias", "channels")
    for cell in _CELLS:
        _take_cell(draft, cell)
    _take_votes(draft, image)
    draft.take("capsLayer.bias", "classes dim_out", "digit.bias", "classes dim_out")
    return named(draft, network).with_params({"norm": _norm(draft)})


def _image(draft: Draft, depth: int, capsules: int) -> tuple[int, int]:
    """Rows and columns: 28 with one channel, 64 with more, as published, if they are not given."""
    side = 28 if depth == 1 else 64
    image = draft.choose("image", None, (side, side))
    types = draft.sizes["types"]

    def count(image: tuple[int, int]) -> int:
        return types * sum(rows * columns for rows, columns in _grids(image))

    (high, wide), (last_high, last_wide) = _grids(image)
    check_count(
        f"images of {image[0]}x{image[1]}x{depth} give ({high}x{wide} + {last_high}x{last_wide})"
        f"x{types} = {count(image)} capsules",
        image,
        (_VOTES, capsules),
        count,
    )
    return image


def _grids(image: tuple[int, int]) -> tuple[tuple[int, int], tuple[int, int]]:
    """Rows and columns of the third cell and of the last; each cell halves them, rounding up."""
    third, last = (_STRIDE**3, _STRIDE**4)
    return (
        (-(-image[0] // third), -(-image[1] // third)),
        (-(-image[0] // last), -(-image[1] // last)),
    )


def _take_cell(draft: Draft, cell: int) -> None:
    sizes = draft.sizes
    sizes["inside"] = sizes["types"] * sizes[f"dim{cell}"]
    sizes["before"] = sizes["types"] * sizes[f"dim{cell - 1}"] if cell > 1 else sizes["channels"]
    made = f"(types dim{cell})"
    layers = {"l1": "before", "l2": "inside", "l3": "inside", "l_skip": "inside"}
    for layer, depth in layers.items():
        source, target = f"block{cell}.{layer}", f"cell{cell}.{layer.removeprefix('l_')}"
        if source == _ROUTED:
            _take_routed(draft, target)
            continue
        order = f"{made} rows columns {depth}"
        pattern = f"{made} {depth} rows columns"
        draft.take(f"{source}.conv.weight", pattern, f"{target}.weight", order)
        draft.take(f"{source}.conv.bias", made, f"{target}.bias", made)


def _take_routed(draft: Draft, target: str) -> None:
    """One kernel for all types, its window as deep as a capsule."""
    draft.sizes["atoms"] = draft.sizes["dim4"]
    draft.take(
        f"{_ROUTED}.conv.weight",
        "(types dim4) 1 atoms rows columns",
        f"{target}.weight",
        "1 types dim4 rows columns atoms",
    )
    draft.take(f"{_ROUTED}.conv.bias", "(types dim4)", f"{target}.bias", "1 types dim4")
    draft.take(f"{_ROUTED}.bias", "types dim4 1 1", f"{target}.sum_bias", "types dim4")


def _take_votes(draft: Draft, image: tuple[int, int]) -> None:
    array, parts, start = draft.values(_VOTES), [], 0
    for high, wide in _grids(image):
        draft.sizes |= {"high": high, "wide": wide}
        end = start + draft.sizes["types"] * high * wide
        pattern = "(types high wide) dim4 (classes dim_out)"
        order = "(high wide types) classes dim_out dim4"
        parts.append(draft.moved(array[start:end], pattern, order))
        start = end
    draft.put(_VOTES, "digit.weight", np.concatenate(parts))


def _norm(draft: Draft) -> Affine:
    """The statistics of the batch normalisation as exact scales and offsets."""
    values = {}
    for name in ("weight", "bias", "running_mean", "running_var"):
        draft.learn(f"conv1.batchnorm.{name}", "channels")
        values[name] = draft.values(f"conv1.batchnorm.{name}")
    draft.facts.append(Fact("epsilon", str(_EPSILON), "of the layout, folded with the statistics"))
    return fold_batch_norm(
        values["weight"],
        values["bias"],
        values["running_mean"],
        values["running_var"],
        epsilon=_EPSILON,
    )


DEEPCAPS = Layout(
    name="qcapsnets-deepcaps",
    title="DeepCaps of Q-CapsNets, PyTorch",
    mark="capsLayer.weight",
    build=build,
    ignore=("*.num_batches_tracked",),
)

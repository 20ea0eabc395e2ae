"""Q-CapsNets (github bbussolino/Q-CapsNets): state dicts of its PyTorch models."""

from __future__ import annotations

from fxcaps.importers.draft import Draft
from fxcaps.importers.layout import Layout
from fxcaps.importers.plan import plan
from fxcaps.network import Network, Window


def build_shallow(draft: Draft) -> Network:
    """ShallowCapsNet: Sabour et al. 2017, the primary layer routed once over its types.

    Channels come first and capsules in the order (type, row, column).
    """
    first, primary, votes = "conv.conv.weight", "primary.conv3d.weight", "digit.weight"
    conv_axes = "channels depth conv_rows conv_columns"
    primary_axes = "(types dim) channels rows columns"
    draft.learn("primary.bias", "types dim 1 1")
    draft.learn("digit.bias", "classes dim_out")
    _, depth, *kernel = draft.learn(first, conv_axes)
    channels, _, *primary_kernel = draft.learn(primary, primary_axes)
    capsules = draft.learn(votes, "capsules dim (classes dim_out)")[0]
    network = plan(
        draft,
        [
            Window((kernel[0], kernel[1]), 1, draft.sizes["channels"]),
            Window((primary_kernel[0], primary_kernel[1]), 1, channels),
        ],
        depth=depth,
        count=(votes, capsules),
        routed_primary=True,
    )
    draft.take(first, conv_axes, "conv.weight", "channels conv_rows conv_columns depth")
    draft.take("conv.conv.bias", "channels", "conv.bias", "channels")
    draft.take(primary, primary_axes, "primary.weight", "(types dim) rows columns channels")
    draft.take("primary.bias", "types dim 1 1", "primary.bias", "types dim")
    draft.take(
        votes,
        "(types high wide) dim (classes dim_out)",
        "digit.weight",
        "(high wide types) classes dim_out dim",
    )
    draft.take("digit.bias", "classes dim_out", "digit.bias", "classes dim_out")
    return network


SHALLOW = Layout(
    name="qcapsnets-shallow",
    title="ShallowCapsNet of Q-CapsNets, PyTorch",
    mark="primary.conv3d.weight",
    build=build_shallow,
)

"""Removing capsule types from a Network: which ones, and the smaller dense Network."""

from fxcaps.prune.criteria import Criterion, Ranking, rank_types
from fxcaps.prune.keep import kept_count
from fxcaps.prune.layer import PrimaryLayer, find_primary
from fxcaps.prune.narrow import narrowed
from fxcaps.prune.remove import keep_types, remove_capsules

__all__ = [
    "Criterion",
    "PrimaryLayer",
    "Ranking",
    "find_primary",
    "keep_types",
    "kept_count",
    "narrowed",
    "rank_types",
    "remove_capsules",
]

"""A layout: how the authors of some code name, shape and order the weights of their networks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fxcaps.importers.draft import Draft
from fxcaps.network import Network


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Names and shapes of tensors, and the Network that they are.

    Names are those of the file; where all begin with the prefix of a wrapper of PyTorch, such as
    `module.`, they are told without it.

    Args:
        name: of the layout.
        title: whose it is, for people.
        mark: pattern of a name that files of this layout have and others do not.
        build: takes the tensors of a draft and gives the architecture, without weights; those
            stand in the draft then.
        ignore: patterns of tensors that do not change what the network computes.
    """

    name: str
    title: str
    mark: str
    build: Callable[[Draft], Network]
    ignore: tuple[str, ...] = ()

"""From a file of weights to a Network."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from fxcaps.importers.containers import find_container
from fxcaps.importers.draft import Choices, Draft, Fact, Move
from fxcaps.importers.layouts import find_layout
from fxcaps.network import Network
from fxcaps.types import Rejection

_PREFIXES = ("module.", "model.", "_orig_mod.")
"""What wrappers of PyTorch put before every name."""


@dataclass(frozen=True)
class Imported:
    """A Network and how it came about.

    Args:
        network: with its tensors.
        facts: what was detected, stated, given or taken by default.
        moves: which tensor of the file became which.
    """

    network: Network
    facts: tuple[Fact, ...]
    moves: tuple[Move, ...]


def import_file(
    path: str | Path,
    *,
    container: str | None = None,
    layout: str | None = None,
    choices: Choices | None = None,
    ignore: Iterable[str] = (),
) -> Imported:
    """Read a file of weights as a Network.

    Args:
        path: of the file.
        container: a name in `CONTAINERS`; by content where it is not given.
        layout: a name in `LAYOUTS`; by the names of the tensors where it is not given.
        choices: what the file leaves open.
        ignore: patterns of names of tensors to leave out.

    Nothing in the file is executed. Rejects, naming the file: damage, pickles of anything but
    weights, missing packages, unknown, missing and misshapen tensors, values that are no finite
    floats, and images and strides that do not lead to the capsules there are.
    """
    path = Path(path)
    found, how = find_container(path, container)
    source = found.read(path)
    facts = [Fact("container", found.name, how)]
    if source.within is not None:
        facts.append(Fact("weights", f"under {source.within!r}", "found"))
    try:
        arrays = _unprefixed(source.arrays, facts)
        kind, how = find_layout(arrays, layout)
        facts.append(Fact("layout", kind.name, how))
        draft = Draft(arrays, source.texts, choices or Choices(), facts=facts)
        network = kind.build(draft)
        draft.leave(kind.ignore)
        draft.leave(ignore)
        draft.finish(kind.name)
        network = network.with_tensors(draft.tensors)
    except Rejection as rejection:
        raise rejection.within(str(path)) from None
    return Imported(network, tuple(draft.facts), tuple(draft.moves))


def _unprefixed(arrays: Mapping[str, NDArray[Any]], facts: list[Fact]) -> dict[str, NDArray[Any]]:
    """The arrays without a wrapper's prefix, if all have it."""
    arrays = dict(arrays)
    while arrays and (prefix := _common_prefix(arrays)):
        arrays = {name.removeprefix(prefix): array for name, array in arrays.items()}
        facts.append(Fact("prefix", prefix, "left off"))
    return arrays


def _common_prefix(names: Iterable[str]) -> str | None:
    """The prefix of a wrapper that all names have."""
    names = list(names)
    for prefix in _PREFIXES:
        if all(name.startswith(prefix) for name in names):
            return prefix
    return None

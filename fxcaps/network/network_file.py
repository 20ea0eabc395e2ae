"""The file of a Network: one `.npz` with a JSON description and named float arrays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from fxcaps.network.account import trained
from fxcaps.network.builders import architecture
from fxcaps.network.files import check_kind, field, names, read_archive, write_archive
from fxcaps.network.network import Network
from fxcaps.network.step import Step, check_name
from fxcaps.types import Format, Reason, Rejection, Shape, Signature

_KIND, _VERSION = "fxcaps-network", 1


def save_network(network: Network, path: Path, *, dtype: type[np.floating] | None = None) -> None:
    """Write a Network.

    Args:
        network: with its tensors.
        path: of the `.npz`.
        dtype: float type to store; that of each tensor by default.

    Rejects an architecture without its tensors, values that `dtype` cannot hold, and a place
    that cannot be written.
    """
    network.require_tensors()
    description = {
        "kind": _KIND,
        "version": _VERSION,
        "name": network.name,
        "inputs": {
            name: {"shape": list(given.shape), "format": str(given.format)}
            for name, given in network.inputs.items()
        },
        "steps": [step.to_json(explicit=False) for step in network.steps],
        "outputs": list(network.outputs),
        "tensors": {name: list(shape) for name, shape in network.expected.items()},
        "fixed": sorted(network.fixed),
    }
    with np.errstate(over="ignore"):  # what becomes infinite is rejected
        arrays = {
            name: network.tensors[name].astype(dtype or network.tensors[name].dtype)
            for name in network.expected
        }
    write_archive(path, description, network.with_tensors(arrays).tensors)


def load_network(path: Path, *, name: str | None = None) -> Network:
    """Read a Network.

    Args:
        path: of an `.npz` that `save_network` wrote, or of named arrays alone.
        name: the architecture of an archive that has no description.

    Rejects unreadable and foreign files, and tensors that do not fit, naming the file.
    """
    description, arrays = read_archive(Path(path))
    try:
        if description is None:
            network = _named(name).with_tensors(arrays)
        else:
            check_kind(description, _KIND, _VERSION, "description.json")
            network = _from_json(description, arrays)
            _check_name(network, name)
        network.require_tensors()
    except Rejection as rejection:
        raise rejection.within(str(path)) from None
    return network


def _check_name(network: Network, name: str | None) -> None:
    if name not in {None, network.name}:
        raise Rejection(Reason.FILE_FOREIGN, f"holds the network {network.name!r}, not {name!r}")


def _named(name: str | None) -> Network:
    if name is None:
        raise Rejection(
            Reason.FILE_FOREIGN, "the archive has no description.json; name its architecture"
        )
    found = architecture(name)
    if held := trained(found.steps):
        raise Rejection(
            Reason.FILE_FOREIGN,
            f"named arrays alone do not hold {', '.join(held)} of {name}; the archive needs its "
            "description.json",
        )
    return found


def _from_json(data: dict[str, Any], arrays: dict[str, Any]) -> Network:
    where = "description.json"
    inputs = {
        check_name(name, "inputs"): Signature(
            read_shape(field(given, "shape", list, f"{where} input {name!r}"), name),
            read_format(given, f"{where} input {name!r}"),
        )
        for name, given in field(data, "inputs", dict, where).items()
    }
    steps = field(data, "steps", list, where)
    expected = {
        check_name(name, "tensors"): read_shape(shape, name)
        for name, shape in field(data, "tensors", dict, where).items()
    }
    return Network(
        field(data, "name", str, where),
        inputs,
        tuple(Step.from_json(step, f"{where} steps[{k}]") for k, step in enumerate(steps)),
        names(data, "outputs", where),
        expected,
        frozenset(names(data, "fixed", where)),
        arrays,
    )


def read_format(data: Any, where: str) -> Format:
    """The field `format` of a JSON object; rejects what is no format, saying where."""
    text = field(data, "format", str, where)
    try:
        return Format.parse(text)
    except Rejection as rejection:
        raise rejection.within(where) from None


def read_shape(data: Any, name: str) -> Shape:
    """A shape from JSON; rejects what is not a list of extents."""
    if not isinstance(data, list) or not all(
        isinstance(extent, int) and not isinstance(extent, bool) and extent >= 0 for extent in data
    ):
        raise Rejection(
            Reason.FILE_FOREIGN, f"shape of {name!r} must be a list of extents, found {data!r:.60}"
        )
    return tuple(data)

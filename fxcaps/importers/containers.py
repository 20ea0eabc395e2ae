"""The table of containers: which files hold named arrays, and how each is read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from fxcaps.importers import hdf5, npz, safetensors, torch
from fxcaps.importers.source import Source
from fxcaps.ops import load_plugins
from fxcaps.types import Reason, Rejection

_HEAD = 512
"""Bytes that `recognise` sees; the mark of a tar archive stands at 257."""


@dataclass(frozen=True, kw_only=True)
class Container:
    """A kind of file.

    Args:
        name: of the kind.
        title: what it is, for people.
        suffixes: that its files usually have.
        recognise: whether a file with this beginning, at this path, is one.
        read: gives the arrays; rejects damage with one line that names the file.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    recognise: Callable[[bytes, Path], bool]
    read: Callable[[Path], Source]


CONTAINERS: dict[str, Container] = {}
"""Name -> container."""


def register_container(container: Container) -> None:
    """Add a container; rejects a name that is taken with `PARAMETER_INVALID`."""
    if container.name in CONTAINERS:
        raise Rejection(
            Reason.PARAMETER_INVALID, f"a container named {container.name} is registered already"
        )
    CONTAINERS[container.name] = container


for _container in (
    Container(
        name="npz",
        title="NumPy archive of named arrays",
        suffixes=(".npz",),
        recognise=npz.recognise,
        read=npz.read,
    ),
    Container(
        name="safetensors",
        title="safetensors",
        suffixes=(".safetensors",),
        recognise=safetensors.recognise,
        read=safetensors.read,
    ),
    Container(
        name="hdf5",
        title="HDF5, as Keras writes it",
        suffixes=(".h5", ".hdf5"),
        recognise=hdf5.recognise,
        read=hdf5.read,
    ),
    Container(
        name="torch",
        title="state dict of torch.save, weights only",
        suffixes=(".pt", ".pth"),
        recognise=torch.recognise,
        read=torch.read,
    ),
):
    register_container(_container)


def find_container(path: Path, name: str | None = None) -> tuple[Container, str]:
    """The container of a file, and how it was found.

    Args:
        path: of the file.
        name: of the container; by content, and else by suffix, where it is not given.

    Rejects unknown names, unreadable and empty files, files that no container recognises, and
    those whose suffix is that of another container.
    """
    load_plugins()
    if name is not None:
        if name not in CONTAINERS:
            known = ", ".join(CONTAINERS)
            raise Rejection(Reason.NAME_UNKNOWN, f"no container {name!r}; known: {known}")
        return CONTAINERS[name], "given"
    try:
        with path.open("rb") as stream:
            head = stream.read(_HEAD)
    except OSError as error:
        raise Rejection(Reason.FILE_UNREADABLE, f"{path}: {error.strerror or error}") from None
    if not head:
        raise Rejection(Reason.FILE_FOREIGN, f"{path}: is empty")
    suffix = path.suffix.lower()
    named = [found for found in CONTAINERS.values() if suffix in found.suffixes]
    held = [found for found in CONTAINERS.values() if found.recognise(head, path)]
    if held and named and not set(held) & set(named):
        raise Rejection(
            Reason.FILE_FOREIGN,
            f"{path}: named like {named[0].name}, but holds {held[0].name}; "
            "rename it or give its container",
        )
    if not held and not named:
        known = ", ".join(CONTAINERS)
        raise Rejection(
            Reason.FILE_FOREIGN, f"{path}: neither content nor name is that of any of {known}"
        )
    if len(held) == 1:
        return held[0], "by content"
    both = [found for found in held if found in named]
    return (both or named or held)[0], "by name"

"""HDF5, as Keras writes it: datasets by path, and the texts of the root."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from fxcaps.importers.source import Source, check_size, one_line, optional_module
from fxcaps.types import Reason, Rejection

_MAGIC = b"\x89HDF\r\n\x1a\n"


def recognise(head: bytes, _path: Path) -> bool:
    """The signature of HDF5."""
    return head.startswith(_MAGIC)


def read(path: Path) -> Source:
    """Every dataset of numbers that lies in the file itself, by its path.

    Links to other places and files are not followed. Rejects an absent package, damage, data
    kept in other files, and datasets of other things than numbers.
    """
    module = optional_module("h5py", "hdf5", path, "HDF5 files")
    try:
        with path.open("rb") as stream, module.File(stream, "r") as file:
            datasets: dict[str, Any] = {}
            file.visititems(
                lambda name, item: (
                    datasets.update({name: item}) if isinstance(item, module.Dataset) else None
                )
            )
            for name, dataset in datasets.items():
                _check(dataset, f"{path}: dataset {name!r}")
            check_size(((n, d.shape, d.dtype.itemsize) for n, d in datasets.items()), path)
            arrays = {name: np.asarray(dataset[()]) for name, dataset in datasets.items()}
            return Source(arrays, _texts(file))
    except Rejection:
        raise
    except OSError as error:
        if error.errno is not None:
            raise Rejection(Reason.FILE_UNREADABLE, f"{path}: {error.strerror}") from None
        raise _damaged(path, error) from error
    except Exception as error:  # h5py meets damage with many types
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> Rejection:
    return Rejection(Reason.FILE_FOREIGN, f"{path}: not a whole HDF5 file ({one_line(error)})")


def _check(dataset: Any, where: str) -> None:
    if dataset.external or dataset.is_virtual:
        raise Rejection(Reason.FILE_FOREIGN, f"{where}: its data lie in another file")
    if dataset.shape is None or dataset.dtype.kind not in "fiub":
        raise Rejection(Reason.DATA_INVALID, f"{where}: needs numbers, found {dataset.dtype}")


def _texts(file: Any) -> dict[str, str]:
    texts = {}
    for name, value in file.attrs.items():
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
        if isinstance(text, str):
            texts[name] = text
    return texts

"""Words of prefixes on disk: memory-mapped, shared by the workers of a machine, under a budget."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

HEADER = 128
"""Bytes of a `.npy` file before its words, for the short headers of these arrays."""

_TENSORS, _NAME = ".npy", 32


@dataclass(frozen=True)
class PrefixStore:
    """What runs have made up to a step, by the step's key and the part of the images.

    Nothing in it decides a result: an entry that is gone or was never made is computed again.

    Args:
        directory: where; entries are folders `<key>/<part>` with one `.npy` a tensor.
    """

    directory: Path

    def get(self, key: str, part: int) -> dict[str, NDArray[Any]] | None:
        """The words of an entry, memory-mapped; `None` where there is none."""
        folder = self.folder(key) / str(part)
        try:
            words = {
                name.removesuffix(_TENSORS): np.load(
                    folder / name, mmap_mode="r", allow_pickle=False
                )
                for name in sorted(os.listdir(folder))  # noqa: PTH208 - names, and quickly
            }
        except (OSError, ValueError, EOFError):  # absent, or damaged
            return None
        return words or None

    def put(self, key: str, part: int, words: Mapping[str, NDArray[Any]]) -> None:
        """Add an entry, whole or not at all; a full disk leaves it out.

        Args:
            key: of the step.
            part: of the images.
            words: by tensor, in their containers.
        """
        folder = self.folder(key) / str(part)
        beside = folder.with_name(f".{part}.{os.getpid()}.{threading.get_ident()}")
        try:
            beside.mkdir(parents=True, exist_ok=True)
            for name, array in words.items():
                np.save(beside / f"{name}{_TENSORS}", array, allow_pickle=False)
            beside.rename(folder)
        except OSError:  # no room, or another worker was first
            shutil.rmtree(beside, ignore_errors=True)

    def folder(self, key: str) -> Path:
        """Where the entries of a key are."""
        return self.directory / key[:_NAME]


class Shelf:
    """Keeps a store under its budget: the keys used longest ago make room for a new plan.

    Args:
        store: that workers write to.
        budget: bytes.
    """

    def __init__(self, store: PrefixStore, budget: int) -> None:
        self.store, self.budget = store, budget
        self._sizes: dict[Path, int] = {}
        with contextlib.suppress(OSError):  # what an earlier search left there
            found = sorted(store.directory.iterdir(), key=lambda folder: folder.stat().st_mtime_ns)
            self._sizes = {folder: _size(folder) for folder in found}

    def reserve(self, needs: Mapping[str, int]) -> None:
        """Make room for keys, which are in use from now on.

        Args:
            needs: key -> bytes that all its entries take; together at most the budget.
        """
        for key, needed in needs.items():
            folder = self.store.folder(key)
            self._sizes.pop(folder, None)
            self._sizes[folder] = needed
        kept = {self.store.folder(key) for key in needs}
        total = sum(self._sizes.values())
        for folder in [folder for folder in self._sizes if folder not in kept]:
            if total <= self.budget:
                break
            total -= self._sizes.pop(folder)
            shutil.rmtree(folder, ignore_errors=True)


def _size(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.rglob(f"*{_TENSORS}"))

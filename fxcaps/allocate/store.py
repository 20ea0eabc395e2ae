"""Words of prefixes on disk: memory-mapped, shared by the workers of a machine, under a budget."""

from __future__ import annotations

import contextlib
import os
import shutil
import threading
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class PrefixStore:
    """What runs have made up to a step, by the step's key and the part of the images.

    Nothing in it decides a result: an entry that is gone or was never made is computed again.

    Args:
        directory: where; entries are folders `<key>/<part>` with one `.npy` a tensor.
        budget: bytes that a writer leaves there at most. Several writers at a time can exceed it
            by the entries that they are writing.
    """

    directory: Path
    budget: int

    def get(self, key: str, part: int) -> dict[str, NDArray[Any]] | None:
        """The words of an entry, memory-mapped; `None` where there is none."""
        folder = self._folder(key) / str(part)
        try:
            files = sorted(folder.glob("*.npy"))
            words = {
                file.name.removesuffix(".npy"): np.load(file, mmap_mode="r", allow_pickle=False)
                for file in files
            }
            os.utime(folder.parent)
        except (OSError, ValueError):  # another worker is just evicting it
            return None
        return words or None

    def put(
        self, key: str, part: int, words: Mapping[str, NDArray[Any]], keep: Collection[str]
    ) -> bool:
        """Add an entry and say whether there was room.

        Args:
            key: of the step.
            part: of the images.
            words: by tensor, in their containers.
            keep: keys that must not make room; others do, the least recently used first.
        """
        folder = self._folder(key) / str(part)
        with contextlib.suppress(OSError):  # a full disk is no room
            if folder.exists() or not self._make_room(_bytes_of(words), keep):
                return folder.exists()
            beside = folder.with_name(f".{part}.{os.getpid()}.{threading.get_ident()}")
            beside.mkdir(parents=True, exist_ok=True)
            try:
                for name, array in words.items():
                    np.save(beside / f"{name}.npy", array, allow_pickle=False)
                beside.rename(folder)  # whole or not at all; fails where another was first
            finally:
                shutil.rmtree(beside, ignore_errors=True)
        return folder.exists()

    def size(self) -> int:
        """Bytes of all entries."""
        return sum(self._size(folder) for folder in self._folders())

    def _make_room(self, needed: int, keep: Collection[str]) -> bool:
        kept = {self._folder(key) for key in keep}
        folders = self._folders()
        total = sum(self._size(folder) for folder in folders)
        others = [folder for folder in folders if folder not in kept]
        if total - sum(self._size(folder) for folder in others) + needed > self.budget:
            return False
        for folder in others:
            if total + needed <= self.budget:
                break
            total -= self._size(folder)
            shutil.rmtree(folder, ignore_errors=True)
        return True

    def _folder(self, key: str) -> Path:
        return self.directory / key[:32]

    def _folders(self) -> list[Path]:
        """Folders of keys, the least recently used first."""
        aged = []
        with contextlib.suppress(OSError):
            for folder in self.directory.iterdir():
                with contextlib.suppress(OSError):
                    aged.append((folder.stat().st_mtime_ns, folder))
        return [folder for _, folder in sorted(aged)]

    def _size(self, folder: Path) -> int:
        total = 0
        for file in folder.glob("*/*.npy"):
            with contextlib.suppress(OSError):
                total += file.stat().st_size
        return total


def _bytes_of(words: Mapping[str, NDArray[Any]]) -> int:
    return sum(array.nbytes for array in words.values())

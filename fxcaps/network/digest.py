"""Canonical bytes of words, and their digests (specification page `tensors.md`)."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.types import Format


def container_type(format: Format) -> np.dtype[Any]:
    """The smallest little-endian signed integer type that holds every word of a format."""
    return np.dtype(f"<i{format.container_bytes}")


def to_container(words: NDArray[Any], format: Format) -> NDArray[Any]:
    """Words in their container, C order."""
    return np.ascontiguousarray(words.astype(container_type(format)))


def words_digest(words: NDArray[Any], format: Format) -> str:
    """sha256 over the canonical bytes: C order, container of the format, little-endian."""
    return hashlib.sha256(to_container(words, format).tobytes()).hexdigest()


def joint_digest(digests: dict[str, str]) -> str:
    """sha256 over the sorted lines `digest  name`, as `sha256sum` writes them."""
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
    return hashlib.sha256(lines.encode()).hexdigest()

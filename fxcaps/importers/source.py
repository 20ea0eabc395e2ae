"""What a container reader gives: arrays and texts by the names that the file uses."""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from fxcaps.types import Reason, Rejection, Shape

LIMIT = 4 << 30
"""Bytes of all tensors together: 80 times those of DeepCaps for 64x64x3 in 32-bit floats.

A file of a few kilobytes can declare any shape; what exceeds this is refused before it is read.
"""


@dataclass(frozen=True)
class Source:
    """The contents of a file of weights.

    Args:
        arrays: by the names of the file.
        texts: what the file says beside them, such as the `model_config` of Keras.
        within: the entry of the file that holds them, where it is not the whole.
    """

    arrays: Mapping[str, NDArray[Any]]
    texts: Mapping[str, str] = field(default_factory=dict)
    within: str | None = None


def optional_module(name: str, extra: str, path: Path, kind: str) -> Any:
    """A module that an extra of the package installs; rejects its absence, naming the extra."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise Rejection(
            Reason.FILE_UNREADABLE,
            f"{path}: reading {kind} needs {name.partition('.')[0]}; "
            f'install it with: pip install "fxcaps[{extra}]"',
        ) from error


def check_size(tensors: Iterable[tuple[str, Shape, int]], path: Path) -> None:
    """Reject tensors, given as name, shape and bytes of an element, beyond the limit together."""
    total = 0
    for name, shape, size in tensors:
        total += math.prod(shape) * size
        if total > LIMIT:
            raise Rejection(
                Reason.DATA_INVALID,
                f"{path}: with {name!r} {shape} the tensors take {total:,} bytes, more than "
                f"{LIMIT:,}",
            )


def one_line(error: BaseException) -> str:
    """What an error of another package says, shortened to a printable part of a line."""
    text = "".join(letter for letter in " ".join(str(error).split()) if letter.isprintable())
    return text[:120] or type(error).__name__

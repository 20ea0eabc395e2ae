"""What is made of constants once: packed weights and proven ranges, kept while the array lives."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from fxcaps.ops.batch import Words

_T = TypeVar("_T")

_KEPT: dict[int, tuple[weakref.ref[Any], dict[Hashable, object]]] = {}
_LOCK = threading.Lock()


def remember(array: NDArray[np.generic], key: Hashable, make: Callable[[], _T]) -> _T:
    """What `make` made of an array for this key before, or makes now.

    Only arrays that nobody can write to are remembered, such as a Program's constants; whatever
    was made of one goes when it goes.
    """
    if array.flags.writeable or not array.flags.owndata:
        return make()
    with _LOCK:
        kept = _kept_for(array)
    if key not in kept:
        kept[key] = make()  # two threads may make the same
    return cast("_T", kept[key])


def digest_of(words: Words | None) -> Hashable:
    """A key for a small constant, by its words."""
    return None if words is None else (words.format, words.array.shape, words.array.tobytes())


def _kept_for(array: NDArray[np.generic]) -> dict[Hashable, object]:
    known = _KEPT.get(id(array))
    if known is not None and known[0]() is array:
        return known[1]
    name = id(array)

    def forget(gone: weakref.ref[Any]) -> None:
        if name in _KEPT and _KEPT[name][0] is gone:
            del _KEPT[name]

    kept: dict[Hashable, object] = {}
    _KEPT[name] = weakref.ref(array, forget), kept
    return kept

"""How kernels are compiled: once, cached on disk, free of the interpreter lock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

_F = TypeVar("_F", bound=Callable[..., Any])


def kernel(function: _F) -> _F:
    """Compile a loop, or a scalar helper of loops, on first use.

    The cache falls back to a user directory where the package is read-only.
    No fast-math: the certified float paths rely on IEEE operations as written. No checks for zero
    divisors: kernels meet none.
    """
    return cast("_F", numba.njit(cache=True, nogil=True, error_model="numpy")(function))

"""How kernels are compiled: once, cached on disk, free of the interpreter lock, not in silence."""

from __future__ import annotations

import hashlib
import sys
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import event

_F = TypeVar("_F", bound=Callable[..., Any])

PATIENCE = 1.0
"""Seconds of compilation after which the user is told what goes on."""

NOTICE = (
    "fxcaps: compiling for this processor; later runs load what is cached "
    "(`fxcaps warmup` does it all at once)"
)


def kernel(function: _F) -> _F:
    """Compile a loop, or a scalar helper of loops, on first use.

    The cache falls back to a user directory where the package is read-only, and holds as long as
    no kernel changes: a kernel contains those that it calls.
    No fast-math: the certified float paths rely on IEEE operations as written. No checks for zero
    divisors: kernels meet none.
    """
    _NOTICE.listen()
    compiled: Any = numba.njit(cache=True, nogil=True, error_model="numpy")(function)
    # numba looks at the file of the function alone; there is no public way to tell it more.
    compiled._cache._cache_file._source_stamp = _sources()  # noqa: SLF001
    return cast("_F", compiled)


@cache
def _sources() -> str:
    """A digest of all that kernels are made of: each other, and the codes of the vocabulary."""
    kernels = Path(__file__).parent
    digest = hashlib.sha256()
    for folder in (kernels, kernels.parent.parent / "types"):
        for path in sorted(folder.glob("*.py")):
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


class _Notice(event.Listener):
    """Tells once a process, on standard error, that a kernel is being compiled."""

    def __init__(self) -> None:
        self._depth = 0
        self._timer: threading.Timer | None = None
        self._listening = False

    def listen(self) -> None:
        """Hear of compilations from now on."""
        if not self._listening:
            self._listening = True
            register: Any = event.register
            register("numba:compile", self)

    def on_start(self, event: Any) -> None:
        """Start the clock with the outermost kernel of ours; what is cached never comes here."""
        if not _is_ours(event):
            return
        self._depth += 1
        if self._depth == 1 and self._listening and self._timer is None:
            self._timer = threading.Timer(PATIENCE, _tell)
            self._timer.daemon = True
            self._timer.start()

    def on_end(self, event: Any) -> None:
        """Stop it; the next compilation may start it again unless the user was told."""
        if not _is_ours(event):
            return
        self._depth -= 1
        if self._depth == 0 and self._timer is not None and self._timer.is_alive():
            self._timer.cancel()
            self._timer = None


def _is_ours(happened: Any) -> bool:
    function = happened.data["dispatcher"].py_func
    return str(function.__module__).startswith("fxcaps.")


def _tell() -> None:
    sys.stderr.write(NOTICE + "\n")


_NOTICE = _Notice()

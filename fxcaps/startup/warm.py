"""Run everything small once, so that every kernel is compiled and cached."""

from __future__ import annotations

import importlib
import pkgutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numba.core.dispatcher import Dispatcher

from fxcaps import engine, network
from fxcaps.ops import require_function
from fxcaps.oracle import TABLES
from fxcaps.startup.calls import calls
from fxcaps.startup.programs import programs


@dataclass(frozen=True)
class Warmth:
    """What warming up came to.

    Args:
        kernels: compiled functions of kernels that the engine calls, one for each type of their
            arguments.
        compiled: of all kernels, how many were compiled now; the others were in the cache.
        seconds: it took.
        cache: folders that hold the compiled code.
    """

    kernels: int
    compiled: int
    seconds: float
    cache: tuple[Path, ...]


def warm(progress: Callable[[int, int], None] | None = None) -> Warmth:
    """Compile every kernel for the types of arguments that users' calls have.

    All operations, algorithms, registers and roundings are called with a few words of every
    width, and narrow networks run under every profile; nothing lists the kernels by name.

    Args:
        progress: told calls done and in all.
    """
    started = time.perf_counter()
    known = all_kernels()
    before = _misses(known)
    listed, made = list(calls()), list(programs())
    for number, call in enumerate(listed, start=1):
        function: Any = require_function(TABLES.engine or {}, call.params)
        function(call.params, call.inputs, call.formats)
        if progress:
            progress(number, len(listed) + len(made))
    for number, program in enumerate(made, start=1):
        (name,) = program.inputs
        images = np.ones((2, *program.tensors[name].shape), np.uint8)
        network.run(program, images, TABLES)
        if progress:
            progress(len(listed) + number, len(listed) + len(made))
    folders = {Path(kernel.stats.cache_path) for kernel in known if kernel.signatures}
    return Warmth(
        kernels=sum(len(kernel.signatures) for kernel in entries()),
        compiled=_misses(known) - before,
        seconds=time.perf_counter() - started,
        cache=tuple(sorted(folders)),
    )


def all_kernels() -> list[Any]:
    """Every compiled function of the engine, helpers of loops included."""
    return _dispatchers("fxcaps.engine.")


def entries() -> list[Any]:
    """Kernels that the engine calls from Python, found among the names of its modules."""
    inner = "fxcaps.engine.kernels"
    return _dispatchers("fxcaps.engine.", but=inner)


def _dispatchers(prefix: str, but: str | None = None) -> list[Any]:
    found: dict[int, Any] = {}
    for module in pkgutil.walk_packages(engine.__path__, prefix):
        if but is not None and module.name.startswith(but):
            continue
        for value in vars(importlib.import_module(module.name)).values():
            if isinstance(value, Dispatcher):
                found[id(value)] = value
    return list(found.values())


def _misses(kernels: list[Any]) -> int:
    return sum(sum(kernel.stats.cache_misses.values()) for kernel in kernels)

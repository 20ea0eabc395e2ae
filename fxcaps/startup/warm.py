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
        compiled: functions that were compiled now, one for each type of their arguments.
        loaded: functions that the cache had.
        seconds: it took.
        cache: folders that hold the compiled code.
    """

    compiled: int
    loaded: int
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
    before = _counted(known)
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
    compiled, loaded = (b - a for a, b in zip(before, _counted(known), strict=True))
    return Warmth(
        compiled=compiled,
        loaded=loaded,
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


def _counted(kernels: list[Any]) -> tuple[int, int]:
    """How often the cache of compiled code had no function, and had it."""
    counts = [kernel.stats for kernel in kernels]
    misses = sum(sum(stats.cache_misses.values()) for stats in counts)
    return misses, sum(sum(stats.cache_hits.values()) for stats in counts)

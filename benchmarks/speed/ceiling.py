"""What the processor's instruction reaches by itself: the bound of every product of 8-bit words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from benchmarks.speed.products import OUTPUTS, WINDOW, matrix8_work
from benchmarks.speed.row import Gap, Pair, Setting
from benchmarks.speed.timing import alternate
from fxcaps.engine.kernels.instructions import INSTRUCTIONS, Path, available
from fxcaps.engine.kernels.tile import VNNI8_WIDE

_GROUPS = 64
"""Steps of four bytes: the weights of a tile fill half of a first-level cache."""


@njit
def _repeat(
    x: NDArray[np.uint8],
    offsets: NDArray[np.int64],
    weights: NDArray[np.uint8],
    groups: int,
    times: int,
    sums: NDArray[np.int32],
) -> None:
    """Add the products of one tile again and again; nothing leaves the first-level cache."""
    at, places = np.intp(x.ctypes.data), np.intp(offsets.ctypes.data)
    panel, totals = np.intp(weights.ctypes.data), np.intp(sums.ctypes.data)
    for _ in range(times):
        VNNI8_WIDE(at, places, panel, 1, 0, groups, totals)


CONVOLUTIONS = (20 * 20 * 9 * 9 + 6 * 6 * WINDOW) * OUTPUTS
"""Products of both convolutions of ShallowCaps for an image."""


def instruction_alone(setting: Setting) -> Pair:
    """The matrix product beside as many products of the instruction on words in the cache."""
    if setting.threads > 1:
        raise Gap("one thread shows what a core can do")
    if not available(Path.VNNI8):
        raise Gap("the processor has no AVX-512 VNNI")
    ours, rows = matrix8_work(setting)
    total = rows * OUTPUTS * WINDOW
    alone, products = _alone(total)
    times = alternate(ours, alone, setting.rounds)
    rate = products / min(times[1].processor) / 1e9
    note = (
        f"{rows} rows; the instruction alone: {rate:,.0f} thousand million products a second, "
        f"with which the convolutions of ShallowCaps take {CONVOLUTIONS / rate / 1e6:.2f} ms an "
        "image, less than which no row of that network can take"
    )
    return Pair(*times, "the same number of products, of words that mean nothing", rows, note)


def _alone(total: int) -> tuple[Callable[[], object], int]:
    instruction = INSTRUCTIONS[Path.VNNI8]
    rows, registers = instruction.tiles[0]
    sums = rows * registers * instruction.lanes
    times = total // (sums * 4 * _GROUPS)
    given: tuple[Any, ...] = (
        np.ones(rows * 4 * _GROUPS, np.uint8),
        np.arange(rows, dtype=np.int64) * 4 * _GROUPS,
        np.ones(registers * instruction.lanes * 4 * _GROUPS, np.uint8),
        _GROUPS,
        times,
        np.zeros(sums, np.int32),
    )
    return lambda: _repeat(*given), times * sums * 4 * _GROUPS

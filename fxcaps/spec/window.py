"""Positions of a grid under a window."""

from __future__ import annotations

from collections.abc import Iterator

from fxcaps.ops.window import Windowed
from fxcaps.types import Shape


def positions(
    params: Windowed, grid: Shape, window: Shape, row: int, column: int
) -> Iterator[int | None]:
    """Flat positions on a grid `(H, W)` under one window, `None` for padding.

    Args:
        params: stride and padding.
        grid: rows and columns of the grid.
        window: rows and columns of the window; they run ascending, columns fastest.
        row: of the window among the windows.
        column: likewise.
    """
    top, _, left, _ = params.padding
    for ky in range(window[0]):
        y = row * params.stride[0] + ky - top
        for kx in range(window[1]):
            x = column * params.stride[1] + kx - left
            inside = 0 <= y < grid[0] and 0 <= x < grid[1]
            yield y * grid[1] + x if inside else None

"""What operations that slide a window over a grid share: stride, padding, extent of the output."""

from __future__ import annotations

from dataclasses import dataclass

from fxcaps.ops.operation import expect
from fxcaps.ops.parameters import Summing
from fxcaps.types import Shape


@dataclass(frozen=True, kw_only=True)
class Windowed(Summing):
    """Parameters of a sum of products over a window.

    Args:
        stride: rows and columns between windows, each at least 1.
        padding: zero rows above and below, zero columns left and right.
    """

    stride: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.require(min(self.stride) >= 1, f"stride must be at least 1, found {self.stride}")
        self.require(min(self.padding) >= 0, f"padding must not be negative, found {self.padding}")


def window_grid(params: Windowed, grid: Shape, window: Shape) -> tuple[int, int]:
    """Rows and columns of windows `(KH, KW)` on a grid `(H, W)`.

    Rejects a window that does not fit into the padded grid once with `SHAPE_MISMATCH`.
    """
    top, bottom, left, right = params.padding
    padded = (grid[0] + top + bottom, grid[1] + left + right)
    rows, columns = padded[0] - window[0], padded[1] - window[1]
    expect(
        rows >= 0 and columns >= 0,
        f"{params.title()}: window {window} exceeds the padded image {padded}",
    )
    return rows // params.stride[0] + 1, columns // params.stride[1] + 1

"""What a process wrote besides its results."""

from __future__ import annotations

from fxcaps.engine.kernels.compile import NOTICE


def messages(text: str) -> str:
    """The messages, less that on compiling, which whoever comes first may write."""
    return text.replace(NOTICE + "\n", "")

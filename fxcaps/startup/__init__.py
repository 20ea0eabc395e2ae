"""Compilation of all kernels at once, before anyone waits for one."""

from fxcaps.startup.warm import Warmth, warm

__all__ = ["Warmth", "warm"]

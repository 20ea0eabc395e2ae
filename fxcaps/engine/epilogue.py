"""Words of sums in 32 bits: bias and sums are done, rounding, overflow and events follow."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from fxcaps.engine.kernels.blocked import Epilogue, finish_rows
from fxcaps.engine.kernels.narrow import thresholds
from fxcaps.engine.sums import Register
from fxcaps.engine.values import Coded, codes, no_events, single
from fxcaps.ops.batch import Result
from fxcaps.ops.parameters import Narrowing
from fxcaps.types import Format, Shape

SUM_BITS = 31
"""Bits of magnitude of a sum in 32 bits."""


def epilogue_of(
    register: Register, params: Narrowing, out: Format, *, relu: bool = False
) -> Epilogue | None:
    """How the sums of a register become words, or `None` where that takes more than 32 bits.

    Args:
        register: how the sums were formed.
        params: rounding and overflow of the output.
        out: format of the output.
        relu: negative sums count as zero.
    """
    if not register.free:
        return None
    return shifting(register.bound, register.frac - out.frac, params, out, relu=relu)


def shifting(
    bound: int, shift: int, params: Narrowing, out: Format, *, relu: bool = False
) -> Epilogue | None:
    """How sums up to `bound` in magnitude are shifted right by `shift` into words.

    `None` where they, or what becomes of them, take more than 32 bits, and where random bits
    round them.
    """
    if not isinstance(params.rounding, Coded) or shift >= SUM_BITS:
        return None
    if bound << max(-shift, 0) >= 1 << SUM_BITS or out.max >= 1 << SUM_BITS:
        return None
    rounding, low, high, overflow = codes(out, params.rounding, params.overflow)
    return Epilogue(relu, shift, thresholds(shift, rounding), low, high, overflow)


def finish(
    sums: NDArray[np.int32], epilogue: Epilogue, params: Narrowing, out: Format, shape: Shape
) -> Result:
    """Words and events of `sums (N, M)`.

    Args:
        sums: complete.
        epilogue: how they become words.
        params: rounding and overflow of the output.
        out: format of the output.
        shape: of one image's output.
    """
    words, events = np.empty(sums.shape, f"i{out.container_bytes}"), no_events(len(sums))
    images, bases = np.arange(len(sums)), np.zeros(len(sums), np.int64)
    rows = np.ascontiguousarray(sums)  # the kernel walks along rows in memory
    finish_rows(rows, images, bases, 0, epilogue, words, events)
    return single(words, events, params.overflow, shape)

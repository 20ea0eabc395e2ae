"""The vocabulary of fxcaps: formats, modes, accumulators, events, tensors, rejections."""

from fxcaps.types.accumulator import Accumulator, Check
from fxcaps.types.event import QUARTERS, Count, Event, Log
from fxcaps.types.format import Format
from fxcaps.types.overflow import Overflow
from fxcaps.types.rejection import Reason, Rejection
from fxcaps.types.rounding import Rounding
from fxcaps.types.tensor import Shape, Signature, Tensor, signatures

__all__ = [
    "QUARTERS",
    "Accumulator",
    "Check",
    "Count",
    "Event",
    "Format",
    "Log",
    "Overflow",
    "Reason",
    "Rejection",
    "Rounding",
    "Shape",
    "Signature",
    "Tensor",
    "signatures",
]

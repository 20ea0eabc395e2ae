"""The vocabulary of fxcaps: formats, modes, accumulators, events, tensors, rejections."""

from fxcaps.types.accumulator import Accumulator, BiasAt, Check, Init, RoundAt
from fxcaps.types.event import QUARTERS, Count, Event, Follow, Log
from fxcaps.types.format import Format
from fxcaps.types.order import Order, Pairwise, Permutation, Sequential, Tile, Tree
from fxcaps.types.overflow import Overflow
from fxcaps.types.qcapsnets import (
    QcapsnetsLogarithmic,
    QcapsnetsRtn,
    QcapsnetsRule,
    QcapsnetsStochastic,
)
from fxcaps.types.rejection import Reason, Rejection
from fxcaps.types.rounding import Rounding
from fxcaps.types.rule import RoundingRule, WeightRule
from fxcaps.types.stochastic import Advance, Direction, Form, Lfsr, Philox
from fxcaps.types.tensor import Shape, Signature, Tensor, signatures

__all__ = [
    "QUARTERS",
    "Accumulator",
    "Advance",
    "BiasAt",
    "Check",
    "Count",
    "Direction",
    "Event",
    "Follow",
    "Form",
    "Format",
    "Init",
    "Lfsr",
    "Log",
    "Order",
    "Overflow",
    "Pairwise",
    "Permutation",
    "Philox",
    "QcapsnetsLogarithmic",
    "QcapsnetsRtn",
    "QcapsnetsRule",
    "QcapsnetsStochastic",
    "Reason",
    "Rejection",
    "RoundAt",
    "Rounding",
    "RoundingRule",
    "Sequential",
    "Shape",
    "Signature",
    "Tensor",
    "Tile",
    "Tree",
    "WeightRule",
    "signatures",
]

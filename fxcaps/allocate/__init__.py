"""Bit-width allocation: costs, one evaluator, methods, certificates."""

from fxcaps.allocate.certificate import Certificate
from fxcaps.allocate.confidence import accuracy_interval, images_needed, paired_interval
from fxcaps.allocate.cost import PROGRAM, QCAPSNETS, Accounting, Cost, CostModel, Counted, Tally
from fxcaps.allocate.evaluator import Evaluator
from fxcaps.allocate.journal import Journal, Record
from fxcaps.allocate.method import (
    METHODS,
    Answer,
    Method,
    Outlook,
    Problem,
    method_named,
    register_method,
)
from fxcaps.allocate.optimal import Optimal
from fxcaps.allocate.order import hardest_first
from fxcaps.allocate.progress import Progress
from fxcaps.allocate.progressive_block import ProgressiveBlock
from fxcaps.allocate.progressive_layer import ProgressiveLayer
from fxcaps.allocate.progressive_routing import ProgressiveRouting
from fxcaps.allocate.qcapsnets import QCapsNets
from fxcaps.allocate.scheme import Scheme
from fxcaps.allocate.search import allocate
from fxcaps.allocate.uniform import Uniform
from fxcaps.allocate.workers import Workers, WorkersLostError

__all__ = [
    "METHODS",
    "PROGRAM",
    "QCAPSNETS",
    "Accounting",
    "Answer",
    "Certificate",
    "Cost",
    "CostModel",
    "Counted",
    "Evaluator",
    "Journal",
    "Method",
    "Optimal",
    "Outlook",
    "Problem",
    "Progress",
    "ProgressiveBlock",
    "ProgressiveLayer",
    "ProgressiveRouting",
    "QCapsNets",
    "Record",
    "Scheme",
    "Tally",
    "Uniform",
    "Workers",
    "WorkersLostError",
    "accuracy_interval",
    "allocate",
    "hardest_first",
    "images_needed",
    "method_named",
    "paired_interval",
    "register_method",
]

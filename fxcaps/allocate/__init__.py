"""Bit-width allocation: costs, one evaluator, methods, certificates."""

from fxcaps.allocate.cost import PROGRAM, QCAPSNETS, Accounting, Cost, CostModel, Counted, Tally
from fxcaps.allocate.evaluator import Evaluator, Progress, Scheme
from fxcaps.allocate.journal import Journal, Record
from fxcaps.allocate.workers import Workers, WorkersLostError

__all__ = [
    "PROGRAM",
    "QCAPSNETS",
    "Accounting",
    "Cost",
    "CostModel",
    "Counted",
    "Evaluator",
    "Journal",
    "Progress",
    "Record",
    "Scheme",
    "Tally",
    "Workers",
    "WorkersLostError",
]

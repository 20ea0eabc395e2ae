"""Bit-width allocation: costs, one evaluator, methods, certificates."""

from fxcaps.allocate.cost import PROGRAM, QCAPSNETS, Accounting, Cost, CostModel, Counted, Tally

__all__ = [
    "PROGRAM",
    "QCAPSNETS",
    "Accounting",
    "Cost",
    "CostModel",
    "Counted",
    "Tally",
]

"""Calibration and formats: from a float Network to a Program."""

from fxcaps.quantize.formats import holding_format, minmax_format, to_words
from fxcaps.quantize.lower import (
    HARDWARE,
    HARDWARE_PROFILE,
    Granularity,
    assemble,
    lower,
    quantize_network,
)
from fxcaps.quantize.ranges import Range, calibrate
from fxcaps.quantize.rules import RULES, Rule, Subject, q7_format, rule_named
from fxcaps.quantize.statistics import fold_batch_norm
from fxcaps.quantize.widths import widths_by_name

__all__ = [
    "HARDWARE",
    "HARDWARE_PROFILE",
    "RULES",
    "Granularity",
    "Range",
    "Rule",
    "Subject",
    "assemble",
    "calibrate",
    "fold_batch_norm",
    "holding_format",
    "lower",
    "minmax_format",
    "q7_format",
    "quantize_network",
    "rule_named",
    "to_words",
    "widths_by_name",
]

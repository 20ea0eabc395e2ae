"""Calibration and formats: from a float Network to a Program."""

from fxcaps.quantize.calibration import Calibration, Observation, Split, calibrate
from fxcaps.quantize.clipping import Clipping, clipping
from fxcaps.quantize.formats import holding_format, minmax_format, to_words
from fxcaps.quantize.granularity import Granularity, by_group, spare_bits
from fxcaps.quantize.histogram import Histogram
from fxcaps.quantize.lower import (
    HARDWARE,
    HARDWARE_PROFILE,
    assemble,
    lower,
    quantize_network,
)
from fxcaps.quantize.ranges import Range
from fxcaps.quantize.rules import (
    RULES,
    MinMax,
    Mse,
    Percentile,
    Rule,
    Sqnr,
    Subject,
    q7_format,
    register_rule,
    rule_named,
)
from fxcaps.quantize.statistics import fold_batch_norm
from fxcaps.quantize.widths import widths_by_name

__all__ = [
    "HARDWARE",
    "HARDWARE_PROFILE",
    "RULES",
    "Calibration",
    "Clipping",
    "Granularity",
    "Histogram",
    "MinMax",
    "Mse",
    "Observation",
    "Percentile",
    "Range",
    "Rule",
    "Split",
    "Sqnr",
    "Subject",
    "assemble",
    "by_group",
    "calibrate",
    "clipping",
    "fold_batch_norm",
    "holding_format",
    "lower",
    "minmax_format",
    "q7_format",
    "quantize_network",
    "register_rule",
    "rule_named",
    "spare_bits",
    "to_words",
    "widths_by_name",
]

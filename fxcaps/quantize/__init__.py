"""Calibration and formats: from a float Network to a Program."""

from fxcaps.quantize.formats import holding_format, minmax_format, to_words
from fxcaps.quantize.lower import HARDWARE, Granularity, lower, quantize_network
from fxcaps.quantize.ranges import Range, calibrate
from fxcaps.quantize.statistics import fold_batch_norm
from fxcaps.quantize.widths import widths_by_name

__all__ = [
    "HARDWARE",
    "Granularity",
    "Range",
    "calibrate",
    "fold_batch_norm",
    "holding_format",
    "lower",
    "minmax_format",
    "quantize_network",
    "to_words",
    "widths_by_name",
]

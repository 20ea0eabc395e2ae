"""Figures; matplotlib is imported only here."""

from fxcaps.plots.diagnosis import diagnosis_figure
from fxcaps.plots.ranges import ranges_figure

__all__ = ["diagnosis_figure", "ranges_figure"]

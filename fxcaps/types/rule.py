"""Everything that may stand where a field rounds by a rule."""

from __future__ import annotations

from fxcaps.types.qcapsnets import QcapsnetsLogarithmic, QcapsnetsRtn, QcapsnetsStochastic
from fxcaps.types.rounding import Rounding
from fxcaps.types.stochastic import Lfsr, Philox

RoundingRule = Rounding | Philox | Lfsr | QcapsnetsRtn | QcapsnetsStochastic | QcapsnetsLogarithmic
"""A deterministic mode, a generator of stochastic rounding, or a quantiser of Q-CapsNets."""

WeightRule = Rounding | QcapsnetsLogarithmic | QcapsnetsStochastic
"""What weights become words by, once, when a Program is made."""

"""The quantisers of the published Q-CapsNets code that no mode of rounding equals.

Each of them depends on the fraction bits N of the words it makes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from fxcaps.types.stochastic import Philox

LARGEST_FRACTION = 32
"""The code quantises to 0 to 32 fraction bits; its search begins with 32."""


@dataclass(frozen=True, slots=True)
class QcapsnetsRtn:
    """floor(x + 2**(-N - 1)) in steps, which the code calls round to nearest.

    A value rounds up only where at most 2**(-N - 1) of a step is missing; at N = 0 that is
    ties_to_pos_inf, at usual N nearly floor.

    Source: specification page `qcapsnets.md`, clause QC-2.
    """

    kind: ClassVar[str] = "qcapsnets_rtn"


@dataclass(frozen=True, slots=True, kw_only=True)
class QcapsnetsStochastic(Philox):
    """floor(x + max(u, 2**(-N - 1))) in steps, with u from Philox as `Philox` draws it.

    The code adds the constant of its rounding to nearest before it draws; its own random numbers
    cannot be made again.

    Source: specification page `qcapsnets.md`, clause QC-3.
    """

    kind: ClassVar[str] = "qcapsnets_stochastic"


@dataclass(frozen=True, slots=True)
class QcapsnetsLogarithmic:
    """The power of two whose exponent is nearest to log2(|x| + 1e-8), with the sign of x.

    It is at most 2**10, and below one step the result is zero.

    Source: specification page `qcapsnets.md`, clause QC-4.
    """

    kind: ClassVar[str] = "qcapsnets_logarithmic"


QcapsnetsRule = QcapsnetsRtn | QcapsnetsStochastic | QcapsnetsLogarithmic
"""A rule whose result depends on the fraction of the format."""

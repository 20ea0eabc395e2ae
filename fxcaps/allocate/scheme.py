"""Schemes: how widths become a Program."""

from __future__ import annotations

from dataclasses import dataclass

from fxcaps.network import Network, Program
from fxcaps.ops import Arithmetic
from fxcaps.profiles import Profile
from fxcaps.quantize import HARDWARE_PROFILE, Calibration, Granularity, MinMax, Rule, lower
from fxcaps.quantize.widths import Widths


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """How widths become a Program: all that an allocation does not search.

    Args:
        arithmetic: rounding, overflow and algorithms, or a profile.
        rule: that chooses formats.
        granularity: what shares a bound.
    """

    arithmetic: Arithmetic | Profile = HARDWARE_PROFILE
    rule: Rule = MinMax()
    granularity: Granularity = Granularity.ITERATION

    def program(self, network: Network, calibration: Calibration, width: Widths) -> Program:
        """The Program of a network with these widths."""
        given = self.arithmetic
        return lower(
            network,
            calibration,
            width=width,
            arithmetic=given.arithmetic if isinstance(given, Profile) else given,
            granularity=self.granularity,
            rule=self.rule,
        )

    def about(self) -> dict[str, str]:
        """What tells schemes apart."""
        given = self.arithmetic
        named = f"{given.name} {given.digest}" if isinstance(given, Profile) else repr(given)
        return {"arithmetic": named, "rule": str(self.rule), "granularity": self.granularity.value}

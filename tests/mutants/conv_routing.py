"""Wrong versions of conv_routing."""

from __future__ import annotations

from tests.mutants.routing import MUTANTS

__all__ = ["MUTANTS"]

"""Wrong versions of dynamic_routing."""

from __future__ import annotations

from tests.mutants.routing import MUTANTS

__all__ = ["MUTANTS"]

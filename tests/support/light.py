"""Properties that do not depend on every word."""

from __future__ import annotations

from hypothesis import settings

LIGHT = settings(max_examples=max(1, settings().max_examples // 2))
"""Half of the profile's examples."""

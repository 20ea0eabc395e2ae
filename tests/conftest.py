"""How thorough a run is: the variable FXCAPS_HYPOTHESIS names a profile, `ci` or `long`."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

# Several test workers with several BLAS threads each would only wait for one another.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

_SLOW_DRAWS = [HealthCheck.too_slow, HealthCheck.data_too_large]

settings.register_profile(
    "ci",
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=_SLOW_DRAWS,
)
settings.register_profile(
    "long", max_examples=10_000, deadline=None, suppress_health_check=_SLOW_DRAWS
)
PROFILE = os.environ.get("FXCAPS_HYPOTHESIS", "ci")
settings.load_profile(PROFILE)

THIN = 8
"""Of the tests marked `exhaustive`, the gate runs each eighth: the sets of the others differ in a
rounding, an overflow or a format only."""


TRACED = ("tests/spec/", "tests/ops/", "tests/inside/")
"""Tests that together reach every branch of the specification; the others are not slowed down by
counting lines."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what only the long profile runs, and trace what coverage is measured on."""
    for item in items:
        if not item.nodeid.startswith(TRACED) or item.get_closest_marker("exhaustive"):
            item.add_marker(pytest.mark.no_cover)
    if PROFILE == "long":
        return
    marked = [item for item in items if item.get_closest_marker("exhaustive")]
    kept = set(marked[::THIN])
    left = [item for item in marked if item not in kept]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in set(left)]

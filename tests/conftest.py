"""Hypothesis profiles; the variable FXCAPS_HYPOTHESIS names one."""

from __future__ import annotations

import os

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
settings.load_profile(os.environ.get("FXCAPS_HYPOTHESIS", "ci"))

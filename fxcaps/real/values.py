"""What real functions take and give."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Reals = dict[str, NDArray[np.float64]]
"""Values by port; inputs that are not constant, and outputs, have a leading batch axis."""

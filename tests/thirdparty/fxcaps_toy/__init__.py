"""An operation and an algorithm for fxcaps."""

from fxcaps_toy import leaky, max_norm

import fxcaps

fxcaps.register_operation(leaky.LEAKY, spec=leaky.spec, real=leaky.real)
fxcaps.register_algorithm(
    max_norm.SquashMaxNorm, spec=max_norm.spec, engine=max_norm.engine, real=max_norm.real
)

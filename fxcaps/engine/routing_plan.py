"""Which routings run image by image in 32 bits, and with what numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from fxcaps.engine.add import shifts_of
from fxcaps.engine.agreement import agreed_register
from fxcaps.engine.epilogue import epilogue_of, shifting
from fxcaps.engine.kernels.blocked import Epilogue
from fxcaps.engine.kernels.coefficients import SHARES, Coefficients
from fxcaps.engine.kernels.lanes import NEVER, Quotients
from fxcaps.engine.kernels.narrow import Ints
from fxcaps.engine.kernels.routing import ITERATIONS, Iteration
from fxcaps.engine.kernels.shrink import Squash
from fxcaps.engine.lanes import NO_TABLE, is_narrow, softmax_plan, squash_plan
from fxcaps.engine.sums import start_words
from fxcaps.engine.values import Inputs
from fxcaps.engine.weighted_sum import coupled_register
from fxcaps.ops.add import AddLanes
from fxcaps.ops.operation import Part, Signatures, size
from fxcaps.ops.routing import Routing, RoutingOperation
from fxcaps.types import Format, Shape, Signature


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a routing before any word is read.

    Args:
        operation: its descriptor.
        params: its parameters.
        inputs: words by port; of the votes only shape and format are read.
        formats: of all tensors by name.
        shapes: of one image's tensors by name.
    """

    operation: RoutingOperation
    params: Routing
    inputs: Inputs
    formats: Mapping[str, Format]
    shapes: Mapping[str, Shape]

    @property
    def narrow(self) -> bool:
        """Whether all words but those of the bias are held in 16 bits."""
        return is_narrow(*(known for name, known in self.formats.items() if name != "bias"))

    def signatures(self, part: Part) -> Signatures:
        """What a part reads, in the shapes in which it reads it."""
        given = self.operation.part_shapes(self.params, part, dict(self.shapes))
        return {
            port: Signature(shape, self.formats[part.inputs[port]]) for port, shape in given.items()
        }


def plan_of(known: Known) -> tuple[Iteration, ...] | None:
    """The numbers of all iterations; `None` where some part needs more than 32 bits.

    Votes are of at most 16 bits, and every pair of capsules has a coefficient of its own.
    """
    params, parts = known.params, known.operation.parts(known.params, known.inputs)
    rounds = len(params.iterations)
    if params.update_last or rounds > ITERATIONS or not known.narrow:
        return None
    made = {part.name: _MAKERS[part.name.rstrip("0123456789")](known, part) for part in parts}
    if any(made[part.name] is None for part in parts[1:]):  # the first softmax sees zeros alone
        return None
    steps = []
    for r in range(rounds):
        half, agreed = made.get(f"agreement{r}", (0, _UNUSED))
        lifts, updated = made.get(f"update{r}", ((0, 0), _UNUSED))
        softmax = made.get(f"softmax{r + 1}", _NO_SOFTMAX)
        start, weighted = made[f"weighted_sum{r}"]
        squash = made[f"squash{r}"]
        steps.append(Iteration(start, weighted, squash, half, agreed, lifts, updated, softmax))
    return tuple(steps + steps[-1:] * (ITERATIONS - rounds))


def _softmax(known: Known, part: Part) -> Coefficients | None:
    x, out = known.signatures(part)["x"], known.formats[part.outputs["out"]]
    return softmax_plan(part.params, x.format, out, x.shape[-1])


def _weighted_sum(known: Known, part: Part) -> tuple[Ints, Epilogue] | None:
    seen, out = known.signatures(part), known.formats[part.outputs["out"]]
    (count, capsules, dim), bias = seen["votes"].shape, known.inputs.get("bias")
    params: Any = part.params
    if seen["c"].shape != (count, capsules):
        return None
    register = coupled_register(params, seen, bias, out)
    epilogue = epilogue_of(register, params, out) if register.fits else None
    if epilogue is None:
        return None
    start = start_words(bias, register, (1, dim))
    return np.resize(start, capsules * dim).astype(np.int32), epilogue


def _squash(known: Known, part: Part) -> Squash | None:
    x, out = known.signatures(part)["x"], known.formats[part.outputs["out"]]
    return squash_plan(part.params, x.format, out, x.shape[-1], size(x.shape))


def _agreement(known: Known, part: Part) -> tuple[int, Epilogue] | None:
    seen, out = known.signatures(part), known.formats[part.outputs["out"]]
    params: Any = part.params
    register = agreed_register(params, seen, out)
    epilogue = epilogue_of(register, params, out) if register.fits else None
    return None if epilogue is None else (register.half, epilogue)


def _update(known: Known, part: Part) -> tuple[tuple[int, int], Epilogue] | None:
    params: Any = part.params
    if isinstance(params, AddLanes):
        return None
    seen, out = known.signatures(part), known.formats[part.outputs["out"]]
    up_a, up_b, shift, bound = shifts_of(params, seen["a"].format, seen["b"].format, out)
    epilogue = shifting(bound, shift, params, out)
    return None if epilogue is None else ((up_a, up_b), epilogue)


_UNUSED = Epilogue(False, 0, (1, 1, 1, 1), 0, 0, 0)
_NO_SOFTMAX = Coefficients(SHARES, NO_TABLE, 0, 0, 0, 0, 0, Quotients(NEVER * 4, 0, 0, 0))
"""Of the last iteration, which updates no logits."""

_MAKERS: dict[str, Any] = {
    "softmax": _softmax,
    "weighted_sum": _weighted_sum,
    "squash": _squash,
    "agreement": _agreement,
    "update": _update,
}
"""Role of a part -> what makes its numbers."""

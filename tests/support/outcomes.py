"""What calls come to: words and events, or a rejection."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from fxcaps.spec import SPEC
from fxcaps.strategies import Case
from fxcaps.types import Log, Reason, Rejection, Tensor
from tests.twin import TWIN, Outcome, Refused


class Rejected(NamedTuple):
    """Why a call was rejected."""

    reason: Reason
    message: str


def rejection_of(call: Callable[[], object]) -> Rejected:
    """The rejection that `call` must raise."""
    with pytest.raises(Rejection) as caught:
        call()
    return Rejected(caught.value.reason, caught.value.message)


def spec_outcome(operation: str, called: Case) -> Outcome | Rejected:
    """What the specification makes of a call."""
    log = Log()
    try:
        made = SPEC[operation](called.params, called.inputs, called.formats, log)
    except Rejection as rejection:
        return Rejected(rejection.reason, rejection.message)
    return Outcome({port: _listed(tensor) for port, tensor in made.items()}, log.events)


def twin_outcome(operation: str, called: Case) -> Outcome | Rejected:
    """What the twin predicts for a call."""
    try:
        made = TWIN[operation](called.params, called.inputs, called.formats)
    except Refused as refused:
        return Rejected(refused.reason, refused.message)
    return Outcome({port: _listed(tensor) for port, tensor in made.outputs.items()}, made.events)


def _listed(tensor: Tensor) -> Tensor:
    """The tensor with its words as a list, so that equality does not depend on the container."""
    return Tensor(tensor.shape, tensor.format, list(tensor.words))

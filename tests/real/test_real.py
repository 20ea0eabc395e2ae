"""The functions in float64, against formulas in decimals and against the specification."""

from __future__ import annotations

import decimal
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from fxcaps.ops import Parameters, SoftmaxExact, SquashExact, find_operation, operation_of
from fxcaps.real import REAL
from fxcaps.spec import SPEC
from fxcaps.strategies import ALGORITHMS, Case
from fxcaps.types import Log, Tensor
from tests.engine.batches import varied
from tests.real.calls import CALLS
from tests.real.formulas import FORMULAS
from tests.support.floats import assert_close


@pytest.fixture(autouse=True)
def _sixty_digits() -> Iterator[None]:
    """Decimal arithmetic whose errors do not matter."""
    with decimal.localcontext(decimal.Context(prec=60)):
        yield


def decimals(tensor: Tensor) -> Any:
    """Values of a tensor, exactly."""
    step = Decimal(2) ** -tensor.format.frac
    made = np.empty(len(tensor.words), object)
    made[:] = [word * step for word in tensor.words]
    return made.reshape(tensor.shape)


def floats(tensor: Tensor) -> Any:
    """Values of a tensor in float64; words below 2**53 lose nothing."""
    values = np.array([word * 2.0**-tensor.format.frac for word in tensor.words])
    return values.reshape(tensor.shape)


def batch_of(called: Case) -> tuple[Parameters, list[Case], dict[str, Any]]:
    """Parameters, two images, and their inputs stacked as floats."""
    name = called.params.operation
    images = varied(name, called)
    constant = {port.name for port in find_operation(name).inputs if port.constant}
    inputs = {
        port: floats(tensor)
        if port in constant
        else np.stack([floats(image.inputs[port]) for image in images])
        for port, tensor in called.inputs.items()
    }
    return called.params, images, inputs


def test_every_algorithm_is_called() -> None:
    """Given the calls below, when listed, then no operation and no algorithm is left out."""
    found = {(called.params.operation, called.params.algorithm) for called in CALLS.values()}
    assert found == set(ALGORITHMS)


@pytest.mark.parametrize("name", CALLS)
def test_is_the_formula(name: str) -> None:
    """Given two images, when computed in floats, then each is its formula's to 1e-12."""
    params, images, inputs = batch_of(CALLS[name])
    found = REAL[params.operation](params, inputs)
    assert set(found) == set(operation_of(params).outputs(params))
    for index, image in enumerate(images):
        given = {port: decimals(tensor) for port, tensor in image.inputs.items()}
        made = FORMULAS[params.operation](params, **given)
        expected = made if isinstance(made, dict) else {"out": made}
        for port, values in expected.items():
            # relative where values exceed 1
            scale = max(1.0, float(max(abs(value) for value in values.ravel())))
            assert_close(found[port][index] / scale, values.astype(float) / scale, 1e-12, port)


@pytest.mark.parametrize("name", CALLS)
def test_is_what_the_spec_comes_to(name: str) -> None:
    """Given 30 fraction bits, when computed by the specification, then floats agree to 2**-20."""
    params, images, inputs = batch_of(CALLS[name])
    found = REAL[params.operation](params, inputs)
    for index, image in enumerate(images):
        expected = SPEC[params.operation](params, image.inputs, image.formats, Log())
        for port, tensor in expected.items():
            assert tensor.format.frac in (0, 30)
            assert_close(found[port][index], floats(tensor), 2.0**-20, port)


@pytest.mark.parametrize(
    ("params", "values", "expected"),
    [
        (SquashExact(), [[0.0, 0.0]], [[0.0, 0.0]]),
        (SquashExact(), [[3e-200, 0.0]], [[0.0, 0.0]]),
        (SquashExact(), [[1e150, 0.0]], [[1.0, 0.0]]),
        (SoftmaxExact(), [[1e4, 1e4, -1e4]], [[0.5, 0.5, 0.0]]),
        (SoftmaxExact(), [[700.0]], [[1.0]]),
    ],
)
def test_extremes_stay_finite(params: Parameters, values: Any, expected: Any) -> None:
    """Given zero, tiny and huge values, when computed in floats, then no NaN comes out."""
    found = REAL[params.operation](params, {"x": np.array(values)})["out"]
    assert_close(found, np.array(expected), 1e-15)

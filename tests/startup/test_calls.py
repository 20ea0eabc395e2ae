"""What is warmed up: every operation and algorithm, every kernel."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import fxcaps
from fxcaps.ops import OPERATIONS, require_function
from fxcaps.oracle import TABLES
from fxcaps.startup import Warmth, warm
from fxcaps.startup.calls import SHAPES, calls
from fxcaps.startup.programs import networks, programs
from fxcaps.startup.warm import all_kernels, entries
from tests.engine.batches import on_engine
from tests.real.calls import CALLS
from tests.support.examples import EXAMPLES

OWN = {(name, cls.algorithm) for name in SHAPES for cls in OPERATIONS[name].algorithms}


@pytest.fixture(scope="module")
def warmed() -> Warmth:
    """Everything compiled, or loaded, in this process."""
    seen: list[tuple[int, int]] = []
    made = warm(lambda done, total: seen.append((done, total)))
    total = seen[0][1]
    assert seen == [(done, total) for done in range(1, total + 1)]
    return made


def compiled() -> dict[str, list[Any]]:
    """The types of arguments that each kernel is compiled for."""
    return {
        f"{kernel.__module__}.{kernel.__name__}": list(kernel.signatures)
        for kernel in all_kernels()
    }


def test_shapes_are_of_the_operations() -> None:
    """Given the shapes, then every operation of the package has them, for all of its ports."""
    assert set(SHAPES) == {
        name
        for name, operation in OPERATIONS.items()
        if type(operation).__module__.startswith("fxcaps.")
    }
    for name, shapes in SHAPES.items():
        ports = {port.name for port in OPERATIONS[name].inputs}
        assert set(shapes) == ports - {"index"}, name  # of the layout that masks


def test_every_algorithm_is_called() -> None:
    """Given the calls, then each algorithm has some, in every container and constant alike."""
    found: dict[tuple[str, str], set[tuple[str, bool]]] = {}
    for call in calls():
        key = call.params.operation, call.params.algorithm
        for name, words in call.inputs.items():
            constant = {port.name: port.constant for port in OPERATIONS[key[0]].inputs}[name]
            kind = "constant" if constant else words.array.dtype.name
            found.setdefault(key, set()).add((kind, words.array.flags.writeable))
    assert set(found) == OWN
    for key, kinds in found.items():
        assert kinds >= {("int8", True), ("int64", True)}, key
        if ("constant", True) in kinds:
            assert ("constant", False) in kinds


def test_every_profile_and_form_of_network_runs() -> None:
    """Given the programs, then every form of network and every profile is among them."""
    made = list(programs())
    profiles = {str(program.origin["profile"]).split()[0] for program in made}
    forms = {tuple(step.params.operation for step in network.steps) for network in networks()}
    assert profiles == set(fxcaps.profiles.published())
    assert len(forms) >= 3
    assert len(made) >= len(profiles) * len(forms)


def test_no_kernel_is_left(warmed: Warmth) -> None:
    """Given everything warm, then no kernel that the engine calls is without compiled code."""
    assert [kernel.__name__ for kernel in entries() if not kernel.signatures] == []
    assert warmed.cache


@pytest.mark.usefixtures("warmed")
@pytest.mark.parametrize("name", CALLS)
def test_calls_compile_nothing_more(name: str) -> None:
    """Given everything warm, when any operation is called, then nothing is compiled for it."""
    before, called = compiled(), CALLS[name]
    on_engine(called.params.operation, [called])
    assert compiled() == before


@pytest.mark.usefixtures("warmed")
@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_compile_nothing_more(name: str) -> None:
    """Given everything warm, when words of 8 bits come in containers, then nothing is compiled."""
    before, called = compiled(), EXAMPLES[name]
    inputs = {
        port: np.reshape(tensor.words, tensor.shape) for port, tensor in called.inputs.items()
    }
    formats = {port: tensor.format for port, tensor in called.inputs.items()} | called.formats
    fxcaps.evaluate(called.params, inputs, formats)
    assert compiled() == before


@pytest.mark.usefixtures("warmed")
@pytest.mark.parametrize("width", [6, 8, 13, 16, 24])
def test_the_embedded_network_compiles_nothing_more(width: int) -> None:
    """Given everything warm, when mnist-small runs at any width, then nothing is compiled."""
    images, _ = fxcaps.digits("calibration")
    program = fxcaps.quantize_network(fxcaps.load_network("mnist-small"), images[:4], width=width)
    before = compiled()
    fxcaps.run(program, images[:2])
    assert compiled() == before


def test_functions_of_the_engine_are_called() -> None:
    """Given the calls, then each operation's own engine function is what is called."""
    functions = {require_function(TABLES.engine or {}, call.params).__module__ for call in calls()}
    assert functions == {f"fxcaps.engine.{name}" for name in SHAPES}

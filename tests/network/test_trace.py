"""Traces: every named tensor of some images, as a run has it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fxcaps.network import Program, Tables, run, save_trace
from fxcaps.network.files import read_archive
from tests.network.build import (
    ON_ENGINE,
    ON_SPEC,
    one_step_program,
    small_images,
    small_network,
    small_program,
)

IMAGES = small_images(3)


def traced(program: Program, tables: Tables, path: Path) -> bytes:
    """The bytes of a trace of all tensors."""
    save_trace(run(program, IMAGES, tables, keep=program.traced), path)
    return path.read_bytes()


@pytest.mark.parametrize("routed", [False, True])
def test_holds_every_tensor_of_the_run(routed: bool, tmp_path: Path) -> None:
    """Given a run that keeps all, when traced, then the arrays are its words in containers."""
    program = small_program(small_network(routed=routed))
    made = run(program, IMAGES, ON_ENGINE, keep=program.traced)
    save_trace(made, tmp_path / "trace.npz")
    _, arrays = read_archive(tmp_path / "trace.npz")
    assert list(arrays) == [name for name in program.tensors if name not in program.constants]
    for name, array in arrays.items():
        np.testing.assert_array_equal(array, made.words[name], strict=True)
    assert arrays["pixels"].tolist() == IMAGES.tolist()
    assert arrays["digit.votes"].dtype == np.int8


def test_engine_and_spec_trace_the_same_bytes(tmp_path: Path) -> None:
    """Given one Program, when traced on engine and spec, twice, then all files are equal."""
    program = small_program()
    expected = traced(program, ON_ENGINE, tmp_path / "engine.npz")
    assert traced(program, ON_SPEC, tmp_path / "spec.npz") == expected
    assert traced(program, ON_ENGINE, tmp_path / "again.npz") == expected


def test_says_what_it_is(tmp_path: Path) -> None:
    """Given a trace of two images, when its description is read, then it is this."""
    program = one_step_program(x="s8f1", out="s4f0")
    images = np.array([[4, 5], [60, -3]])
    save_trace(run(program, images, ON_ENGINE), tmp_path / "trace.npz")
    description, arrays = read_archive(tmp_path / "trace.npz")
    expected: dict[str, Any] = {
        "kind": "fxcaps-trace",
        "version": 1,
        "program": "one-step",
        "program_digest": program.digest,
        "images": 2,
        "tensors": {"made": {"shape": [2], "format": "s4f0"}},
        "events": {
            "made": {
                "inexact": {"count": 2, "first": [0, 1]},
                "saturated": {"count": 1, "first": [1, 0]},
            }
        },
    }
    assert description == expected
    assert {name: array.tolist() for name, array in arrays.items()} == {"made": [[2, 3], [7, -1]]}


def test_numpy_reads_it(tmp_path: Path) -> None:
    """Given a trace, when opened with NumPy alone, then its arrays are there without pickles."""
    program = small_program()
    save_trace(run(program, IMAGES, ON_ENGINE, keep=["conv"]), tmp_path / "trace.npz")
    with np.load(tmp_path / "trace.npz", allow_pickle=False) as file:
        assert {name for name in file.files if not name.endswith(".json")} == {
            "conv",
            "length",
            "class",
        }
        assert file["conv"].shape == (3, 6, 6, 2)

"""Whole small Programs: any arithmetic, the same words and events however they are run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fxcaps.network import Program, expand, load_program, run, save_program
from fxcaps.network.executor import Tables
from fxcaps.strategies import images, programs
from fxcaps.types import Overflow, Rejection
from tests.network.build import ON_ENGINE, ON_SPEC, outcome
from tests.support.light import LIGHT


def _ran(program: Program, words: Any, tables: Tables) -> Any:
    """Words and events, or the reason of a rejection."""
    try:
        return outcome(run(program, words, tables, keep=program.traced))
    except Rejection as rejection:
        return rejection.reason


@LIGHT
@given(st.data())
def test_engine_and_expansion_agree(data: st.DataObject) -> None:
    """Given a Program, when run on the engine, or expanded, then what the specification gives."""
    program = data.draw(programs())
    words = data.draw(images(program))
    expected = _ran(program, words, ON_SPEC)
    assert _ran(program, words, ON_ENGINE) == expected
    flat = expand(program)
    if isinstance(expected, tuple):
        count, tensors, _ = expected
        found_count, found, _ = _ran(flat, words, ON_SPEC)
        assert (found_count, {name: found.get(name) for name in tensors}) == (
            count,
            tensors | {name: None for name in tensors if name not in flat.traced},
        )


@settings(LIGHT, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(programs())
def test_files_keep_programs(tmp_path: Path, program: Program) -> None:
    """Given a Program, when saved and loaded, then the same digest."""
    save_program(program, tmp_path / "program")
    assert load_program(tmp_path / "program").digest == program.digest


@LIGHT
@given(programs(max_width=4))
def test_no_overflow_is_rejected(program: Program) -> None:
    """Given a Program, when its steps are read, then words of 4 bits, and no mode is `reject`."""
    modes = [getattr(step.params, "overflow", None) for step in program.steps]
    assert Overflow.REJECT not in modes
    made = {name: entry.format.width for name, entry in program.tensors.items()}
    fixed = {*program.inputs, "class"}
    assert {name: width for name, width in made.items() if name not in fixed and width > 4} == {}

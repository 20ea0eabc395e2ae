"""Tables and lines that several commands print."""

from __future__ import annotations

from fxcaps.cli import report
from fxcaps.network import Memory, Run, Total
from fxcaps.types import Event
from tests.network.build import one_step_program


def run_with(events: dict[str, dict[Event, Total]], undecided: dict[str, int]) -> Run:
    """A run without words."""
    return Run(3, {}, events, undecided, one_step_program())


def test_events_have_a_column_each() -> None:
    """Given events of several kinds, when printed, then the first overflow is the earliest."""
    events = {
        "conv": {
            Event.SATURATED: Total(12, (1, 4)),
            Event.INEXACT: Total(300, (0, 0)),
            Event.ACCUMULATOR_OVERFLOW: Total(1, (1, 3)),
        },
        "made": {Event.WRAPPED: Total(2, (2, 1))},
        "x": {Event.INEXACT: Total(5, (0, 7))},
    }
    assert report.events_table(run_with(events, {})) == (
        "tensor  saturated  wrapped  inexact  accumulator_overflow  first overflow\n"
        "conv           12        -      300                     1  image 1, word 3\n"
        "made            -        2        -                     -  image 2, word 1\n"
        "x               -        -        5                     -  -"
    )


def test_undecided_rows_are_listed_by_step() -> None:
    """Given rows that the specification decided, when printed, then each step has its count."""
    assert report.undecided_line(run_with({}, {"primary": 2, "digit": 1})) == (
        "undecided rows left to the specification: primary 2, digit 1"
    )
    assert report.undecided_line(run_with({}, {})) == (
        "undecided rows left to the specification: none"
    )


def test_memory_of_a_program_without_weights() -> None:
    """Given no constants, when printed, then no ratio is divided by zero."""
    assert report.memory_lines(Memory(0, 24, 0, 4)) == (
        "memory       words  float32 kB  integer kB  smaller\n"
        "weights          0         0.0         0.0    1.00x\n"
        "activations      4         0.0         0.0    5.33x"
    )

"""Programs with whole sums: the same words, and static ranges that are remembered."""

from __future__ import annotations

import numpy as np
import pytest

from fxcaps.network import run
from fxcaps.network.spans import spans
from fxcaps.network.sums import with_whole_sums
from fxcaps.ops import Arithmetic, operation_of
from fxcaps.quantize import HARDWARE
from fxcaps.types import Overflow, Philox, Rounding
from tests.network.build import ON_ENGINE, ON_SPEC, small_images, small_program

IMAGES = small_images(6, seed=9)


@pytest.mark.parametrize("rounding", list(Rounding))
def test_the_words_are_the_same(rounding: Rounding) -> None:
    """Given each rounding mode, when sums are tensors, then all other tensors are as before."""
    overflow = Overflow.WRAP if rounding is Rounding.FLOOR else Overflow.SATURATE
    program = small_program(width=5, arithmetic=Arithmetic(rounding=rounding, overflow=overflow))
    apart = with_whole_sums(program)
    made = [step.name for step in apart.steps if step.name.endswith(".whole")]
    assert made == ["conv.whole", "primary.conv.whole", "votes.whole"]
    before = run(program, IMAGES, ON_ENGINE, keep=program.traced).words
    after = run(apart, IMAGES, ON_ENGINE, keep=program.traced).words
    assert {name: words.tolist() for name, words in after.items()} == {
        name: words.tolist() for name, words in before.items()
    }


def test_the_specification_agrees() -> None:
    """Given whole sums, when the specification runs them, then the same digest."""
    program = small_program(width=4)
    few = IMAGES[:2]
    assert run(with_whole_sums(program), few, ON_SPEC).digest == run(program, few, ON_SPEC).digest


def test_sums_that_cannot_stand_alone_stay() -> None:
    """Given stochastic rounding, when asked, then the Program itself: bits go by the step."""
    program = small_program(arithmetic=Arithmetic(stochastic=Philox(key=3, bits=8)))
    assert with_whole_sums(program) is program


def test_spans_are_those_of_the_operation() -> None:
    """Given the steps of a Program, when asked twice, then the hull of its intervals both times."""
    program = small_program(width=6, arithmetic=HARDWARE)
    for step in program.steps:
        words = {p: program.constants[n] for p, n in step.inputs.items() if n in program.constants}
        given = step.params, program.signatures(step), program.formats(step)
        constants = {port: array.ravel().tolist() for port, array in words.items()}
        intervals = operation_of(step.params).intervals(*given, constants)
        expected = {p: (min(s[0] for s in e), max(s[1] for s in e)) for p, e in intervals.items()}
        assert spans(*given, words) == expected
        assert spans(*given, {p: np.array(array) for p, array in words.items()}) == expected
        if "weight" in words:
            other = words | {"weight": words["weight"] // 2}
            assert spans(*given, other) != expected

"""fxcaps explain: words that a quantiser of Q-CapsNets rounded."""

from __future__ import annotations

import numpy as np
import pytest

from fxcaps.cli import explained
from fxcaps.inside import explain
from fxcaps.ops import Requantize, SquashExact
from fxcaps.types import QcapsnetsLogarithmic, QcapsnetsRtn
from tests.network.build import ON_ENGINE, one_step_program


@pytest.mark.parametrize(
    ("rule", "word", "line"),
    [
        (QcapsnetsRtn(), 5, "0.25 of a step above 1, down to 1"),
        (QcapsnetsRtn(), 6, "0.5 of a step above 1, up to 2"),
        (QcapsnetsLogarithmic(), 12, "0 of a step above 3, up to 4"),
        (QcapsnetsLogarithmic(), 21, "0.25 of a step above 5, down to 4"),
        (QcapsnetsLogarithmic(), 16, "nothing to drop, 4"),
    ],
)
def test_quantisers_of_q_capsnets(
    rule: QcapsnetsRtn | QcapsnetsLogarithmic, word: int, line: str
) -> None:
    """Given such a rule, when explained, then it is named, and where the value went."""
    program = one_step_program(Requantize(rounding=rule), x="s8f2")
    found = explain(program, np.array([[word, 0]]), 0, (0,), ON_ENGINE, step="narrow")
    assert f"rounding {rule.kind}: {line}" in explained.to_text(found).splitlines()


def test_a_rule_of_an_irrational_value() -> None:
    """Given a squash by such a rule, when explained, then the value lies between half steps."""
    program = one_step_program(SquashExact(rounding=QcapsnetsRtn()), x="s8f2", out="s8f5")
    lines = explained.to_text(
        explain(program, np.array([[5, 2]]), 0, (0,), ON_ENGINE, step="narrow")
    ).splitlines()
    exact = 5 * 29**0.5 / 45 * 32  # s |s| 2**Fo / (1 + |s|**2) with words of 2 fraction bits
    below = int(2 * exact) / 2
    assert f"exact: strictly between {below:g} and {below + 0.5:g} steps of s8f5" in lines

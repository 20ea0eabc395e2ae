"""Explanations of sums: registers of every kind, and what random bits decide."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest

from fxcaps.inside import Explanation, explain
from fxcaps.inside.explanation import Held, Narrowing, Product, Sum, Word
from fxcaps.network import Program, run
from fxcaps.ops import (
    Requantize,
    WeightedSum,
)
from fxcaps.types import (
    Accumulator,
    BiasAt,
    Check,
    Event,
    Format,
    Overflow,
    Permutation,
    Philox,
    Reason,
    RoundAt,
    Rounding,
    Tile,
)
from tests.inside.build import program_of
from tests.network.build import (
    ON_ENGINE,
    one_step_program,
)
from tests.support.build import call, tensor
from tests.support.examples import EXAMPLES
from tests.support.outcomes import rejection_of


def test_a_sum_by_hand() -> None:
    """Given couplings, votes and a bias, when explained, then every number is this."""
    register = Accumulator(
        format=Format(True, 6, 5), check=Check.PER_STEP, overflow=Overflow.SATURATE
    )
    called = call(
        WeightedSum(accumulator=register, rounding=Rounding.FLOOR),
        "s4f3",
        c=tensor("u3f2", [[3, 1], [2, 1]]),
        votes=tensor("s5f3", [[[1, 7], [2, 2]], [[3, -5], [4, 4]]]),
        bias=tensor("s4f4", [[1, 6], [0, 0]]),
    )
    program, image = program_of(called)
    found = explain(program, image, 0, (0, 1), ON_ENGINE, step="step")
    c = [Word("c", "c", (i, 0), word, Fraction(word, 4)) for i, word in enumerate((3, 2))]
    votes = [
        Word("votes", "votes", (i, 0, 1), word, Fraction(word, 8)) for i, word in enumerate((7, -5))
    ]
    assert found == Explanation(
        program="one-step",
        image=0,
        step="step",
        operation="weighted_sum",
        part=None,
        tensor="made.out",
        at=(0, 1),
        format=Format(True, 4, 3),
        operands=(),
        sums=(
            Sum(
                frac=5,
                bias=Word("bias", "bias", (0, 1), 6, Fraction(6, 16)),
                start=Held("accumulator", 12, False),
                products=(
                    Product(0, (c[0], votes[0]), 21, None, Held("accumulator", 31, True)),
                    Product(1, (c[1], votes[1]), -10, None, Held("accumulator", 21, False)),
                ),
                later=(),
                accumulator=register,
                total=Held("accumulator", 21, False),
            ),
        ),
        notes=(),
        narrowings=(
            Narrowing(
                exact=Fraction(21, 4),
                irrational=False,
                rounded=5,
                format=Format(True, 4, 3),
                rounding=Rounding.FLOOR,
                overflow=Overflow.SATURATE,
            ),
        ),
        word=5,
        traced=5,
        events=(Event.ACCUMULATOR_OVERFLOW, Event.INEXACT),
        rejection=None,
    )
    assert (found.narrowings[0].dropped, found.narrowings[0].fits) == (Fraction(1, 4), True)


def test_elaborate_registers() -> None:
    """Given permuted products, narrowed ones, tiles or a late bias, then rows tell what is so."""
    called = EXAMPLES["weighted_sum"]
    explained = {}
    for name, register in {
        "permuted": Accumulator(order=Permutation(positions=(1, 0))),
        "narrowed": Accumulator(round_at=RoundAt.PRODUCT, product=Format(True, 3, 10)),
        "tiled": Accumulator(tile=Tile(count=1, spill=Format(True, 4, 8))),
        "late": Accumulator(bias_at=BiasAt.LAST),
    }.items():
        params = replace(called.params, accumulator=register)
        program, image = program_of(called._replace(params=params))
        found = explain(program, image, 0, (0, 0), ON_ENGINE, step="step")
        assert found.word == found.traced
        explained[name] = found.sums[0]
    rows = {
        name: [(row.number, row.product, row.narrowed, row.register) for row in made.products]
        for name, made in explained.items()
    }

    def held(value: int, place: str = "accumulator", *, over: bool = False) -> Held:
        return Held(place, value, over)

    # votes 1 and 7, couplings 1 and 3, bias 1 << 8, or 1 << 6 in ten fraction bits
    assert rows == {
        "permuted": [(1, 21, None, held(277)), (0, 1, None, held(278))],
        "narrowed": [
            (0, 1, held(0, "product"), held(64)),
            (1, 21, held(3, "product", over=True), held(67)),
        ],
        "tiled": [(0, 1, None, None), (1, 21, None, None)],
        "late": [(0, 1, None, held(1)), (1, 21, None, held(22))],
    }
    assert {name: made.later for name, made in explained.items()} == {
        "permuted": (),
        "narrowed": (),
        "tiled": (held(257), held(7, "spill", over=True), held(133)),
        "late": (held(278),),
    }
    assert {name: made.frac for name, made in explained.items()} == {
        "permuted": 12,
        "narrowed": 10,
        "tiled": 12,
        "late": 12,
    }


def test_stochastic_rounding_depends_on_the_image() -> None:
    """Given random bits addressed by the image, when explained, then they are the run's."""
    program = one_step_program(Requantize(rounding=Philox(key=7)), x="s8f4")
    images = np.array([[k, 40 - k] for k in range(40)])
    made = run(program, images, ON_ENGINE, keep=["made"]).words["made"]
    drawn = [
        explain(program, images, k, (1,), ON_ENGINE, step="narrow") for k in range(len(images))
    ]
    words = made[:, 1].tolist()
    assert [(found.word, found.traced) for found in drawn] == [(word, word) for word in words]
    assert {found.narrowings[0].rounding for found in drawn} == {Philox(key=7)}


def test_an_exact_register_that_overflows_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a register that a Program's proof refuses, when explained, the overflow is marked."""
    called = EXAMPLES["agreement"]
    register = Accumulator(format=Format(True, 4, 8))
    called = called._replace(params=replace(called.params, accumulator=register))
    assert rejection_of(lambda: program_of(called)).reason is Reason.ACCUMULATOR_TOO_NARROW
    monkeypatch.setattr(Program, "__post_init__", lambda self: None)
    program, image = program_of(called)
    found = explain(program, image, 0, (0, 0), ON_ENGINE, step="step")
    assert (found.word, found.traced) == (None, None)
    assert found.rejection == (
        "ACCUMULATOR_OVERFLOW: step 'step': out[0]: partial sum 14 is outside the exact "
        "accumulator s4f8 [-8, 7]"
    )
    assert [part.register for part in found.sums[0].products] == [
        Held("accumulator", 1, False),
        Held("accumulator", 5, False),
        Held("accumulator", 14, True),
    ]

"""Surveys: what is measured is what a run has, however it is batched."""

from __future__ import annotations

import importlib
import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fxcaps.inside import Diagnosis, Finding, Severity, Survey, diagnose, survey
from fxcaps.network import Program, expand, run
from fxcaps.ops import Conv2d
from fxcaps.types import Accumulator, Check, Event, Format, Overflow, Reason
from tests.inside.build import with_formats
from tests.network.build import (
    ON_ENGINE,
    ON_SPEC,
    one_step_program,
    small_images,
    small_program,
)
from tests.support.outcomes import Rejected, rejection_of

IMAGES = small_images(6)
LOGITS = 6 * 8 * 3
"""Logits of one update over the images: 8 input capsules, 3 classes."""


def diagnosed(program: Program, images: NDArray[Any] = IMAGES, **options: Any) -> Diagnosis:
    """The diagnosis of a Program."""
    return diagnose(survey(program, images, ON_ENGINE, **options))


def kinds(found: Diagnosis) -> set[str]:
    """Kinds of findings."""
    return {item.kind for item in found.findings}


def of_kind(found: Diagnosis, kind: str) -> list[Finding]:
    """Findings of one kind."""
    return [item for item in found.findings if item.kind == kind]


def test_counts_of_updates_are_exact() -> None:
    """Given the words of a run, when counted by hand, then the survey has the same counts."""
    program = small_program()
    made = run(program, IMAGES, ON_ENGINE, keep=program.traced)
    words = {name: made.words[name].astype(int) for name in program.traced}
    found = survey(program, IMAGES, ON_ENGINE)
    for r in range(2):
        update = found.updates[f"digit.b{r + 1}"]
        assert update.logits == LOGITS
        assert update.zero_agreements == np.count_nonzero(words[f"digit.a{r}"] == 0)
    assert found.updates["digit.b1"].changed == np.count_nonzero(words["digit.b1"])
    # b2 has half the fraction of b1: without agreement it is b1, halved with ties upwards
    unmoved = (words["digit.b1"] + 1) >> 1
    assert [program.tensors[f"digit.b{r}"].format.frac for r in (1, 2)] == [6, 5]
    moved = np.count_nonzero(words["digit.b2"] != unmoved)
    assert found.updates["digit.b2"].changed == moved
    assert moved != np.count_nonzero(words["digit.b2"] != words["digit.b1"])
    for r in range(3):
        coupling, c = found.couplings[f"digit.c{r}"], words[f"digit.c{r}"].reshape(-1, 3)
        assert coupling.rows == 48
        assert coupling.uniform == np.count_nonzero((c == c[:, :1]).all(axis=1))
        assert coupling.zeros == np.count_nonzero(c == 0)
        assert coupling.vanished == np.count_nonzero((c == 0).all(axis=1))
        assert coupling.largest == c.max(axis=1).sum()
        counts = np.bincount(c.ravel(), minlength=64)
        assert coupling.histogram.tolist() == counts.tolist()
        assert coupling.varies == (r > 0)


def test_first_events_are_counted_from_the_first_image() -> None:
    """Given batches of one image, when the third saturates, then the third is named."""
    images = np.array([[1, 2], [3, 4], [5, 60], [70, 80]])
    found = survey(one_step_program(), images, ON_ENGINE)
    assert found.tensors["made"].first == {Event.SATURATED: (2, 1)}
    assert found.tensors["made"].events == {Event.SATURATED: 3}


def with_register(program: Program, register: Accumulator, *, relu: bool = True) -> Program:
    """The Program with another register, and ReLU or not, in its first convolution."""
    steps = []
    for step in program.steps:
        params = step.params
        if step.name == "conv":
            assert isinstance(params, Conv2d)
            params = replace(params, accumulator=register, relu=relu)
        steps.append(replace(step, params=params))
    return replace(program, steps=tuple(steps))


def test_registers_are_measured() -> None:
    """Given a wide register, when diagnosed, then static and seen ranges and spare bits stand."""
    program = small_program()
    products = program.tensors["image"].format.frac + program.tensors["conv.weight"].format.frac
    wide = with_register(program, Accumulator(format=Format(True, 32, products)))
    found = diagnosed(wide)
    register = found.survey.registers["conv"]
    step = next(step for step in expand(program).steps if step.name == "conv")
    spans = program.intervals(step)["out"]
    assert register.static == (min(low for low, _ in spans), max(high for _, high in spans))
    made = run(program, IMAGES, ON_ENGINE, keep=["image"]).words["image"].astype(int)
    weight, bias = program.constants["conv.weight"], program.constants["conv.bias"]
    shift = products - program.tensors["conv.bias"].format.frac
    sums = [
        int((made[n, y : y + 3, x : x + 3] * weight[o]).sum() + (int(bias[o]) << shift))
        for n in range(len(IMAGES))
        for y in range(6)
        for x in range(6)
        for o in range(2)
    ]
    assert register.seen == (min(sums), max(sums))  # ReLU hides no negative sum
    assert min(sums) < 0
    assert register.spare_bits == 32 - register.static_bits > 0
    (item,) = of_kind(found, "wide_accumulators")
    assert item.text == f"bits that no input can need: conv {register.spare_bits}"
    assert "wide_accumulators" not in kinds(diagnosed(program))


def test_registers_that_overflow_are_found() -> None:
    """Given a register of 8 bits that wraps, when diagnosed, then its overflows are counted."""
    program = small_program()
    products = program.tensors["image"].format.frac + program.tensors["conv.weight"].format.frac
    register = Accumulator(
        format=Format(True, 8, products), check=Check.PER_STEP, overflow=Overflow.WRAP
    )
    narrow = with_register(program, register)
    made = run(narrow, IMAGES, ON_ENGINE)
    (item,) = of_kind(diagnosed(narrow), "accumulator_overflow")
    assert item.severity is Severity.CRITICAL
    assert item.numbers["events"] == made.events["conv"][Event.ACCUMULATOR_OVERFLOW].count


def everything(found: Survey) -> Iterable[Any]:
    """What must not depend on how a survey was made."""
    yield found.images
    yield diagnose(found).findings
    for tensor in found.tensors.values():
        yield tensor.words, tensor.least, tensor.largest, tensor.zeros, tensor.events, tensor.first
        yield tensor.fixed_words, tensor.dead_slices
    for coupling in found.couplings.values():
        yield coupling.histogram.tolist(), coupling.uniform, coupling.largest
    yield from (register.seen for register in found.registers.values())


def test_batches_and_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given one image a batch, several threads or the specification, then all is the same."""
    program = small_program()
    expected = list(everything(survey(program, IMAGES, ON_ENGINE)))
    assert list(everything(survey(program, IMAGES, ON_ENGINE, threads=3))) == expected
    module = importlib.import_module("fxcaps.inside.survey")  # the package has the function
    monkeypatch.setattr(module, "batch_size", lambda program, threads: 1)
    seen: list[tuple[int, int]] = []
    found = survey(program, IMAGES, ON_ENGINE, threads=2, progress=lambda *at: seen.append(at))
    assert list(everything(found)) == expected
    assert seen == [(2, 6), (4, 6), (6, 6)]
    assert list(everything(survey(program, IMAGES[:2], ON_SPEC))) == list(
        everything(survey(program, IMAGES[:2], ON_ENGINE))
    )


def test_wide_couplings_share_bins() -> None:
    """Given couplings of 20 bits, when counted, then bins stay few and hold every word."""
    found = survey(with_formats(small_program(), digit_c1="u20f19"), IMAGES, ON_ENGINE)
    coupling = found.couplings["digit.c1"]
    assert (coupling.shared, coupling.histogram.size, coupling.histogram.sum()) == (8, 4096, 144)
    assert math.isclose(coupling.sharpness, coupling.largest * 3 / 2**19 / 48)


def test_refuses() -> None:
    """Given no thread or images of another shape, when diagnosed, then one line says so."""
    program = small_program()
    assert rejection_of(lambda: survey(program, IMAGES, ON_ENGINE, threads=0)) == Rejected(
        Reason.PARAMETER_INVALID, "threads must be at least 1, found 0"
    )
    found = rejection_of(lambda: survey(program, IMAGES[..., 0], ON_ENGINE))
    assert found.reason is Reason.SHAPE_MISMATCH

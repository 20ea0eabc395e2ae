"""Diagnoses: each fault is found, and only where it is."""

from __future__ import annotations

import importlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fxcaps.inside import Diagnosis, Finding, Severity, diagnose, percent, survey
from fxcaps.network import Entry, Kind, Program, Step, expand, run
from fxcaps.ops import AddShift, ArgmaxSquares, ArgmaxWords, Quantize, Requantize, operation_of
from fxcaps.types import Format, Overflow, Rounding
from tests.inside.build import dead_program, with_formats
from tests.network.build import (
    ON_ENGINE,
    one_step_program,
    small_images,
    small_program,
    with_step,
)

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


def test_dead_routing_is_found_and_live_routing_is_not() -> None:
    """Given agreements shifted away and the same Program without, then the verdicts differ."""
    dead, alive = diagnosed(dead_program()), diagnosed(small_program())
    assert of_kind(dead, "dead_routing") == [
        Finding(
            Severity.CRITICAL,
            "dead_routing",
            "digit",
            f"no logit of {2 * LOGITS:,} ever changed: the coupling stays uniform and the "
            "iterations route nothing (every agreement is zero in s6f-6)",
            {"logits": 2 * LOGITS, "changed": 0, "zero_agreements": 2 * LOGITS},
        )
    ]
    assert dead.findings[0].kind == "dead_routing"
    assert not kinds(dead) & {"routing", "still_logits", "uniform_coupling", "always_zero"}
    (good,) = of_kind(alive, "routing")
    assert (good.severity, good.where) == (Severity.GOOD, "digit")
    assert "dead_routing" not in kinds(alive)


def test_dead_in_one_iteration_alone() -> None:
    """Given agreements that vanish in the second update only, then that one is named."""
    found = diagnosed(with_formats(small_program(), digit_a1="s6f-6"))
    assert [(item.severity, item.where) for item in of_kind(found, "still_logits")] == [
        (Severity.WARNING, "digit.b2")
    ]
    assert "dead_routing" not in kinds(found)


def test_updates_that_are_no_sum() -> None:
    """Given words added as they are, when their fractions differ, then that is told with numbers.

    Each update adds words whatever their fractions; distances are counted here from the words.
    """
    plain = small_program()
    (step,) = (item for item in plain.steps if item.name == "digit")
    update = {f"update{r}": AddShift(shift=3) for r in range(2)}
    params = operation_of(step.params).with_parts(step.params, update)
    program = replace(plain, steps=with_step(plain, "digit", params=params))
    found = diagnosed(program)
    made = run(program, IMAGES, ON_ENGINE, keep=program.traced).words
    expected = {}
    for r in range(2):
        value = {
            port: made[f"digit.{port}"] * 2.0 ** -program.tensors[f"digit.{port}"].format.frac
            for port in (f"a{r}", f"b{r}", f"b{r + 1}")
        }
        format = program.tensors[f"digit.b{r + 1}"].format
        exact = (value[f"a{r}"] + value[f"b{r}"]) * 2.0**format.frac
        steps = np.abs(made[f"digit.b{r + 1}"] - exact)
        steps[(exact < format.min) | (exact > format.max)] = 0
        far = int(np.count_nonzero(steps >= 1))
        if far:
            expected[f"digit.b{r + 1}"] = (far, float(steps.max()))
    findings = of_kind(found, "misaligned_update")
    assert {
        item.where: (item.numbers["far"], item.numbers["farthest"]) for item in findings
    } == expected
    assert expected
    assert not of_kind(diagnosed(plain), "misaligned_update")
    first = findings[0]
    far, farthest = expected[first.where]
    assert first.text == (
        f"{percent(far / LOGITS)} of {LOGITS} logits are not logit plus agreement: up to "
        f"{farthest:,.1f} steps of {program.tensors[first.where].format} away"
    )


def test_logits_too_coarse() -> None:
    """Given agreements that are there and logits that cannot take them, then that is told."""
    program = small_program()
    coarse = {"digit_b1": "s6f-5", "digit_b2": "s6f-5"}
    (finding,) = of_kind(diagnosed(with_formats(program, **coarse)), "dead_routing")
    assert 0 < finding.numbers["zero_agreements"] < 2 * LOGITS
    assert finding.text.endswith("of the agreements are zero, the others vanish in the sum)")


def test_flat_programs_are_diagnosed_alike() -> None:
    """Given the parts of a routing as steps, when diagnosed, then it is as dead or alive."""
    for program, kind in ((dead_program(), "dead_routing"), (small_program(), "routing")):
        (composite,) = of_kind(diagnosed(program), kind)
        (flat,) = of_kind(diagnosed(expand(program)), kind)
        assert flat == replace(composite, where="digit.softmax0")


def test_uniform_couplings_are_found() -> None:
    """Given logits that change and couplings too coarse to show it, then they stay uniform."""
    program = with_formats(small_program(), digit_c1="u6f1", digit_c2="u6f1")
    routing = of_kind(diagnosed(program), "uniform_coupling")
    vanished = of_kind(diagnosed(program), "vanished_coupling")
    assert {item.where for item in routing} == {"digit.c1", "digit.c2"}
    assert all(item.severity >= Severity.NOTICE for item in routing)
    # a third is less than half a step of 1/2: it rounds to one step or vanishes with the mode
    assert not vanished


def test_vanished_couplings_are_found() -> None:
    """Given couplings that round to whole numbers, then most input capsules reach nothing."""
    program = with_formats(small_program(), digit_c1="u6f0")
    c = run(program, IMAGES, ON_ENGINE, keep=["digit.c1"]).words["digit.c1"]
    rows = int(np.count_nonzero((c == 0).all(axis=2)))
    (item,) = of_kind(diagnosed(program), "vanished_coupling")
    assert item == Finding(
        Severity.CRITICAL,
        "vanished_coupling",
        "digit.c1",
        f"{percent(rows / 48)} of 48 rows are zero in u6f0: these input capsules reach no output",
        {"rows": 48, "vanished": rows},
    )
    assert rows > 24


def choice_program(params: Any, shape: tuple[int, ...], count: int) -> Program:
    """A prediction from words."""
    out = Format(False, max(1, (count - 1).bit_length()), 0)
    shapes = {"given": shape, "class": ()}
    return Program(
        "choice",
        (Step("class", params, {"x": "given"}, {"out": "class"}),),
        {
            "given": Entry(shapes["given"], Format(True, 8, 0), Kind.INPUT),
            "class": Entry((), out, Kind.COMPUTED),
        },
        {},
        ("class",),
    )


def test_ties_of_words_are_found() -> None:
    """Given images of which two are decided by the order, then they are counted, first named."""
    images = np.array([[1, 5, 3], [4, 2, 4], [0, 0, 0], [7, 7, 8]])
    found = diagnosed(choice_program(ArgmaxWords(), (3,), 3), images)
    assert of_kind(found, "ties") == [
        Finding(
            Severity.WARNING,
            "ties",
            "class",
            "2 of 4 images (50.0 %) have several largest: their order decided, first in image 1",
            {"images": 4, "tied": 2, "first": 1},
        )
    ]


def test_the_first_tie_is_counted_from_the_first_image(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given batches of one image, when the third is the first tie, then the third is named."""
    module = importlib.import_module("fxcaps.inside.survey")  # the package has the function
    monkeypatch.setattr(module, "batch_size", lambda program, threads: 1)
    images = np.array([[1, 5, 3], [4, 2, 3], [2, 0, 2], [7, 7, 7]])
    choice = survey(choice_program(ArgmaxWords(), (3,), 3), images, ON_ENGINE).choices["class"]
    assert (choice.images, choice.first) == (2, 2)


def test_ties_of_lengths_are_found() -> None:
    """Given capsules of equal exact length and other words, then that is a tie."""
    images = np.array([[[3, 4], [0, 5], [1, 1]], [[3, 4], [5, 1], [0, 0]]])
    found = diagnosed(choice_program(ArgmaxSquares(), (3, 2), 3), images)
    (item,) = of_kind(found, "ties")
    assert item.numbers == {"images": 2, "tied": 1, "first": 0}


def test_no_ties() -> None:
    """Given one largest everywhere, whatever its place, then there is no finding."""
    images = np.array([[9, 5, 3], [4, 9, 4], [0, 0, 9]])
    assert "ties" not in kinds(diagnosed(choice_program(ArgmaxWords(), (3,), 3), images))


@pytest.mark.parametrize(
    ("words", "overflow", "kind", "severity"),
    [
        ([100] * 2 + [1] * 1998, Overflow.SATURATE, "saturation", Severity.NOTICE),
        ([100] * 40 + [1] * 1960, Overflow.SATURATE, "saturation", Severity.WARNING),
        ([100] * 400 + [1] * 1600, Overflow.SATURATE, "saturation", Severity.CRITICAL),
        ([100] * 2 + [1] * 1998, Overflow.WRAP, "wrapping", Severity.WARNING),
        ([100] * 40 + [1] * 1960, Overflow.WRAP, "wrapping", Severity.CRITICAL),
    ],
)
def test_overflow_is_found(
    words: list[int], overflow: Overflow, kind: str, severity: Severity
) -> None:
    """Given few or many words beyond their format, then rate and mode decide how bad it is."""
    images = np.array(words).reshape(-1, 2)
    program = one_step_program(Requantize(overflow=overflow), x="s8f0", out="s4f0")
    count = sum(word > 7 for word in words)
    (item,) = of_kind(diagnosed(program, images), kind)
    verb = "wrapped around" if kind == "wrapping" else "saturated"
    assert item == Finding(
        severity,
        kind,
        "made",
        f"{percent(count / 2000)} of 2,000 words {verb} ({count} in s4f0, the first in image 0, "
        "word 0)",
        {"words": 2000, "events": count, "image": 0, "index": 0},
    )


def test_no_overflow() -> None:
    """Given words that fit, when diagnosed, then nothing is said of saturation."""
    found = diagnosed(one_step_program(), np.array([[7, -8], [1, 2]]))
    assert not kinds(found) & {"saturation", "wrapping", "accumulator_overflow"}


def test_unused_bits_are_found() -> None:
    """Given words far below their format's ends, when diagnosed, then the top bits are counted."""
    program = one_step_program(x="s8f0", out="u8f0")
    found = diagnosed(program, np.array([[1, 2], [5, 3]]))
    (item,) = of_kind(found, "headroom")
    assert item.text == "top bits that no word used: made 5 of 8, given 4 of 8"
    used = {name: tensor.used_bits for name, tensor in found.survey.tensors.items()}
    assert used == {"given": 4, "made": 3}
    full = diagnosed(program, np.array([[-128, 127], [5, 3]]))
    assert [item.text for item in of_kind(full, "headroom")] == [
        "top bits that no word used: made 1 of 8"
    ]


def test_zeros_and_constants_are_found() -> None:
    """Given an output that is zero, constant, or partly zero, then each is told as what it is."""
    zero = diagnosed(one_step_program(out="s8f-6"), np.array([[1, 2], [5, 3]]))
    assert [item.text for item in of_kind(zero, "always_zero")] == ["all 4 words are zero"]
    floor = Requantize(rounding=Rounding.CEIL)
    same = diagnosed(one_step_program(floor, out="s8f-6"), np.array([[1, 2], [5, 3]]))
    assert [(item.where, item.text) for item in of_kind(same, "constant")] == [
        ("made", "the same 2 words in all 2 images")
    ]
    one = diagnosed(one_step_program(floor, out="s8f-6"), np.array([[1, 2]]))
    assert "constant" not in kinds(one)
    partly = diagnosed(one_step_program(out="s8f-3"), np.array([[1, 20], [3, 60]]))
    (item,) = of_kind(partly, "zero_slices")
    assert item.text == "1 of 2 slices of the last axis are always zero: 0"
    assert item.severity is Severity.NOTICE


def test_rows_left_to_the_spec_are_told() -> None:
    """Given steps that only the specification can compute, when diagnosed, then it is told."""
    fine = Quantize(numerator=(1 << 61) + 1, denominator=1 << 61)
    wide = one_step_program(fine)
    images = np.array([[5, 7], [3, 2]])
    expected = run(wide, images, ON_ENGINE).undecided
    found = diagnosed(wide, images)
    assert found.survey.undecided == expected
    rows = [(item.where, item.numbers["rows"]) for item in of_kind(found, "undecided")]
    assert rows == list(expected.items())
    assert rows


def test_findings_come_worst_first() -> None:
    """Given findings of every severity, when diagnosed, then they are sorted by it."""
    found = diagnosed(with_formats(dead_program(), digit_s0="s4f3"))
    severities = [item.severity for item in found.findings]
    assert severities == sorted(severities, reverse=True)
    assert len(set(severities)) > 1


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0.00 %"),
        (0.00001, "<0.01 %"),
        (0.0546, "5.46 %"),
        (0.448, "44.8 %"),
        (0.99999, ">99.99 %"),
        (1, "100.0 %"),
    ],
)
def test_percent(share: float, text: str) -> None:
    """Given a share, when written, then neither nothing nor everything is claimed wrongly."""
    assert percent(share) == text


def test_one_choice_for_all_images_is_told() -> None:
    """Given predictions that never differ, then that is told, but not of a single image."""
    program = choice_program(ArgmaxWords(), (3,), 3)
    images = np.array([[1, 5, 3], [2, 4, 0]])
    (item,) = of_kind(diagnosed(program, images), "same_choice")
    assert (item.severity, item.text) == (Severity.WARNING, "the same choice in all 2 images")
    assert "same_choice" not in kinds(diagnosed(program, images[:1]))
    assert "same_choice" not in kinds(diagnosed(program, np.array([[1, 5, 3], [6, 4, 0]])))

"""Runs: the same words and events whoever computes them, in whatever batches."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fxcaps.engine import ENGINE
from fxcaps.network import Program, Run, Tables, Total, expand, run
from fxcaps.network.digest import joint_digest, words_digest
from fxcaps.ops import Arithmetic, Requantize
from fxcaps.ops.batch import Result
from fxcaps.quantize import HARDWARE
from fxcaps.spec import SPEC
from fxcaps.types import Event, Format, Overflow, Philox, Reason, Rounding
from tests.network.build import (
    ON_ENGINE,
    ON_SPEC,
    one_step_program,
    outcome,
    small_images,
    small_network,
    small_program,
    with_entry,
)
from tests.support.outcomes import Rejected, rejection_of

EXACT = Arithmetic(
    rounding=Rounding.TIES_TO_EVEN,
    overflow=Overflow.WRAP,
    algorithms={"squash": "exact", "softmax": "exact"},
)
IMAGES = small_images()
BYTE = Format(False, 7, 0)
"""A format with a container of one byte, as the outputs of the small Programs have."""


def everything(program: Program, **options: Any) -> Run:
    """A run that keeps every tensor."""
    tables = options.pop("tables", ON_ENGINE)
    return run(program, IMAGES, tables, keep=tuple(program.tensors), **options)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("iterations", [1, 2, 3])
@pytest.mark.parametrize("routed", [False, True])
def test_engine_and_spec_agree(routed: bool, iterations: int, bias: bool) -> None:
    """Given a small network, when run on engine and spec, then words and events agree."""
    program = small_program(small_network(routed=routed, iterations=iterations, bias=bias))
    found = everything(program)
    assert outcome(found) == outcome(everything(program, tables=ON_SPEC, batch=1))
    assert set(found.words) == set(program.tensors)
    assert Event.INEXACT in found.events["digit.votes"]


@pytest.mark.parametrize("width", [3, 8, 12, 20])
def test_engine_and_spec_agree_when_exact(width: int) -> None:
    """Given exact functions and wrapping at several widths, when run on both, then they agree."""
    program = small_program(width=width, arithmetic=EXACT)
    assert outcome(everything(program)) == outcome(everything(program, tables=ON_SPEC))


@pytest.mark.parametrize("batch", [1, 2, 3, 5, 9])
@pytest.mark.parametrize("threads", [1, 2])
def test_batches_and_threads_change_nothing(threads: int, batch: int) -> None:
    """Given any batch size and threads, when run again, then the run is the same."""
    program = small_program()
    expected = everything(program)
    found = everything(program, threads=threads, batch=batch)
    assert outcome(found) == outcome(expected)
    assert (found.digest, found.undecided) == (expected.digest, expected.undecided)


def test_repeated_runs_are_equal() -> None:
    """Given a Program quantised twice, when each runs, then Programs and runs are equal."""
    first, second = small_program(), small_program()
    assert first.digest == second.digest
    assert outcome(everything(first)) == outcome(everything(second))


@pytest.mark.parametrize("tables", [ON_ENGINE, ON_SPEC], ids=["engine", "spec"])
@pytest.mark.parametrize("routed", [False, True])
def test_expand_keeps_words_and_events(routed: bool, tables: Tables) -> None:
    """Given a Program, when its routing is written out, then every tensor stays as it was."""
    program = small_program(small_network(routed=routed))
    flat = expand(program)
    assert outcome(everything(flat, tables=tables)) == outcome(everything(program, tables=tables))
    assert flat.digest != program.digest


def test_expand_writes_every_part_out() -> None:
    """Given a Program of two iterations, when expanded, then its steps are the parts in order."""
    flat = expand(small_program(small_network(iterations=2)))
    assert [step.name for step in flat.steps] == [
        "image",
        "conv",
        "primary.conv",
        "primary.capsules",
        "primary",
        "votes",
        "digit.softmax0",
        "digit.weighted_sum0",
        "digit.squash0",
        "digit.agreement0",
        "digit.update0",
        "digit.softmax1",
        "digit.weighted_sum1",
        "digit.squash1",
        "length",
        "class",
    ]
    assert flat.constants["digit.b0"].tolist() == [[0, 0, 0]] * 8
    assert flat.steps[7].inputs == {"c": "digit.c0", "votes": "digit.votes", "bias": "digit.bias"}


def test_expand_leaves_flat_programs_alone() -> None:
    """Given a Program that is flat, when expanded, then it is the same."""
    flat = expand(small_program())
    again = expand(flat)
    assert (again.steps, again.tensors, again.digest) == (flat.steps, flat.tensors, flat.digest)


def test_stochastic_rounding_depends_on_the_image_alone() -> None:
    """Given random rounding, when run in parts or on the spec, then images have their words."""
    arithmetic = Arithmetic(algorithms=HARDWARE.algorithms, stochastic=Philox(key=7, bits=8))
    program = small_program(arithmetic=arithmetic)
    whole = everything(program)
    assert outcome(everything(program, batch=2, threads=2)) == outcome(whole)
    assert outcome(everything(program, tables=ON_SPEC)) == outcome(whole)
    late = run(program, IMAGES[3:], ON_ENGINE, keep=tuple(program.traced), first=3)
    for name, words in late.words.items():
        assert words.tolist() == whole.words[name][3:].tolist()
    shifted = run(program, IMAGES[3:], ON_ENGINE, keep=tuple(program.traced), first=4)
    assert shifted.digest != late.digest


def test_every_step_has_its_own_random_stream() -> None:
    """Given one generator for a network, when lowered, then no two parts share a counter."""
    program = expand(small_program(arithmetic=Arithmetic(stochastic=Philox(key=7))))
    rules = [getattr(step.params, "rounding", None) for step in program.steps]
    assert any(isinstance(rule, Rounding) for rule in rules)
    places = [(rule.step, rule.iteration) for rule in rules if isinstance(rule, Philox)]
    assert len(places) > 8
    assert len(set(places)) == len(places)


def test_events_add_up_over_batches() -> None:
    """Given words that saturate or round, when run, then counts and first indices are these."""
    program = one_step_program(x="s8f1", out="s4f0")
    images = np.array([[4, 6], [3, 30], [30, 40], [5, -40]], np.int16)
    expected = Run(
        4,
        {"made": np.array([[2, 3], [2, 7], [7, 7], [3, -8]], np.int8)},
        {
            "made": {
                Event.SATURATED: Total(4, (1, 1)),
                Event.INEXACT: Total(2, (1, 0)),
            }
        },
        {},
        program,
    )
    for batch in (1, 2, 3, 4):
        assert outcome(run(program, images, ON_ENGINE, batch=batch)) == outcome(expected)


def test_digest_is_over_the_canonical_bytes() -> None:
    """Given two words an image, when the digest is made by hand, then it is the run's."""
    found = run(one_step_program(out="s12f0"), np.array([[1, -2], [127, 0]]), ON_ENGINE)
    content = bytes.fromhex("0100 feff 7f00 0000")
    line = f"{hashlib.sha256(content).hexdigest()}  made\n"
    assert found.digest == hashlib.sha256(line.encode()).hexdigest()


def test_digests_of_several_outputs_are_sorted_by_file() -> None:
    """Given outputs in either order, when digested, then as `sha256sum` lists them, sorted."""
    program = small_program()
    found = run(program, IMAGES, ON_ENGINE)
    turned = run(replace(program, outputs=("class", "length")), IMAGES, ON_ENGINE)
    digests = {name: words_digest(found.words[name], BYTE) for name in ("class", "length")}
    lines = "".join(f"{digest}  {name}\n" for name, digest in digests.items())
    assert found.digest == turned.digest == hashlib.sha256(lines.encode()).hexdigest()
    assert joint_digest({"b": "1", "a": "2"}) == hashlib.sha256(b"2  a\n1  b\n").hexdigest()


def test_undecided_rows_are_the_specs() -> None:
    """Given an engine that leaves rows open and garbage in them, when run, then spec decides."""
    program = small_program()

    def unsure(function: Callable[..., Result]) -> Callable[..., Result]:
        def engine(*arguments: Any) -> Result:
            made = function(*arguments)
            made.undecided = np.arange(len(made.undecided)) % 2 == 1
            for array in (*made.outputs.values(), *made.events.values()):
                if array.flags.writeable and array.flags.owndata:
                    array[made.undecided] = 77
            return made

        return engine

    engine = {name: unsure(function) for name, function in ENGINE.items()}
    found = everything(program, tables=Tables(SPEC, engine), batch=4)
    assert outcome(found) == outcome(everything(program))
    assert found.undecided == {step.name: 2 for step in program.steps}


@pytest.mark.parametrize("threads", [1, 2])
def test_progress_is_told_after_every_batch(threads: int) -> None:
    """Given five images in batches of two, when run, then progress counts them in order."""
    told: list[tuple[int, int]] = []

    def progress(done: int, total: int) -> None:
        told.append((done, total))

    run(small_program(), IMAGES, ON_ENGINE, batch=2, threads=threads, progress=progress)
    assert told == [(2, 5), (4, 5), (5, 5)]


@pytest.mark.parametrize(
    ("images", "reason", "message"),
    [
        (
            IMAGES / 255,
            Reason.DATA_INVALID,
            "images for 'pixels': expected integers of format u8f0, found float64",
        ),
        (
            IMAGES > 7,
            Reason.DATA_INVALID,
            "images for 'pixels': expected integers of format u8f0, found bool",
        ),
        (
            IMAGES[..., 0],
            Reason.SHAPE_MISMATCH,
            "images for 'pixels': expected shape (N, 8, 8, 1), found (5, 8, 8)",
        ),
        (
            IMAGES[0],
            Reason.SHAPE_MISMATCH,
            "images for 'pixels': expected shape (N, 8, 8, 1), found (8, 8, 1)",
        ),
        (
            IMAGES[:, :7],
            Reason.SHAPE_MISMATCH,
            "images for 'pixels': expected shape (N, 8, 8, 1), found (5, 7, 8, 1)",
        ),
        (IMAGES[:0], Reason.DATA_INVALID, "images for 'pixels': there are none"),
        (
            IMAGES.astype(np.int16) * 0 - 1,
            Reason.WORD_OUT_OF_RANGE,
            "images for 'pixels': word -1 at (0, 0, 0, 0) is outside u8f0 [0, 255]",
        ),
        (
            np.where(np.arange(8)[:, None] == 3, 256, IMAGES.astype(np.uint64)),
            Reason.WORD_OUT_OF_RANGE,
            "images for 'pixels': word 256 at (0, 0, 3, 0) is outside u8f0 [0, 255]",
        ),
    ],
)
def test_rejects_images(images: Any, reason: Reason, message: str) -> None:
    """Given images of another type, shape or range, when run, then one line says what is wrong."""
    program = small_program()
    assert rejection_of(lambda: run(program, images, ON_ENGINE)) == Rejected(reason, message)


@pytest.mark.parametrize(
    ("options", "reason", "message"),
    [
        ({"keep": ["conv", "nosuch"]}, Reason.NAME_UNKNOWN, "small has no tensor 'nosuch'"),
        ({"threads": 0}, Reason.PARAMETER_INVALID, "threads must be at least 1, found 0"),
        ({"batch": 0}, Reason.PARAMETER_INVALID, "batch must be at least 1, found 0"),
        ({"batch": -2}, Reason.PARAMETER_INVALID, "batch must be at least 1, found -2"),
        (
            {"tables": Tables({})},
            Reason.NAME_UNKNOWN,
            "step 'image': the tables have no operation 'quantize'",
        ),
        (
            {"tables": Tables(SPEC, {})},
            Reason.NAME_UNKNOWN,
            "step 'image': the tables have no operation 'quantize'",
        ),
    ],
)
def test_rejects_options(options: dict[str, Any], reason: Reason, message: str) -> None:
    """Given an unknown tensor to keep, no threads, no batch, no table, then each is rejected."""
    given: dict[str, Any] = {"tables": ON_ENGINE} | options
    program = small_program()
    assert rejection_of(lambda: run(program, IMAGES, **given)) == Rejected(reason, message)


def test_rejects_several_inputs() -> None:
    """Given a Program with two inputs, when run over images, then it is rejected."""
    program = small_program(small_network(routed=True))
    kind = program.tensors["pixels"].kind
    tensors = with_entry(program, "primary.coupling", kind=kind)
    constants = {k: v for k, v in program.constants.items() if k != "primary.coupling"}
    program = replace(program, tensors=tensors, constants=constants)
    assert rejection_of(lambda: run(program, IMAGES, ON_ENGINE)) == Rejected(
        Reason.PORT_MISMATCH, "small has 2 inputs, images are for one"
    )


@pytest.mark.parametrize("tables", [ON_ENGINE, ON_SPEC], ids=["engine", "spec"])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_step_that_rejects_is_named(threads: int, tables: Tables) -> None:
    """Given a word that its step refuses, when run on either, then the line names the step."""
    program = one_step_program(Requantize(overflow=Overflow.REJECT))
    images = np.array([[1, 2], [3, 4], [5, 99]])
    assert rejection_of(lambda: run(program, images, tables, batch=1, threads=threads)) == Rejected(
        Reason.OUTPUT_OUT_OF_RANGE,
        "step 'narrow': out[1]: 99 is outside s4f0 [-8, 7]",
    )

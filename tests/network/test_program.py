"""Programs: what is rejected when one is made."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import numpy as np
import pytest

from fxcaps.network import Entry, Kind, Program, expand
from fxcaps.ops import Conv2d, operation_of
from fxcaps.types import Accumulator, Check, Format, Overflow, Reason
from tests.network.build import small_program, with_entry, with_step
from tests.support.outcomes import Rejected, rejection_of

PROGRAM = small_program()
CONV = next(step for step in PROGRAM.steps if step.name == "conv")
DIGIT = next(step for step in PROGRAM.steps if step.name == "digit")
CONV_PARAMS = cast("Conv2d", CONV.params)
REGISTER = cast("Format", CONV_PARAMS.accumulator.format)
WEIGHT = PROGRAM.tensors["conv.weight"].format
MAPS = PROGRAM.tensors["primary.maps"].format
INPUT = Entry((3,), Format.parse("u8f0"), Kind.INPUT)


def table(name: str, **changes: Any) -> dict[str, Any]:
    """A change of one line of the tensor table."""
    return {"tensors": with_entry(PROGRAM, name, **changes)}


def words(name: str, index: tuple[int, ...], word: int) -> dict[str, Any]:
    """A change of one word of a constant."""
    changed = PROGRAM.constants[name].copy()
    changed[index] = word
    return {"constants": dict(PROGRAM.constants) | {name: changed}}


def without(mapping: Any, name: str) -> dict[str, Any]:
    """A mapping without one name."""
    assert name in mapping
    return {key: value for key, value in mapping.items() if key != name}


def as_one_step() -> dict[str, Any]:
    """The convolution alone, to be broken."""
    names = ("image", "conv.weight", "conv.bias", "conv")
    tensors = {name: PROGRAM.tensors[name] for name in names}
    tensors["image"] = replace(tensors["image"], kind=Kind.INPUT)
    constants = {name: PROGRAM.constants[name] for name in names[1:3]}
    return {"steps": (CONV,), "tensors": tensors, "constants": constants, "outputs": ("conv",)}


@pytest.mark.parametrize(
    ("changes", "reason", "message"),
    [
        (
            table("primary.s", format=Format.parse("s9f3")),
            Reason.FORMAT_MISMATCH,
            f"step 'primary.capsules': layout moves words: out must be {MAPS} like x, found s9f3",
        ),
        (
            table("class", format=Format.parse("u8f0")),
            Reason.FORMAT_MISMATCH,
            "step 'class': argmax out must be u2f0, found u8f0",
        ),
        (
            table("image", format=Format.parse("u6f3")),
            Reason.FORMAT_MISMATCH,
            (
                f"step 'conv': conv2d out: products have {3 + WEIGHT.frac} fraction bits, "
                f"the accumulator {REGISTER} has {REGISTER.frac}"
            ),
        ),
        (
            table("conv.bias", format=Format(True, 6, 99)),
            Reason.FORMAT_MISMATCH,
            (
                "step 'conv': conv2d: bias s6f99 has more fraction bits than the accumulator "
                f"({REGISTER.frac})"
            ),
        ),
        (
            table("conv", shape=(6, 6, 3)),
            Reason.SHAPE_MISMATCH,
            "step 'conv': makes 'conv' of shape (6, 6, 2), the table has (6, 6, 3)",
        ),
        (
            table("pixels", shape=(8, 8, 2)),
            Reason.SHAPE_MISMATCH,
            "step 'image': makes 'image' of shape (8, 8, 2), the table has (8, 8, 1)",
        ),
        (
            table("conv", format=Format(False, 64, 0)),
            Reason.FORMAT_INVALID,
            "tensor 'conv': u64f0 has no signed container of at most 64 bits",
        ),
        (
            {"tensors": without(PROGRAM.tensors, "conv")},
            Reason.TENSOR_MISSING,
            "step 'conv': 'conv' is not in the tensor table",
        ),
        (
            {"tensors": dict(PROGRAM.tensors) | {"more": replace(INPUT, kind=Kind.COMPUTED)}},
            Reason.TENSOR_UNUSED,
            "no step makes tensor 'more'",
        ),
        (
            {"tensors": dict(PROGRAM.tensors) | {"more": INPUT}},
            Reason.TENSOR_UNUSED,
            "no step reads tensor 'more'",
        ),
        (
            {"constants": without(PROGRAM.constants, "digit.bias")},
            Reason.TENSOR_MISSING,
            "constant 'digit.bias': table and words do not match",
        ),
        (
            {"constants": dict(PROGRAM.constants) | {"more": np.zeros(3, np.int64)}},
            Reason.TENSOR_UNUSED,
            "constant 'more': table and words do not match",
        ),
        (
            {"constants": dict(PROGRAM.constants) | {"conv.bias": np.zeros((2, 1), np.int64)}},
            Reason.SHAPE_MISMATCH,
            "constant 'conv.bias' needs shape (2,), found (2, 1)",
        ),
        (
            words("conv.weight", (1, 2, 0, 0), -33),
            Reason.WORD_OUT_OF_RANGE,
            f"constant 'conv.weight': word -33 at (1, 2, 0, 0) is outside {WEIGHT} [-32, 31]",
        ),
        ({"outputs": ("size",)}, Reason.TENSOR_MISSING, "output 'size' is not in the table"),
        ({"outputs": ()}, Reason.TENSOR_MISSING, "small: no outputs are named"),
        (
            {"steps": PROGRAM.steps[1:]},
            Reason.TENSOR_MISSING,
            "step 'conv': x reads unknown 'image'",
        ),
        (
            {"steps": with_step(PROGRAM, "conv", inputs={"x": "image", "weight": "image"})},
            Reason.PORT_MISMATCH,
            "step 'conv': weight reads 'image', which is not a constant",
        ),
        (
            {"steps": with_step(PROGRAM, "conv", params=replace(CONV_PARAMS, stride=(9, 9)))},
            Reason.SHAPE_MISMATCH,
            "step 'conv': makes 'conv' of shape (1, 1, 2), the table has (6, 6, 2)",
        ),
    ],
)
def test_rejects_programs(changes: dict[str, Any], reason: Reason, message: str) -> None:
    """Given a Program with one thing changed, when made, then step and tensor are named."""
    assert rejection_of(lambda: replace(PROGRAM, **changes)) == Rejected(reason, message)


def narrower(format: Format | None) -> Format:
    """The format with one bit less."""
    assert format is not None
    return replace(format, width=format.width - 1)


@pytest.mark.parametrize("name", ["conv", "primary.conv", "votes"])
def test_rejects_an_accumulator_one_bit_too_narrow(name: str) -> None:
    """Given a step whose register loses a bit, when made, then its static range is told."""
    step = next(step for step in PROGRAM.steps if step.name == name)
    found = operation_of(step.params).accumulators(step.params)["out"]
    narrow = narrower(found.format)
    spans = PROGRAM.intervals(step)["out"]
    low, high = min(span[0] for span in spans), max(span[1] for span in spans)
    params = replace(step.params, accumulator=replace(found, format=narrow))  # type: ignore[call-arg]
    steps = with_step(PROGRAM, name, params=params)
    assert rejection_of(lambda: replace(PROGRAM, steps=steps)) == Rejected(
        Reason.ACCUMULATOR_TOO_NARROW,
        f"step {name!r}: tensor {step.outputs['out']!r}: partial sums reach [{low}, {high}], the "
        f"exact accumulator {narrow} holds [{narrow.min}, {narrow.max}]",
    )


@pytest.mark.parametrize("port", ["s0", "a0", "s1", "a1", "s2"])
def test_rejects_narrow_accumulators_inside_routing(port: str) -> None:
    """Given a routing iteration's register with a bit less, when made, then its tensor is named."""
    operation = operation_of(DIGIT.params)
    found = operation.accumulators(DIGIT.params)[port]
    narrow = narrower(found.format)
    spans = PROGRAM.intervals(DIGIT)[port]
    low, high = min(span[0] for span in spans), max(span[1] for span in spans)
    params = operation.with_accumulators(DIGIT.params, {port: replace(found, format=narrow)})
    steps = with_step(PROGRAM, "digit", params=params)
    assert rejection_of(lambda: replace(PROGRAM, steps=steps)) == Rejected(
        Reason.ACCUMULATOR_TOO_NARROW,
        f"step 'digit': tensor 'digit.{port}': partial sums reach [{low}, {high}], the exact "
        f"accumulator {narrow} holds [{narrow.min}, {narrow.max}]",
    )


def test_unbounded_accumulators_never_overflow() -> None:
    """Given one routing register without bounds, when made, then the others are still checked."""
    operation = operation_of(DIGIT.params)
    params = operation.with_accumulators(DIGIT.params, {"s0": Accumulator()})
    program = replace(PROGRAM, steps=with_step(PROGRAM, "digit", params=params))
    assert program.digest != PROGRAM.digest
    found = operation.accumulators(DIGIT.params)["s1"]
    narrow = replace(found, format=narrower(found.format))
    params = operation.with_accumulators(params, {"s1": narrow})
    steps = with_step(PROGRAM, "digit", params=params)
    assert rejection_of(lambda: replace(PROGRAM, steps=steps)).reason is (
        Reason.ACCUMULATOR_TOO_NARROW
    )


@pytest.mark.parametrize("check", [Check.FINAL, Check.PER_STEP])
def test_other_checks_may_be_narrow(check: Check) -> None:
    """Given a narrow register that saturates or wraps by design, when made, then it is taken."""
    accumulator = Accumulator(
        format=narrower(REGISTER),
        check=check,
        overflow=Overflow.WRAP,
    )
    params = Conv2d(relu=True, accumulator=accumulator)
    program = replace(PROGRAM, steps=with_step(PROGRAM, "conv", params=params))
    assert program.digest != PROGRAM.digest


def test_a_part_of_a_program_is_one() -> None:
    """Given the convolution alone, when made a Program, then its names are sorted by kind."""
    program = replace(PROGRAM, **as_one_step())
    assert (program.inputs, program.traced) == (("image",), ("image", "conv"))


def test_the_digest_covers_what_decides_words() -> None:
    """Given changes of steps, table, words and outputs, when digested, then all differ."""
    rounding = with_step(PROGRAM, "conv", params=replace(CONV_PARAMS, relu=False))
    word = PROGRAM.constants["conv.bias"][0]
    programs = [
        PROGRAM,
        expand(PROGRAM),
        replace(PROGRAM, steps=rounding),
        replace(PROGRAM, **words("conv.bias", (0,), int(word) ^ 1)),
        replace(PROGRAM, **table("length", format=Format(False, 6, 0))),
        replace(PROGRAM, outputs=("class",)),
    ]
    assert len({program.digest for program in programs}) == len(programs)
    renamed = replace(PROGRAM, name="other", origin={"by": "hand"})
    assert (renamed.digest, len(renamed.digest)) == (PROGRAM.digest, 64)


def test_static_ranges_are_attained() -> None:
    """Given the convolution's words, when its range is computed by hand, then it is that one."""
    image = PROGRAM.tensors["image"].format
    weight, bias = PROGRAM.constants["conv.weight"], PROGRAM.constants["conv.bias"]
    shift = (
        image.frac
        + PROGRAM.tensors["conv.weight"].format.frac
        - PROGRAM.tensors["conv.bias"].format.frac
    )
    expected = []
    for taps, start in zip(weight.reshape(2, 9).tolist(), bias.tolist(), strict=True):
        first = start << shift
        low = first + sum(min(tap * image.min, tap * image.max) for tap in taps)
        high = first + sum(max(tap * image.min, tap * image.max) for tap in taps)
        expected.append((low, high))
    assert PROGRAM.intervals(CONV) == {"out": expected}


def test_entries_know_their_signature() -> None:
    """Given the table, when asked for a step's formats, then they are the table's."""
    assert isinstance(PROGRAM, Program)
    assert PROGRAM.signatures(CONV) == {
        port: PROGRAM.tensors[name].signature for port, name in CONV.inputs.items()
    }
    assert PROGRAM.formats(CONV) == {"out": PROGRAM.tensors["conv"].format}

"""The profiles of the package: digests, the page, and what is computed with them."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

import fxcaps
import fxcaps.profiles
from fxcaps.network import expand, run
from fxcaps.network.files import to_json
from fxcaps.ops import (
    OPERATIONS,
    Add,
    AddLanes,
    Arithmetic,
    Conv2d,
    Conv2dPulp,
    Length,
    SoftmaxQ7,
    SquashQ7,
    Votes,
    WeightedSum,
)
from fxcaps.ops.choose import ARITHMETIC
from fxcaps.ops.elementwise import RuledParameters
from fxcaps.profiles import Entry, differences, load_profile, profile_digest, published
from fxcaps.quantize import HARDWARE, HARDWARE_PROFILE
from fxcaps.types import (
    Accumulator,
    Check,
    Event,
    Format,
    Init,
    Overflow,
    QcapsnetsLogarithmic,
    QcapsnetsRtn,
    QcapsnetsStochastic,
    Rounding,
)
from tests.network.build import ON_ENGINE, ON_SPEC, outcome, small_images, small_program
from tests.spec.pages import CHAPTERS, blocks, table_with
from tests.support.recorded import COUNTS

FOLDER = Path(fxcaps.profiles.__file__).parent
PAGE = CHAPTERS["profiles.md"]
IMAGES = small_images()
Q7 = ["q7-arm-13", "q7-arm-14", "q7-gap8"]
CORRECTED = "fxcaps-q7-corrected"
NAMES = pytest.mark.parametrize("name", list(published()))
OURS = [name for name in published() if name.startswith("fxcaps-")]


def test_the_manifest_names_every_file() -> None:
    """Given the folder, when its files are listed, then the manifest has each, and no other."""
    files = {path.stem for path in FOLDER.glob("*.json")} - {"MANIFEST"}
    assert files == set(published())
    assert list(published()) == [
        "fxcaps-exact",
        "fxcaps-hardware",
        "fxcaps-truncate",
        "fxcaps-wrap",
        "fxcaps-acc16",
        "qcapsnets-truncation",
        "qcapsnets-rtn",
        "qcapsnets-stochastic",
        "qcapsnets-logarithmic",
        *Q7,
        CORRECTED,
    ]


@NAMES
def test_digests(name: str) -> None:
    """Given a published file, when hashed by hand, then manifest, code and page say the same."""
    text = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    canonical = json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"))
    digest = hashlib.sha256(canonical.encode("ascii")).hexdigest()
    profile = load_profile(name)
    assert (published()[name], profile.digest, profile.name) == (digest, digest, name)
    assert text == to_json(profile.data)
    assert f"| `{name}` | {profile.status.value} | `{digest}` | {profile.title} |\n" in PAGE


def test_the_page_lists_the_profiles() -> None:
    """Given the page, when its table is read, then it has the manifest's names in order."""
    rows = table_with(PAGE, "profile", "status", "digest", "title").rows
    assert [row[0].strip("`") for row in rows] == list(published())


def test_the_page_shows_the_canonical_form() -> None:
    """Given the page's example, when hashed, then its text and its digest are right."""
    (shown,) = blocks(PAGE, "canonical")
    assert profile_digest(shown["file"]) == shown["digest"]
    assert hashlib.sha256(shown["canonical"].encode("ascii")).hexdigest() == shown["digest"]


def test_clauses_of_the_page_are_the_codes() -> None:
    """Given the page's clauses, when sought in the code, then each is named, and no other."""
    clauses = re.findall(r"^\*\*(PRF-[0-9]+)\*\* ", PAGE, re.MULTILINE)
    code = "".join(path.read_text(encoding="utf-8") for path in FOLDER.glob("*.py"))
    assert clauses == [f"PRF-{number}" for number in range(1, 9)]
    assert set(re.findall(r"PRF-[0-9]+", code)) == set(clauses)


@pytest.mark.parametrize("name", OURS)
def test_operations_that_are_named(name: str) -> None:
    """Given a profile of the package, when read, then these are named, and the rest by default."""
    named = set(load_profile(name).operations)
    if name in {*Q7, CORRECTED}:
        assert named == {
            *("quantize", "conv2d", "dense", "votes", "softmax", "weighted_sum", "squash"),
            *("agreement", "add", "isqrt", "length"),
            *(["dynamic_routing.update"] if name == "q7-gap8" else []),
        }
        assert load_profile(name).default is None  # what has no kernel is refused
        return
    assert named == {
        *("quantize", "requantize", "add", "conv2d", "votes", "softmax", "weighted_sum"),
        *("squash", "agreement", "isqrt", "length"),
    }
    assert named <= set(OPERATIONS)
    assert load_profile(name).default is not None


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_parameters_are_arithmetic_or_the_networks(operation: str) -> None:
    """Given an operation, when its parameters are sorted, then each is one or the other."""
    descriptor = OPERATIONS[operation]
    names = {field.name for cls in descriptor.algorithms for field in fields(cls)}
    assert descriptor.structure <= names
    left = {
        field.name
        for cls in descriptor.algorithms
        if not issubclass(cls, RuledParameters)
        for field in fields(cls)
    } - descriptor.structure
    assert left <= ARITHMETIC


def test_hardware_is_what_is_quantised_with() -> None:
    """Given no choice, when quantised, then with the profile, and these are its choices."""
    assert HARDWARE_PROFILE.name == "fxcaps-hardware"
    expected = Arithmetic(algorithms={"squash": "isqrt_divide", "softmax": "lut"})
    assert (HARDWARE_PROFILE.arithmetic, HARDWARE) == (expected, expected)


def test_choices_of_the_others() -> None:
    """Given the other profiles, when read, then their choices are those of their titles."""
    lut = {"squash": "isqrt_divide", "softmax": "lut"}
    wrapping = Accumulator(format=Format.parse("s32f0"), overflow=Overflow.WRAP, check=Check.FINAL)
    stepping = Accumulator(format=Format.parse("s16f0"), check=Check.PER_STEP)
    found = {name: load_profile(name).arithmetic for name in OURS if name != CORRECTED}
    assert found == {
        "fxcaps-exact": Arithmetic(algorithms={"squash": "exact", "softmax": "exact"}),
        "fxcaps-hardware": HARDWARE,
        "fxcaps-truncate": Arithmetic(rounding=Rounding.FLOOR, algorithms=lut),
        "fxcaps-wrap": Arithmetic(
            rounding=Rounding.FLOOR,
            overflow=Overflow.WRAP,
            algorithms=lut,
            accumulator=wrapping,
        ),
        "fxcaps-acc16": Arithmetic(algorithms=lut, accumulator=stepping),
    }


def test_choices_of_the_published_kernels() -> None:
    """Given the profiles of Q7-CapsNets, when a network is made, then its steps are the kernels."""
    sums = {"overflow": Overflow.SATURATE, "check": Check.EXACT}
    for name, constant, conv, update, handled in (
        ("q7-arm-13", 13, Conv2d, Add(rounding=Rounding.TOWARD_ZERO), Overflow.SATURATE),
        ("q7-arm-14", 14, Conv2d, Add(rounding=Rounding.TOWARD_ZERO), Overflow.SATURATE),
        ("q7-gap8", 14, Conv2dPulp, AddLanes(lane_axis=-2), Overflow.WRAP),
    ):
        program = small_program(width=8, arithmetic=load_profile(name))
        params: dict[str, Any] = {step.name: step.params for step in program.steps}
        tensors = program.tensors

        def register(x: str, weight: str, **more: Any) -> Accumulator:
            frac = tensors[x].format.frac + tensors[weight].format.frac  # noqa: B023
            return Accumulator(format=Format(True, 32, frac), **sums, **more)

        assert params["conv"] == conv(
            relu=True,
            rounding=Rounding.FLOOR,
            accumulator=register("image", "conv.weight", init=Init.BIAS_AND_HALF),
        )
        assert params["votes"] == Votes(
            rounding=Rounding.TOWARD_ZERO, accumulator=register("primary", "digit.weight")
        )
        assert params["primary"] == SquashQ7(row_offset_bits=16)
        assert params["length"] == Length(
            overflow=handled, accumulator=register("digit.v2", "digit.v2")
        )
        for r, iteration in enumerate(params["digit"].iterations):
            assert iteration.softmax == SoftmaxQ7(constant=constant)
            assert iteration.squash == SquashQ7(row_offset_bits=16)
            assert iteration.weighted_sum == WeightedSum(
                rounding=Rounding.TOWARD_ZERO, accumulator=register("digit.votes", f"digit.c{r}")
            )
            if r < 2:
                assert iteration.update == update


@pytest.mark.parametrize("width", [4, 8, 12])
@NAMES
def test_engine_and_spec_agree(name: str, width: int) -> None:
    """Given a profile, when a network is quantised and run, then engine and spec agree."""
    profile = load_profile(name)
    program = small_program(width=width, arithmetic=profile)
    assert program.origin["profile"] == f"{name} {profile.digest}"
    assert program.digest == small_program(width=width, arithmetic=profile.arithmetic).digest
    found = run(program, IMAGES, ON_ENGINE, keep=program.traced)
    assert outcome(found) == outcome(run(program, IMAGES, ON_SPEC, keep=program.traced))


def test_lanes_survive_the_expansion() -> None:
    """Given the lanes of GAP8 in a routing, when written out flat, then all words are the same."""
    program = small_program(width=8, arithmetic=load_profile("q7-gap8"))
    flat = expand(program)
    updates = [step.params for step in flat.steps if step.params.operation == "add"]
    assert updates == [AddLanes(lane_axis=-2)] * 2
    found = run(program, IMAGES, ON_ENGINE, keep=program.traced)
    again = run(flat, IMAGES, ON_ENGINE, keep=flat.traced)
    shared = set(program.traced) & set(flat.traced)
    assert set(program.traced) - shared == {"digit.b0"}  # a constant there
    for name in shared:
        assert found.words[name].tolist() == again.words[name].tolist()


def test_events_of_the_profiles() -> None:
    """Given 8-bit words, when run by each profile, then what overflows is what each allows."""
    kinds = {}
    for name in [*OURS, *Q7]:
        program = small_program(width=8, arithmetic=load_profile(name))
        seen = run(program, IMAGES, ON_ENGINE).events
        kinds[name] = {event for events in seen.values() for event in events}
    usual = {Event.INEXACT, Event.SATURATED}
    assert kinds == {
        "fxcaps-exact": usual,
        "fxcaps-hardware": usual,
        "fxcaps-truncate": usual,
        "fxcaps-wrap": {Event.INEXACT, Event.WRAPPED},
        "fxcaps-acc16": usual | {Event.ACCUMULATOR_OVERFLOW},
        "q7-arm-13": usual,
        "q7-arm-14": usual,
        "q7-gap8": usual | {Event.ACCUMULATOR_OVERFLOW},  # lanes of logits
        CORRECTED: usual,
    }


def test_differences() -> None:
    """Given two profiles, when compared, then every field that differs, and none else."""
    exact, hardware = load_profile("fxcaps-exact"), load_profile("fxcaps-hardware")
    assert differences(hardware, hardware) == []
    found = {item.field: (item.first, item.second) for item in differences(exact, hardware)}
    assert found == {
        "name": ('"fxcaps-exact"', '"fxcaps-hardware"'),
        "title": (f'"{exact.title}"', f'"{hardware.title}"'),
        "operations.softmax.params.algorithm": ('"exact"', '"lut"'),
        "operations.softmax.fitted": (
            "[]",
            '["accumulator", "table", "index_frac", "exp", "largest_distance"]',
        ),
        "operations.squash.params.algorithm": ('"exact"', '"isqrt_divide"'),
        "operations.squash.fitted": ("[]", '["accumulator", "guard"]'),
    }
    wider = differences(exact, load_profile("fxcaps-acc16"))
    assert wider[-1] == (
        "operations.length.params.accumulator.check",
        "-",
        '"per_step"',
    )


def test_differences_of_the_targets() -> None:
    """Given both targets, when compared, then in what their sources differ, and none else."""
    first, second = load_profile("q7-arm-14"), load_profile("q7-gap8")
    found = {item.field: item.second for item in differences(first, second)}
    lanes = {"algorithm": '"lanes"', "lanes": "4", "lane_width": "8", "lane_axis": "-1"}
    part = {"op": '"add"', **lanes, "lane_axis": "-2"}
    part |= {"rounding": '"toward_zero"', "overflow": '"saturate"'}
    assert found == {
        "name": '"q7-gap8"',
        "title": f'"{second.title}"',
        "source.code": f'"{second.source["code"]}"',
        "operations.conv2d.params.algorithm": '"pulp"',
        "operations.conv2d.params.relu_width": "16",
        "operations.conv2d.params.cores": "1",
        "operations.length.params.overflow": '"wrap"',
        **{f"operations.add.params.{name}": value for name, value in lanes.items()},
        **{f"operations.dynamic_routing.update.params.{k}": v for k, v in part.items()},
        "operations.dynamic_routing.update.fitted": "[]",
    }
    constants = differences(load_profile("q7-arm-13"), first)
    assert [item.field for item in constants] == [
        "name",
        "title",
        "operations.softmax.params.constant",
    ]


def test_corrections() -> None:
    """Given the corrected kernels, when compared with the published, then in these fields."""
    first, second = load_profile("q7-arm-14"), load_profile(CORRECTED)
    found = {item.field: item.second for item in differences(first, second)}
    nearest, fitted = '"ties_to_pos_inf"', '["accumulator.format.frac", '
    register = {"format": '"s32f0"', "overflow": '"saturate"', "check": '"exact"'}
    softmax = {"algorithm": '"lut"', "constant": "-", "rounding": nearest}
    squash = {"algorithm": '"isqrt_divide"', "row_offset_bits": "-", "rounding": nearest}
    assert found == {
        "name": f'"{CORRECTED}"',
        "title": f'"{second.title}"',
        "status": '"ours"',
        "source.code": "-",
        "source.specification": '"fxcaps 0.1"',
        **{
            f"operations.{name}.params.rounding": nearest
            for name in ("dense", "votes", "weighted_sum", "agreement", "add")
        },
        **{f"operations.softmax.params.{name}": value for name, value in softmax.items()},
        **{f"operations.squash.params.{name}": value for name, value in squash.items()},
        **{
            f"operations.{operation}.params.accumulator.{name}": value
            for operation in ("softmax", "squash")
            for name, value in register.items()
        },
        "operations.softmax.fitted": f'{fitted}"table", "index_frac", "exp", "largest_distance"]',
        "operations.squash.fitted": f'{fitted}"guard"]',
    }


def test_public_names() -> None:
    """Given the package, when a profile is loaded by its public name, then it is the profile."""
    assert fxcaps.load_profile("fxcaps-exact") == load_profile("fxcaps-exact")


RULES = {
    "qcapsnets-truncation": Rounding.FLOOR,
    "qcapsnets-rtn": QcapsnetsRtn(),
    "qcapsnets-stochastic": QcapsnetsStochastic(),
    "qcapsnets-logarithmic": QcapsnetsLogarithmic(),
}


@pytest.mark.parametrize("name", RULES)
def test_profiles_of_q_capsnets(name: str) -> None:
    """Given such a profile, when read, then all that the code quantises has its rule."""
    found = load_profile(name)
    by_rule = {place for place, entry in found.operations.items() if _rule(entry) == RULES[name]}
    exact = {"agreement", "add", "length"}
    assert found.default is None
    assert by_rule - exact == set(found.operations) - exact
    assert set(found.operations) == {
        *("quantize", "requantize", "affine", "conv2d", "conv_votes", "votes", "softmax"),
        *("weighted_sum", "squash", "agreement", "add", "length"),
        *("dynamic_routing.update", "conv_routing.update"),
    }
    assert {_rule(found.operations[place]) for place in ("agreement", "add")} == {Rounding.FLOOR}


def _rule(entry: Entry) -> object:
    return entry.fixed["rounding"]


def test_the_page_has_the_recorded_counts() -> None:
    """Given the page's table of recorded words, when read, then it is what the tests expect."""
    rows = table_with(PAGE, "recorded", "method").rows
    assert rows == [[file, method, *map(str, counts)] for (file, method), counts in COUNTS.items()]
    layers = sum(counts[0] for (file, _), counts in COUNTS.items() if file != "quant_methods")
    assert f"In all {layers} calls of layers and routings no word differs" in PAGE

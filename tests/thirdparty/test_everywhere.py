"""An operation and a squash of another package wherever the project's own can stand."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

import fxcaps
from fxcaps.engine import ENGINE
from fxcaps.network import (
    expand,
    load_network,
    load_program,
    predict,
    run,
    save_network,
    save_program,
)
from fxcaps.ops import (
    OPERATIONS,
    DynamicRouting,
    RoutingIteration,
    SquashExact,
    WeightedSum,
    decode,
    encode,
    find_function,
    find_operation,
    find_parameters,
    register_algorithm,
)
from fxcaps.oracle import evaluate
from fxcaps.profiles import load_profile
from fxcaps.quantize import HARDWARE
from fxcaps.real import REAL
from fxcaps.spec import SPEC
from fxcaps.types import Event, Format, Log, Overflow, Philox, Reason, Rounding, Tensor
from tests.cli.command import command
from tests.network.build import ON_ENGINE, ON_SPEC, outcome, small_images
from tests.support.outcomes import Rejected, rejection_of
from tests.thirdparty.networks import MAX_NORM, profile_file, toy_network, toy_program

IMAGES = small_images(3)
S4 = "s4f2"

pytestmark = pytest.mark.usefixtures("toy")


def test_names_are_found_without_an_import() -> None:
    """Given the package installed, when its names are asked for, then they are there."""
    assert "fxcaps_toy" not in sys.modules
    assert find_operation("leaky").algorithms == (find_parameters("leaky", ""),)
    assert find_parameters("squash", "max_norm").__module__ == "fxcaps_toy.max_norm"
    assert [cls.algorithm for cls in OPERATIONS["squash"].choices] == [
        *(cls.algorithm for cls in OPERATIONS["squash"].algorithms),
        "max_norm",
    ]


def test_own_names_do_not_load_packages() -> None:
    """Given the package installed, when only the project's own is used, then it stays out."""
    fxcaps.squash([[3, 4]], SquashExact(), x=S4, out=S4)
    assert find_parameters("squash", "exact") is SquashExact
    assert "fxcaps_toy" not in sys.modules


def test_oracle() -> None:
    """Given words, when the oracle is asked, then the package's functions answer."""
    leaky, max_norm = find_parameters("leaky", ""), find_parameters("squash", "max_norm")
    found = evaluate(leaky(shift=1), {"x": [[-5, 5], [-8, 7]]}, {"x": "s4f0", "out": "s3f0"})
    assert found.outputs["out"].tolist() == [[-2, 3], [-4, 3]]
    assert found.events == {"out": {Event.SATURATED: 2, Event.INEXACT: 1}}
    # m = 1/2 and 1: s m / (1 + m**2) of (1/4, -1/2) and (1, 0), in 128ths
    words = fxcaps.squash([[8, -16], [32, 0]], max_norm(), x="s8f5", out="s8f7")
    assert words.tolist() == [[13, -26], [64, 0]]


def test_stochastic_rounding() -> None:
    """Given a generator, when the operation narrows, then bits go by image, on either table."""
    params = find_parameters("leaky", "")(rounding=Philox(key=5))
    words, formats = np.full((2, 40), -3), {"x": "s4f0", "out": "s4f0"}
    found = evaluate(params, {"x": words}, formats, first=3).outputs["out"]
    expected = evaluate(params, {"x": words}, formats, first=3, tables=ON_SPEC).outputs["out"]
    assert found.tolist() == expected.tolist()
    assert set(found.ravel().tolist()) == {-1, 0}
    later = evaluate(params, {"x": words[:1]}, formats, first=4).outputs["out"]
    assert later.tolist() == found[1:].tolist() != found[:1].tolist()


@pytest.mark.parametrize("rounding", list(Rounding))
@pytest.mark.parametrize(
    "overflow", [mode for mode in Overflow if mode is not Overflow.REJECT], ids=str
)
def test_engine_equals_spec_on_all_pairs(rounding: Rounding, overflow: Overflow) -> None:
    """Given all vectors of two 4-bit words, when squashed, then words and events agree."""
    params = find_parameters("squash", "max_norm")(rounding=rounding, overflow=overflow)
    words = np.array(list(product(range(-8, 8), repeat=2))).reshape(64, 4, 2)
    formats = {"x": S4, "out": "s3f2"}
    found = evaluate(params, {"x": words}, formats)
    expected = evaluate(params, {"x": words}, formats, tables=ON_SPEC)
    assert found.outputs["out"].tolist() == expected.outputs["out"].tolist()
    assert found.events == expected.events


def test_tables() -> None:
    """Given the tables, when asked for functions, then by algorithm first, then by operation."""
    params = find_parameters("squash", "max_norm")()
    found = [find_function(table, params) for table in (SPEC, ENGINE, REAL)]
    assert [function.__module__ for function in found if function] == ["fxcaps_toy.max_norm"] * 3
    assert find_function(SPEC, SquashExact()) is SPEC["squash"]
    leaky = find_parameters("leaky", "")()
    assert find_function(SPEC, leaky) is SPEC["leaky"]
    assert find_function(ENGINE, leaky) is None


def test_network_file(tmp_path: Path) -> None:
    """Given a network with the operation, when saved and loaded, then it is the same."""
    network = toy_network()
    save_network(network, tmp_path / "toy.npz")
    loaded = load_network(tmp_path / "toy.npz")
    assert loaded.steps == network.steps
    expected = predict(network, IMAGES, REAL)["length"]
    assert predict(loaded, IMAGES, REAL)["length"].tolist() == expected.tolist()


def test_quantiser_chooses_the_algorithm() -> None:
    """Given the algorithm by name, when quantised, then every squash is the package's."""
    program = toy_program()
    steps = {step.name: step.params for step in program.steps}
    expected = find_parameters("squash", "max_norm")()
    assert steps["primary"] == expected
    routing = steps["digit"]
    assert isinstance(routing, DynamicRouting)
    assert [iteration.squash for iteration in routing.iterations] == [expected] * 3


def test_program_file(tmp_path: Path) -> None:
    """Given a Program with both, when saved and loaded, then steps and digest are kept."""
    program = toy_program()
    save_program(program, tmp_path / "program")
    loaded = load_program(tmp_path / "program")
    assert (loaded.steps, loaded.digest) == (program.steps, program.digest)


def test_executor_on_engine_and_spec() -> None:
    """Given a Program with both, when run, then engine and spec agree on every tensor.

    The operation has no engine function: the specification computes all its rows, and only its.
    """
    program = toy_program()
    found = run(program, IMAGES, ON_ENGINE, keep=program.traced, threads=2, batch=2)
    expected = run(program, IMAGES, ON_SPEC, keep=program.traced)
    assert outcome(found) == outcome(expected)
    assert found.undecided == {"primary.leaky": 3}
    assert len(set(found.words["digit.v2"].ravel().tolist())) > 3
    flat = run(expand(program), IMAGES, ON_ENGINE, keep=program.traced)
    assert outcome(flat) == outcome(expected)


def test_the_algorithm_changes_the_words() -> None:
    """Given the same network with the project's squash, when run, then its words differ."""
    programs = toy_program(), toy_program(arithmetic=HARDWARE)
    words = [run(p, IMAGES, ON_ENGINE, keep=["digit.v2"]).words["digit.v2"] for p in programs]
    assert words[0].tolist() != words[1].tolist()


def register_silent() -> Any:
    """The toy's squash once more, without an engine and a real function of its own."""
    max_norm: Any = find_parameters("squash", "max_norm")

    @dataclass(frozen=True, kw_only=True)
    class SquashSilent(max_norm):
        algorithm: ClassVar[str] = "silent"

    register_algorithm(SquashSilent, spec=SPEC["squash max_norm"])
    return SquashSilent


def test_routing_without_an_engine_function() -> None:
    """Given a part that only the specification computes, then the whole step is left to it."""
    register_silent()
    silent = replace(MAX_NORM, algorithms={"squash": "silent", "softmax": "lut"})
    program = toy_program(arithmetic=silent)
    found = run(program, IMAGES, ON_ENGINE, keep=program.traced)
    assert outcome(found) == outcome(run(program, IMAGES, ON_SPEC, keep=program.traced))
    assert found.undecided == {"primary.leaky": 3, "primary": 3, "digit": 3}


def test_real_function_of_the_operation_is_the_default() -> None:
    """Given an algorithm without a real function, when calibrated, then the operation's serves."""
    silent = register_silent()()
    assert find_function(REAL, silent) is None
    network = toy_network()
    steps = [replace(s, params=silent) if s.name == "primary" else s for s in network.steps]
    changed = replace(network, steps=tuple(steps))
    assert (
        predict(changed, IMAGES, REAL)["length"].tolist()
        == predict(network, IMAGES, REAL)["length"].tolist()
    )


def test_a_part_of_a_derived_class_keeps_its_name() -> None:
    """Given a routing part derived from the project's, when encoded, then it is read back so."""

    @dataclass(frozen=True, kw_only=True)
    class TheirSum(WeightedSum):
        algorithm: ClassVar[str] = "theirs"

    register_algorithm(TheirSum, spec=SPEC["weighted_sum"])
    params = DynamicRouting(iterations=(RoutingIteration(weighted_sum=TheirSum()),))
    data = encode(params, explicit=False)
    assert data["iterations"] == [{"weighted_sum": {"op": "weighted_sum", "algorithm": "theirs"}}]
    assert decode(data, find_parameters, "step") == params
    votes = Tensor((2, 1, 1), Format(True, 4, 2), [3, -5])
    ports = OPERATIONS["dynamic_routing"].outputs(params)
    formats = {port: Format(port[0] != "c", 5, 3) for port in ports}
    plain = DynamicRouting(iterations=(RoutingIteration(),))
    logs = Log(), Log()
    made = [
        SPEC["dynamic_routing"](given, {"votes": votes}, formats, log)
        for given, log in zip((params, plain), logs, strict=True)
    ]
    assert (made[0], logs[0]) == (made[1], logs[1])


def test_unregistered_classes_are_refused() -> None:
    """Given a class that nobody registered, when computed, then it is not taken for another."""

    @dataclass(frozen=True, kw_only=True)
    class SquashMine(SquashExact):
        algorithm: ClassVar[str] = "mine"

    mine = SquashMine()
    refused = Rejected(Reason.PARAMETER_INVALID, "squash does not take SquashMine")
    for tables in (ON_ENGINE, ON_SPEC):
        assert refused == rejection_of(
            lambda tables=tables: evaluate(mine, {"x": [1]}, {"x": S4, "out": S4}, tables=tables)
        )
    x = Tensor((1,), Format(True, 4, 2), [1])
    assert refused == rejection_of(lambda: SPEC["squash"](mine, {"x": x}, {"out": x.format}, Log()))


def test_an_operation_without_a_real_function(monkeypatch: pytest.MonkeyPatch) -> None:
    """Given no real function, when calibrated, then the step and the operation are named."""
    network = toy_network()
    monkeypatch.delitem(REAL._functions, "leaky")
    assert rejection_of(lambda: predict(network, IMAGES, REAL)) == Rejected(
        Reason.NAME_UNKNOWN, "step 'primary.leaky': leaky has no real function"
    )


def saved(directory: Path) -> tuple[Path, Path]:
    """The toy network and images on disk."""
    save_network(toy_network(), directory / "toy.npz")
    np.save(directory / "images.npy", IMAGES)
    return directory / "toy.npz", directory / "images.npy"


def test_commands(tmp_path: Path) -> None:
    """Given the network on disk, when commands are given in this process, then they know it."""
    model, images = saved(tmp_path)
    place = tmp_path / "program"
    options = ("--squash", "max_norm", "--calibrate", images, "-o", place)
    assert command("quantize", model, *options).code == 0
    described = command("info", place)
    assert described.code == 0
    assert "primary.leaky     leaky            -" in described.out
    assert "primary           squash max_norm  -" in described.out
    proved = command("ranges", place)
    assert (proved.code, proved.err) == (0, "")
    assert "digit.s2" in proved.out
    assert command("info", model).out.startswith("Network small\n")


def test_commands_in_a_fresh_process(toy: list[str], tmp_path: Path) -> None:
    """Given the package on the path of a fresh process, when used, then words are the same."""
    model, images = saved(tmp_path)
    place = tmp_path / "program"

    def fresh(*arguments: object) -> str:
        root = str(Path(fxcaps.__file__).parents[1])
        path = os.pathsep.join([root, *toy])
        done = subprocess.run(
            [sys.executable, "-m", "fxcaps.cli.main", *map(str, arguments)],
            env=os.environ | {"PYTHONPATH": path},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    fresh("quantize", model, "--squash", "max_norm", "--calibrate", images, "-o", place)
    program = load_program(place)
    assert program.steps[3].params.title() == "leaky"
    expected = run(program, IMAGES, ON_SPEC)
    shown = fresh("run", place, images)
    assert f"digest of the output words: {expected.digest}\n" in shown
    assert "undecided rows left to the specification: primary.leaky 3\n" in shown
    assert "primary.leaky     leaky " in fresh("info", place)
    assert "digit.a1" in fresh("ranges", place)


def test_profiles(tmp_path: Path) -> None:
    """Given a profile that names both, when quantised by it, then steps have its choices."""
    path = profile_file(tmp_path)
    program = toy_program(arithmetic=load_profile(path))
    params = {step.name: step.params for step in program.steps}
    floor = {"rounding": Rounding.FLOOR}
    assert params["primary.leaky"] == find_parameters("leaky", "")(**floor)
    assert params["primary"] == find_parameters("squash", "max_norm")(**floor)
    shown = command("profile", "show", path)
    assert (shown.code, shown.err) == (0, "")
    assert "squash        algorithm         max_norm\n" in shown.out

"""Where routing is: found by the roles of ports, in composite and in flat Programs."""

from __future__ import annotations

from dataclasses import replace

from fxcaps.inside.routing import Coupling, Routing, Update, find_routings, varying
from fxcaps.network import Entry, Kind, Program, Step, expand
from fxcaps.ops import Requantize, Reshape
from tests.network.build import one_step_program, small_network, small_program


def test_a_composite_step() -> None:
    """Given dynamic routing, when looked for, then every iteration is found under its name."""
    program = small_program()
    assert find_routings(program, expand(program)) == (
        Routing(
            "digit",
            (
                Coupling("digit.c0", "digit.b0"),
                Coupling("digit.c1", "digit.b1"),
                Coupling("digit.c2", "digit.b2"),
            ),
            (
                Update("digit.update0", "digit.a0", "digit.b0", "digit.b1"),
                Update("digit.update1", "digit.a1", "digit.b1", "digit.b2"),
            ),
        ),
    )


def test_flat_steps() -> None:
    """Given the same steps written out, when looked for, then it is named by its first step."""
    program = small_program()
    flat = expand(program)
    (found,) = find_routings(flat, flat)
    (composite,) = find_routings(program, flat)
    assert found == replace(composite, name="digit.softmax0")
    assert found.tensors == {f"digit.{a}{r}" for a in "bc" for r in range(3)} | {
        "digit.a0",
        "digit.a1",
    }


def test_no_routing() -> None:
    """Given one iteration, a fixed coupling or none at all, then there are no updates."""
    program = small_program(small_network(routed=True, iterations=1))
    assert find_routings(program, expand(program)) == (
        Routing("digit", (Coupling("digit.c0", "digit.b0"),), ()),
    )
    assert find_routings(one_step_program(), one_step_program()) == ()


def test_steps_between_agreement_and_update_are_passed() -> None:
    """Given agreements that are requantised first, when looked for, then the update is found."""
    flat = expand(small_program())
    moved = Step("move", Requantize(), {"x": "digit.a0"}, {"out": "moved"})
    steps: list[Step] = []
    for step in flat.steps:
        if step.name == "digit.update0":
            steps += [moved, replace(step, inputs={"a": "digit.b0", "b": "moved"})]
        else:
            steps.append(step)
    entry = flat.tensors["digit.a0"]
    tensors = dict(flat.tensors) | {"moved": Entry(entry.shape, entry.format, Kind.COMPUTED)}
    program: Program = replace(flat, steps=tuple(steps), tensors=tensors)
    (found,) = find_routings(program, program)
    assert found.updates[0] == Update("digit.update0", "moved", "digit.b0", "digit.b1")


def test_what_depends_on_the_images() -> None:
    """Given zero logits, when followed, then they and the first coupling depend on no image."""
    program = small_program()
    flat = expand(program)
    assert set(program.traced) - varying(flat) == {"digit.b0", "digit.c0"}
    assert varying(flat) <= set(program.traced)


def test_moves_of_couplings_are_passed() -> None:
    """Given couplings that are reshaped before they weigh, then the softmax's own are found."""
    flat = expand(small_program())
    entry = flat.tensors["digit.c1"]
    moved = Step("move", Reshape(shape=entry.shape), {"x": "digit.c1"}, {"out": "moved"})
    steps: list[Step] = []
    for step in flat.steps:
        if step.name == "digit.weighted_sum1":
            steps += [moved, replace(step, inputs=dict(step.inputs) | {"c": "moved"})]
        else:
            steps.append(step)
    tensors = dict(flat.tensors) | {"moved": Entry(entry.shape, entry.format, Kind.COMPUTED)}
    program = replace(flat, steps=tuple(steps), tensors=tensors)
    assert find_routings(program, program) == find_routings(flat, flat)

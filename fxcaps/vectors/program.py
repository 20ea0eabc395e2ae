"""Vectors of a Program's steps: its own parameters, formats, shapes and weights."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from numpy.typing import NDArray

from fxcaps.network import Program, Step, Tables, run
from fxcaps.network.dispatch import constant_ports
from fxcaps.ops import operation_of
from fxcaps.spec import SPEC
from fxcaps.types import Format, Reason, Rejection
from fxcaps.vectors.call import setup_of
from fxcaps.vectors.cases.desk import Draft, count, filled
from fxcaps.vectors.make import CaseFile, Kind, file_of_drafts
from fxcaps.vectors.stream import Stream, edge_words

AT = "at_"
"""How the folders of steps begin; no profile has an underscore."""

Words = dict[str, list[int]]


def steps_between(program: Program, text: str) -> tuple[Step, ...]:
    """The steps `A..B` in the order of the schedule, both included, or the one step `A`.

    Rejects unknown names and a range that runs backwards with `NAME_UNKNOWN`.
    """
    names = [step.name for step in program.steps]
    first, dots, last = text.partition("..")
    for name in (first, last if dots else first):
        if name not in names:
            raise Rejection(
                Reason.NAME_UNKNOWN,
                f"{program.name} has no step {name!r}; known: {', '.join(names)}",
            )
    begin, end = names.index(first), names.index(last if dots else first)
    if end < begin:
        raise Rejection(Reason.NAME_UNKNOWN, f"{last!r} does not come after {first!r}")
    return program.steps[begin : end + 1]


def program_files(
    program: Program, steps: Sequence[Step], images: NDArray[Any]
) -> Iterator[CaseFile]:
    """The files of some steps: edge cases and random ones, and what the images make of them.

    Args:
        program: the whole, which the images run through on the specification.
        steps: of the Program.
        images: `(N, *shape)` words of its input.
    """
    keep = [name for name in program.traced if name not in program.inputs]
    made = run(program, images, Tables(SPEC), keep=keep).words
    made |= dict.fromkeys(program.inputs, images)
    for step in steps:
        setup = setup_of(step.name, step.params, program.signatures(step), program.formats(step))
        operation, folder = operation_of(step.params), f"{AT}{step.name}"
        for kind in (Kind.EDGE, Kind.RANDOM):
            stem = f"{operation.name}.{folder}.{kind.value}"
            drafts = [
                Draft(slug, setup, words, flags, image)
                for slug, words, flags, image in _cases(program, step, kind, stem, made)
            ]
            yield file_of_drafts(operation.name, folder, "", kind, drafts)


def _cases(
    program: Program,
    step: Step,
    kind: Kind,
    stem: str,
    made: Mapping[str, NDArray[Any]],
) -> Iterator[tuple[str, Words, tuple[str, ...], int]]:
    fixed = {port for port in step.inputs if port in constant_ports(step.params)}
    constants = {
        port: program.constants[name].ravel().tolist()
        for port, name in step.inputs.items()
        if name in program.constants
    }
    free = {
        port: given for port, given in program.signatures(step).items() if port not in constants
    }
    if not fixed <= set(constants):
        raise Rejection(Reason.TENSOR_MISSING, f"{step.name}: a weight is no constant")
    if kind is Kind.EDGE:
        for slug, pattern in _PATTERNS.items():
            words = {port: filled(pattern(g.format), count(g.shape)) for port, g in free.items()}
            yield slug, words | constants, ("ACCUMULATOR_WIDTH", "SIGN_EXTENSION"), 0
        return
    for image in range(len(next(iter(made.values())))):
        words = {port: made[step.inputs[port]][image].ravel().tolist() for port in free}
        yield f"image-{image}", words | constants, ("SANITY",), image
    for number in range(2):
        stream = Stream(f"{stem}.random-{number}")
        words = {port: stream.words(g.format, count(g.shape)) for port, g in free.items()}
        yield f"random-{number}", words | constants, ("SANITY",), 0


def _alternating(format: Format) -> list[int]:
    return [format.max, format.min]


def _small(format: Format) -> list[int]:
    return [word for word in (1, -1, 0, 2, -2, 3) if format.contains(word)]


_PATTERNS = {
    "zeros": lambda _: [0],
    "largest": lambda given: [given.max],
    "lowest": lambda given: [given.min],
    "alternating": _alternating,
    "small": _small,
    "edges": edge_words,
}
"""What fills the inputs of a step that are no constants."""

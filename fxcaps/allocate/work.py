"""One part of an evaluation, as a worker computes it: in this process or in any other."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.allocate.store import HEADER, PrefixStore, Shelf
from fxcaps.network import Program, Tables, macs
from fxcaps.network.digest import to_container
from fxcaps.network.prefix import live_after, prefix_keys, run_on
from fxcaps.ops.operation import size

_PROGRAMS = 2
"""Programs that a worker keeps: the one being evaluated, and the next."""


@dataclass(frozen=True)
class Plan:
    """Where the runs of a Program are cut, and what each step costs.

    Args:
        program: to run.
        keys: of its steps, see `prefix_keys`.
        cuts: positions of the steps after which words are stored, ascending.
        macs: multiply-accumulates of one image by step.
        needs: bytes that all words of each cut take on disk.
    """

    program: Program
    keys: tuple[str, ...]
    cuts: tuple[int, ...]
    macs: tuple[int, ...]
    needs: tuple[int, ...]

    @classmethod
    def of(cls, program: Program, ends: Sequence[int], budget: int, wanted: str) -> Plan:
        """Cuts that fit into a budget, those that save most multiply-accumulates a byte first.

        A cut lies after a step with multiply-accumulates, for its words cost most to make again;
        or after the next one, which narrows its sums, so that they take less room.

        Args:
            program: to run.
            ends: of the parts that will be run, see `ends_of`.
            budget: bytes.
            wanted: tensor that the evaluation looks at.
        """
        shapes = {name: entry.shape for name, entry in program.tensors.items()}
        counted = macs(program.steps, shapes)
        each = tuple(counted.get(step.name, 0) for step in program.steps)
        needed = {
            k: _bytes_alive(program, k, (wanted,), ends[-1], len(ends))
            for k in range(len(program.steps) - 1)
            if each[k] or (k and each[k - 1] and _alike(program, k))
        }
        cuts: list[int] = []
        for k in sorted(needed, key=lambda k: (-sum(each[: k + 1]) / needed[k], k)):
            if needed[k] <= budget:
                cuts.append(k)
                budget -= needed[k]
        cuts.sort()
        keys = prefix_keys(program) if cuts else ()
        return cls(program, keys, tuple(cuts), each, tuple(needed[k] for k in cuts))

    def reserved(self) -> dict[str, int]:
        """Key -> bytes of every cut."""
        return {self.keys[cut]: need for cut, need in zip(self.cuts, self.needs, strict=True)}


def _alike(program: Program, step: int) -> bool:
    """Whether a step turns the one tensor of the step before into one of the same shape."""
    made = [list(program.steps[k].outputs.values()) for k in (step - 1, step)]
    if [len(names) for names in made] != [1, 1]:
        return False
    (before,), (after,) = made
    given = program.steps[step].inputs.values()
    return before in given and program.tensors[before].shape == program.tensors[after].shape


def _bytes_alive(
    program: Program, step: int, wanted: Sequence[str], images: int, parts: int
) -> int:
    """Bytes of the words after a step, of all images, with the headers of their files."""
    entries = [program.tensors[name] for name in live_after(program, step, wanted)]
    each = sum(size(entry.shape) * entry.format.container_bytes for entry in entries)
    return images * each + parts * len(entries) * HEADER


class Parcel:
    """A plan that travels once: in containers, and opened once by each process that gets it."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._packed: bytes | None = None

    def __reduce__(self) -> tuple[Callable[[str, bytes], Parcel], tuple[str, bytes]]:
        if self._packed is None:
            program = self.plan.program
            words = {
                name: to_container(array, program.tensors[name].format)
                for name, array in program.constants.items()
            }
            body = {name: value for name, value in vars(program).items() if name != "constants"}
            rest = self.plan.keys, self.plan.cuts, self.plan.macs, self.plan.needs
            self._packed = pickle.dumps((rest, body, words))
        return _open, (self.plan.program.digest, self._packed)


@lru_cache(maxsize=_PROGRAMS)
def _open(digest: str, packed: bytes) -> Parcel:  # noqa: ARG001 - what is cached goes by it
    fields, body, words = pickle.loads(packed)  # noqa: S301 - of the process that sent the job
    program = object.__new__(Program)  # it was checked where it was made
    vars(program).update(body)
    vars(program)["constants"] = {name: array.astype(np.int64) for name, array in words.items()}
    return Parcel(Plan(program, *fields))


@dataclass(frozen=True)
class Job:
    """Images of one part and what to do with them.

    Args:
        parcel: the Program and its plan.
        part: number of the part.
        first: index of its first image.
        images: `(n, *shape)`.
        labels: `(n)`; `None` where the words themselves are asked for.
        wanted: name of the tensor that holds the class, or those words.
        tables: operation tables.
        store: words of prefixes, if any are kept.
    """

    parcel: Parcel
    part: int
    first: int
    images: NDArray[Any] = field(repr=False)
    labels: NDArray[Any] | None = field(repr=False)
    wanted: str
    tables: Tables = field(repr=False)
    store: PrefixStore | None


def ends_of(images: int, batch: int) -> tuple[int, ...]:
    """Where parts end: the first one is taken in quarters, at least an image each."""
    first = [*range(0, min(batch, images), max(1, batch // 4))][1:]
    return (*first, *range(batch, images, batch), images)


def jobs(
    parcel: Parcel,
    images: NDArray[Any],
    labels: NDArray[Any] | None,
    ends: Sequence[int],
    tables: Tables,
    shelf: Shelf | None,
    *,
    wanted: str,
    done: int = 0,
) -> list[Job]:
    """A job for every part that is left.

    Args:
        parcel: what to run.
        images: all of them.
        labels: of all; `None` asks for words.
        ends: of the parts.
        tables: operation tables.
        shelf: keeps the words of prefixes; room is made for those of the plan.
        wanted: name of the tensor that is looked at.
        done: images of the first parts, which are left out.
    """
    if shelf:
        shelf.reserve(parcel.plan.reserved())
    store = shelf.store if shelf else None
    made = []
    for number, (first, end) in enumerate(zip((0, *ends), ends, strict=False)):
        if first >= done:
            own = None if labels is None else labels[first:end]
            made.append(Job(parcel, number, first, images[first:end], own, wanted, tables, store))
    return made


@dataclass(frozen=True)
class Part:
    """What a part came to: images, right ones among them, multiply-accumulates, words asked for."""

    images: int
    correct: int
    macs: int
    words: NDArray[Any] | None = None


def compute(job: Job) -> Part:
    """Run one part from the longest prefix that is stored, and store what the plan says."""
    plan = job.parcel.plan
    program, wanted = plan.program, (job.wanted,)
    start, live = _longest(job, plan)
    executed = 0
    ends = [cut for cut in plan.cuts if cut >= start] if job.store else []
    for end in (*ends, len(program.steps) - 1):
        live = run_on(
            program, live, range(start, end + 1), job.tables, first=job.first, wanted=wanted
        )
        executed += sum(plan.macs[start : end + 1])
        start = end + 1
        if job.store and end in ends:
            words = {n: to_container(a, program.tensors[n].format) for n, a in live.items()}
            job.store.put(plan.keys[end], job.part, words)
    found = live[job.wanted]
    count = len(job.images)
    if job.labels is None:
        return Part(count, 0, executed * count, found)
    return Part(count, int((found == job.labels).sum()), executed * count)


def _longest(job: Job, plan: Plan) -> tuple[int, dict[str, NDArray[Any]]]:
    """The step to begin with, and the words that it needs."""
    for cut in reversed(plan.cuts if job.store else ()):
        words = job.store.get(plan.keys[cut], job.part) if job.store else None
        if words is not None and set(words) == set(live_after(plan.program, cut, (job.wanted,))):
            return cut + 1, words
    return 0, {plan.program.inputs[0]: job.images}

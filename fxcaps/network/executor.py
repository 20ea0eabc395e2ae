"""Run a Program over images: batches stream, words and events add up, order never matters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.network.digest import joint_digest, to_container, words_digest
from fxcaps.network.dispatch import Ints, Outcome, Tables, apply, constant_ports
from fxcaps.network.images import check_images
from fxcaps.network.program import Kind, Program
from fxcaps.network.step import Step
from fxcaps.ops.batch import EVENT_CODES, Words
from fxcaps.ops.operation import size
from fxcaps.types import Event, Reason, Rejection

_BATCH_BYTES = 1 << 28
"""Room for a batch's tensors, so that peak memory does not grow with the number of images."""

_LARGEST_BATCH = 128
"""Beyond it batches gain nothing and progress comes late."""


@dataclass(frozen=True)
class Total:
    """An event of a tensor over a run: how many words, and the first as (image, flat index)."""

    count: int
    first: tuple[int, int]


@dataclass
class Run:
    """What a run gives.

    Args:
        images: how many were run.
        words: kept tensors by name, `(images, ...)`, in the containers of their formats.
        events: tensor name -> kind -> total; tensors without events are absent.
        undecided: step name -> rows that the specification computed; zero counts are absent.
        program: the program that ran.
    """

    images: int
    words: dict[str, NDArray[Any]]
    events: dict[str, dict[Event, Total]]
    undecided: dict[str, int]
    program: Program = field(repr=False)

    @property
    def digest(self) -> str:
        """sha256 over the digests of the program's outputs in the order of the images."""
        return joint_digest(
            {
                name: words_digest(self.words[name], self.program.tensors[name].format)
                for name in self.program.outputs
            }
        )


Progress = Callable[[int, int], None]
"""Called with images done and images in all."""


def run(
    program: Program,
    images: NDArray[Any],
    tables: Tables,
    *,
    keep: Sequence[str] = (),
    threads: int = 1,
    batch: int | None = None,
    first: int = 0,
    progress: Progress | None = None,
) -> Run:
    """Run a Program bit-exactly.

    Args:
        program: what to run; it has one input tensor.
        images: `(N, *shape)` integers of the input's format.
        tables: operation tables.
        keep: names of tensors to return besides the program's outputs.
        threads: batches computed at the same time; the result does not depend on it.
        batch: images a batch; by default as many as memory allows, at most 128.
        first: index of the first image in its data set, which stochastic rounding depends on.
        progress: told after every batch.

    Rejects images of another shape, type or range, and unknown names to keep.
    """
    inputs = {name: program.tensors[name].signature for name in program.inputs}
    check_images(images, inputs, program.name)
    wanted = tuple(dict.fromkeys((*program.outputs, *keep)))
    for name in wanted:
        if name not in program.tensors:
            raise Rejection(Reason.NAME_UNKNOWN, f"{program.name} has no tensor {name!r}")
    step = batch_size(program, threads) if batch is None else batch
    for what, count in (("threads", threads), ("batch", step)):
        if count < 1:
            raise Rejection(Reason.PARAMETER_INVALID, f"{what} must be at least 1, found {count}")
    parts = [(first + k, images[k : k + step]) for k in range(0, len(images), step)]
    totals = _Totals(program, wanted)
    for made in _computed(program, parts, tables, wanted, threads):
        totals.add(made)
        if progress:
            progress(totals.images, len(images))
    return totals.finish()


@dataclass(slots=True)
class _Batch:
    words: dict[str, NDArray[Any]]
    events: dict[str, Ints]
    undecided: dict[str, int]
    images: int


def _computed(
    program: Program,
    parts: list[tuple[int, NDArray[Any]]],
    tables: Tables,
    wanted: Sequence[str],
    threads: int,
) -> Iterator[_Batch]:
    """Batches in order, several at a time where threads are given."""

    def compute(part: tuple[int, NDArray[Any]]) -> _Batch:
        return _run_batch(program, *part, tables, wanted)

    if threads == 1 or len(parts) == 1:
        yield from map(compute, parts)
        return
    pool = ThreadPoolExecutor(threads)
    try:
        yield from pool.map(compute, parts)
    finally:
        pool.shutdown(cancel_futures=True)


def _run_batch(
    program: Program, first: int, images: NDArray[Any], tables: Tables, wanted: Sequence[str]
) -> _Batch:
    """Run the schedule once; a tensor is dropped after its last reader."""
    name = program.inputs[0]
    live = {name: to_container(images, program.tensors[name].format)}
    last = {name: k for k, step in enumerate(program.steps) for name in step.inputs.values()}
    made = _Batch({}, {}, {}, len(images))
    for name in program.constants.keys() & wanted:
        repeated = _repeated(program.constants[name], len(images))
        made.words[name] = to_container(repeated, program.tensors[name].format)
    for k, step in enumerate(program.steps):
        inputs = step_inputs(program, step, live, first, len(images))
        outcome = apply_step(program, step, inputs, tables)
        if outcome.undecided:
            made.undecided[step.name] = outcome.undecided
        for port, name in step.outputs.items():
            live[name] = outcome.outputs[port]
            made.events[name] = outcome.events[port]
        for name in [name for name in live if last.get(name, -1) <= k]:
            words = live.pop(name)
            if name in wanted:
                made.words[name] = to_container(words, program.tensors[name].format)
    return made


def apply_step(
    program: Program, step: Step, inputs: Mapping[str, Words], tables: Tables
) -> Outcome:
    """Run one step on a batch; a rejection names the step."""
    try:
        return apply(step.params, inputs, program.formats(step), tables)
    except Rejection as rejection:
        raise rejection.within(f"step {step.name!r}") from None


def step_inputs(
    program: Program, step: Step, live: Mapping[str, NDArray[Any]], first: int, count: int
) -> dict[str, Words]:
    """A step's inputs by port; a constant read where images differ is the same for each."""
    inputs = {}
    for port, name in step.inputs.items():
        entry = program.tensors[name]
        words = live[name] if entry.kind is not Kind.CONSTANT else program.constants[name]
        if entry.kind is Kind.CONSTANT and port not in constant_ports(step.params):
            words = _repeated(words, count)
        inputs[port] = Words(words, entry.format, first)
    return inputs


def _repeated(words: NDArray[Any], count: int) -> NDArray[Any]:
    return np.broadcast_to(words, (count, *words.shape))


def batch_size(program: Program, threads: int) -> int:
    """Images a batch, so that the batches computed at one time fit into bounded memory."""
    bytes_per_image = 8 * sum(
        size(entry.shape) for entry in program.tensors.values() if entry.kind is not Kind.CONSTANT
    )
    room = _BATCH_BYTES // max(1, threads * bytes_per_image)
    return max(1, min(_LARGEST_BATCH, room))


class _Totals:
    """Adds batches up in the order of the images."""

    def __init__(self, program: Program, wanted: Sequence[str]) -> None:
        self.program = program
        self.images = 0
        self._words: dict[str, list[NDArray[Any]]] = {name: [] for name in wanted}
        self._events: dict[str, dict[Event, Total]] = {}
        self._undecided: dict[str, int] = {}

    def add(self, made: _Batch) -> None:
        """Take the next batch."""
        for name, parts in self._words.items():
            parts.append(made.words[name])
        for name, rows in made.events.items():
            for event, code in EVENT_CODES.items():
                self._add_event(name, event, rows[:, code])
        for name, count in made.undecided.items():
            self._undecided[name] = self._undecided.get(name, 0) + count
        self.images += made.images

    def _add_event(self, name: str, event: Event, rows: Ints) -> None:
        count = int(rows[:, 0].sum())
        if count == 0:
            return
        image = int(np.flatnonzero(rows[:, 0])[0])
        seen = self._events.setdefault(name, {})
        first = (self.images + image, int(rows[image, 1]))
        before = seen.get(event, Total(0, first))
        seen[event] = Total(before.count + count, before.first)

    def finish(self) -> Run:
        """The complete run."""
        words = {name: np.concatenate(parts) for name, parts in self._words.items()}
        order = list(self.program.tensors)
        events = {name: self._events[name] for name in order if name in self._events}
        return Run(self.images, words, events, self._undecided, self.program)

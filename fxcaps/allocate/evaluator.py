"""The one evaluator of every method: accuracy of widths, as little of it as decides."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.allocate.journal import Journal, Record
from fxcaps.allocate.store import PrefixStore, Shelf
from fxcaps.allocate.work import Job, Parcel, Plan, compute
from fxcaps.allocate.workers import Workers
from fxcaps.network import Network, Program, Tables
from fxcaps.network.images import check_images
from fxcaps.ops import Arithmetic
from fxcaps.profiles import Profile
from fxcaps.quantize import HARDWARE_PROFILE, Calibration, Granularity, MinMax, Rule, lower
from fxcaps.quantize.calibration import image_marks
from fxcaps.quantize.widths import Widths, table_widths
from fxcaps.types import Reason, Rejection

BATCH = 100
"""Images a part: few enough that stopping early saves, enough that a part is worth sending."""

BUDGET = 1 << 30
"""Bytes of prefixes that are kept by default."""


@dataclass(frozen=True, kw_only=True)
class Scheme:
    """How widths become a Program: all that an allocation does not search.

    Args:
        arithmetic: rounding, overflow and algorithms, or a profile.
        rule: that chooses formats.
        granularity: what shares a bound.
    """

    arithmetic: Arithmetic | Profile = HARDWARE_PROFILE
    rule: Rule = MinMax()
    granularity: Granularity = Granularity.ITERATION

    def program(self, network: Network, calibration: Calibration, width: Widths) -> Program:
        """The Program of a network with these widths."""
        given = self.arithmetic
        return lower(
            network,
            calibration,
            width=width,
            arithmetic=given.arithmetic if isinstance(given, Profile) else given,
            granularity=self.granularity,
            rule=self.rule,
        )

    def about(self) -> dict[str, str]:
        """What tells schemes apart."""
        given = self.arithmetic
        named = f"{given.name} {given.digest}" if isinstance(given, Profile) else repr(given)
        return {"arithmetic": named, "rule": str(self.rule), "granularity": self.granularity.value}


@dataclass(frozen=True)
class Progress:
    """How far a search is.

    Args:
        evaluations: that have ended, those that were resumed included.
        expected: at most so many, where the method can say; 0 where not.
        images: of the evaluation under way that are done.
        total: images of a whole evaluation.
        macs: executed in all.
        seconds: since the evaluator was made.
    """

    evaluations: int
    expected: int
    images: int
    total: int
    macs: int
    seconds: float
    remaining: float | None
    """Seconds to go at the mean speed so far, at most; `None` before anything is known."""


class Evaluator(AbstractContextManager["Evaluator"]):
    """Answers how many validation images a choice of widths gets right.

    Answers never depend on the executor, on what is stored or on where a search was interrupted:
    images are taken in parts of fixed size, results are read in the order of the images, and a
    question ends with the first part that decides it.

    Args:
        network: with its tensors.
        calibration: of it.
        images: `(N, *shape)` validation images; none of them calibrated, none a test image.
        labels: `(N)` their classes.
        tables: operation tables.
        scheme: how widths become a Program.
        decision: tensor that holds the class.
        workers: who computes; this thread by default.
        journal: file that every evaluation is written to.
        resume: go on with that file.
        budget: bytes of words that are kept on disk for use again; 0 keeps none.
        directory: where; a temporary one by default.
        batch: images a part.
        progress: told after every part.

    Rejects calibration images among the validation images (`DATA_INVALID`), labels that do not
    fit, and what `Journal` rejects.
    """

    def __init__(
        self,
        network: Network,
        calibration: Calibration,
        images: NDArray[Any],
        labels: NDArray[Any],
        tables: Tables,
        *,
        scheme: Scheme | None = None,
        decision: str = "class",
        workers: Workers | Executor | Callable[[], Executor] | None = None,
        journal: Path | None = None,
        resume: bool = False,
        budget: int = BUDGET,
        directory: Path | None = None,
        batch: int = BATCH,
        progress: Callable[[Progress], None] | None = None,
    ) -> None:
        self.network, self.calibration, self.tables = network, calibration, tables
        self.images, self.labels = images, labels
        self.scheme, self.decision, self.batch = scheme or Scheme(), decision, batch
        self._check()
        self.workers = workers if isinstance(workers, Workers) else Workers(workers)
        self.journal = Journal(journal, self.about, resume=resume)
        self._known: dict[tuple[tuple[str, int], ...], Record] = {}
        for record in self.journal.records:
            self._known[_key(record.widths)] = record
        self._by_program = {r.program: r for r in self.journal.records if r.program}
        self._temporary = (
            None
            if directory or not budget
            else TemporaryDirectory("-fxcaps", ignore_cleanup_errors=True)
        )
        place = directory or (Path(self._temporary.name) if self._temporary else None)
        name = f"{self.about['validation'][:16]}-{batch}"
        self._shelf = Shelf(PrefixStore(place / name), budget) if place and budget else None
        self._progress, self.expected = progress, 0
        self._begun, self._resumed = time.monotonic(), len(self.journal.records)
        self._macs = sum(record.macs for record in self.journal.records)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the journal, own executors and the temporary directory."""
        self.close()

    def close(self) -> None:
        """Close the journal, own executors and the temporary directory."""
        self.workers.close()
        self.journal.close()
        if self._temporary is not None:
            self._temporary.cleanup()

    @property
    def total(self) -> int:
        """Validation images."""
        return len(self.images)

    @property
    def records(self) -> tuple[Record, ...]:
        """Every evaluation so far: the search path."""
        return tuple(self.journal.records)

    @property
    def macs(self) -> int:
        """Multiply-accumulates executed so far, before an interruption included."""
        return self._macs

    @cached_property
    def about(self) -> dict[str, Any]:
        """What answers depend on."""
        marks = sha256(image_marks(self.images).astype("<u8").tobytes())
        marks.update(np.asarray(self.labels).astype("<i8").tobytes())
        return {
            "network": self.network.digest,
            "calibration": self.calibration.content,
            "validation": marks.hexdigest(),
            "images": self.total,
            "batch": self.batch,
            "decision": self.decision,
            **self.scheme.about(),
        }

    def correct(self, width: Widths) -> int:
        """Right images of all; 0 where the widths give no Program that runs."""
        return self._evaluate(width, None).correct

    def reaches(self, width: Widths, needed: int) -> bool:
        """Whether at least `needed` images are right, from as few images as decide it.

        Where the arithmetic can reject words while running (overflow `reject`), a yes is one of the
        images that were looked at; `correct` looks at all.
        """
        return self._evaluate(width, needed).correct >= needed

    def program(self, width: Widths) -> Program:
        """The Program of widths."""
        return self.scheme.program(self.network, self.calibration, width)

    def _evaluate(self, width: Widths, needed: int | None) -> Record:
        widths = table_widths(self.network, width)
        known = self._known.get(_key(widths))
        if known is not None and self._decided(known, needed):
            return known
        begun = time.monotonic()
        try:
            program = self.program(width)
        except Rejection as rejection:
            return self._enter(Record(widths, "", needed, self.total, 0, 0, 0.0, str(rejection)))
        known = known or self._by_program.get(program.digest)
        before = (known.images, known.correct) if known else (0, 0)
        failure = known.failure if known else ""
        record = Record(widths, program.digest, needed, *before, 0, 0.0, failure)
        if not self._decided(record, needed):
            record = self._run(program, record, begun)
        return self._enter(record)

    def _run(self, program: Program, record: Record, begun: float) -> Record:
        """Take parts until the question is decided."""
        images, correct, executed, failure = record.images, record.correct, 0, ""
        parts = self.workers.map(compute, list(self._jobs(program, images)))
        try:
            for part in parts:
                images += part.images
                correct += part.correct
                executed += part.macs
                record = Record(record.widths, record.program, record.needed, images, correct, 0, 0)
                self._tell(images, executed)
                if self._decided(record, record.needed):
                    break
        except Rejection as rejection:
            images, correct, failure = self.total, 0, str(rejection)
        finally:
            parts.close()  # type: ignore[attr-defined]  # a generator
        seconds = time.monotonic() - begun
        question = record.widths, record.program, record.needed
        return Record(*question, images, correct, executed, round(seconds, 3), failure)

    def _jobs(self, program: Program, done: int) -> Iterator[Job]:
        budget = self._shelf.budget if self._shelf else 0
        plan = Plan.of(program, self.total, self.batch, budget, (self.decision,))
        if self._shelf:
            self._shelf.reserve(plan.reserved())
        parcel = Parcel(plan)
        for first in range(done, self.total, self.batch):
            part = slice(first, first + self.batch)
            yield Job(
                parcel,
                first // self.batch,
                first,
                self.images[part],
                self.labels[part],
                self.decision,
                self.tables,
                self._shelf.store if self._shelf else None,
            )

    def _decided(self, record: Record, needed: int | None) -> bool:
        """Whether what is known of some images answers for all."""
        rest = self.total - record.images
        if needed is None or rest == 0:
            return rest == 0
        return record.correct >= needed or record.correct + rest < needed

    def _enter(self, record: Record) -> Record:
        self.journal.add(record)
        self._known[_key(record.widths)] = record
        if record.program:
            self._by_program[record.program] = record
        self._macs += record.macs
        self._tell(0, 0)
        return record

    def _tell(self, images: int, executed: int) -> None:
        if self._progress is None:
            return
        seconds = time.monotonic() - self._begun
        ended = len(self.journal.records)
        self._progress(
            Progress(
                ended,
                max(self.expected, ended),
                images,
                self.total,
                self._macs + executed,
                seconds,
                self._remaining(seconds, ended, images),
            )
        )

    def _remaining(self, seconds: float, ended: int, images: int) -> float | None:
        here = ended - self._resumed + images / self.total
        if not here or not self.expected:
            return None
        return max(0.0, self.expected - ended - images / self.total) * seconds / here

    def _check(self) -> None:
        check_images(self.images, self.network.inputs, self.network.name)
        self.calibration.check(self.network)
        shape = self.network.shapes().get(self.decision)
        if shape != ():
            raise Rejection(
                Reason.SHAPE_MISMATCH,
                f"{self.decision!r} of {self.network.name} must be one class an image, "
                f"found shape {shape}",
            )
        if np.shape(self.labels) != (self.total,) or np.asarray(self.labels).dtype.kind not in "iu":
            raise Rejection(
                Reason.DATA_INVALID,
                f"expected {self.total} integer labels, one an image, found "
                f"{np.shape(self.labels)} of {np.asarray(self.labels).dtype}",
            )
        if self.batch < 1:
            raise Rejection(
                Reason.PARAMETER_INVALID, f"batch must be at least 1, found {self.batch}"
            )
        shared = self.calibration.shared(self.images)
        if shared:
            raise Rejection(
                Reason.DATA_INVALID,
                f"{shared} of {self.total} validation images were calibrated with; "
                "take others, or the accuracy is not one of new images",
            )


def _key(widths: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(widths.items()))

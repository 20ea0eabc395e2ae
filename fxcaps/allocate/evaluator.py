"""The one evaluator of every method: accuracy of widths, as little of it as decides."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps.allocate.journal import Journal, Record
from fxcaps.allocate.progress import Progress
from fxcaps.allocate.samples import Samples
from fxcaps.allocate.scheme import Scheme
from fxcaps.allocate.store import PrefixStore, Shelf
from fxcaps.allocate.work import Parcel, Plan, compute, ends_of, jobs
from fxcaps.allocate.workers import Workers
from fxcaps.network import Network, Program, Tables
from fxcaps.network.images import check_images
from fxcaps.network.sums import with_whole_sums
from fxcaps.quantize import Calibration
from fxcaps.quantize.calibration import image_marks
from fxcaps.quantize.widths import Widths, table_widths
from fxcaps.types import Reason, Rejection

BATCH = 100
"""Images a part: few enough that stopping early saves, enough that a part is worth sending."""

SAMPLES = 50
"""Validation images that errors are measured on where no samples are given."""

BUDGET = 1 << 30
"""Bytes of prefixes that are kept by default."""

_SAMPLES_SHARE = 8
"""Of the budget, one part in so many is for the samples, which are few."""


class Evaluator(AbstractContextManager["Evaluator"]):
    """Answers how many validation images a choice of widths gets right.

    Answers never depend on the executor, on what is stored or on where a search was interrupted:
    images are taken in parts of fixed size, results are read in the order of the images, and a
    question ends with the first part that decides it. So put the images first that decide most:
    `hardest_first`.

    Args:
        network: with its tensors.
        calibration: of it.
        images: `(N, *shape)` validation images; none of them calibrated, none a test image.
        labels: `(N)` their classes.
        tables: operation tables.
        samples: `(n, *shape)` images by which `error` compares words, some of those calibrated
            with; the first validation images by default.
        scheme: how widths become a Program.
        decision: tensor that holds the class.
        workers: who computes; this thread by default.
        journal: file that every evaluation is written to.
        resume: go on with that file.
        budget: bytes of words that are kept on disk for use again; 0 keeps none.
        directory: where; a temporary one by default.
        batch: images a part; the first part is taken in quarters, so that what is plain costs
            little.
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
        samples: NDArray[Any] | None = None,
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
        self._ends = ends_of(self.total, batch)
        self._samples = images[:SAMPLES] if samples is None else samples
        self.workers = workers if isinstance(workers, Workers) else Workers(workers)
        self.journal = Journal(journal, self.about, resume=resume)
        self._known: dict[Any, Record] = {}
        self._asked: dict[Any, Record] = {}
        self._by_program: dict[str, Record] = {}
        for record in self.journal.records:
            self._remember(record)
        self._temporary = (
            None
            if directory or not budget
            else TemporaryDirectory("-fxcaps", ignore_cleanup_errors=True)
        )
        place = directory or (Path(self._temporary.name) if self._temporary else None)
        name = f"{self.about['validation'][:16]}-{batch}"
        own = budget - budget // _SAMPLES_SHARE
        self._shelf = Shelf(PrefixStore(place / name), own) if place and budget else None
        self._errors = Samples(
            network, self._samples, tables, self.decision, place, budget // _SAMPLES_SHARE
        )
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
            "samples": sha256(image_marks(self._samples).astype("<u8").tobytes()).hexdigest(),
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

    def survives(self, width: Widths, needed: int, images: int) -> bool:
        """Whether `needed` right images are still possible after the first `images`.

        A no is final and the same as that of `reaches`; a yes is not.

        Args:
            width: as for `reaches`.
            needed: right images of all.
            images: to look at at most, rounded up to the end of a part.
        """
        limit = next((end for end in self._ends if end >= images), self.total)
        record = self._evaluate(width, needed, limit)
        return record.correct + self.total - record.images >= needed

    def error(self, width: Widths, reference: Widths) -> float:
        """Mean squared difference of the class scores from those of other widths, on the samples.

        Scores are what the decision is made of, the lengths of the class capsules. Infinite where
        the widths give no Program that runs.

        Args:
            width: as for `reaches`.
            reference: wide ones, whose Program must run.
        """
        widths, wide = (table_widths(self.network, given) for given in (width, reference))
        question = _key(widths), _key(wide)
        if question not in self._asked:
            begun = time.monotonic()
            made = self._errors.compare(self.program, width, reference, self.workers)
            seconds = round(time.monotonic() - begun, 3)
            self._enter(replace(made, widths=widths, seconds=seconds, reference=wide))
        found = self._asked[question].error
        return float("inf") if found is None else found

    def program(self, width: Widths) -> Program:
        """The Program of widths."""
        return self.scheme.program(self.network, self.calibration, width)

    def _evaluate(self, width: Widths, needed: int | None, limit: int | None = None) -> Record:
        widths = table_widths(self.network, width)
        asked = self._asked.get((_key(widths), needed, limit))
        if asked is not None:
            return asked
        known = self._known.get(_key(widths))
        # An answer of some images is always entered: what is known later may say more.
        if known is not None and limit is None and self._decided(known, needed):
            return known
        begun = time.monotonic()
        program = None
        if known is None:
            try:
                program = self.program(width)
            except Rejection as rejection:
                failed = Record(widths, "", needed, self.total, 0, 0, 0.0, str(rejection))
                return self._enter(replace(failed, limit=limit))
            known = self._by_program.get(program.digest)
        digest = program.digest if program else known.program if known else ""
        before = (known.images, known.correct) if known else (0, 0)
        record = Record(widths, digest, needed, *before, 0, 0.0, known.failure if known else "")
        record = replace(record, limit=limit)
        if not self._decided(record, needed, limit):
            record = self._run(program or self.program(width), record, begun)
        return self._enter(record)

    def _run(self, program: Program, record: Record, begun: float) -> Record:
        """Take parts until the question is decided."""
        executed, known = 0, record
        plan = Plan.of(
            with_whole_sums(program),
            self._ends,
            self._shelf.budget if self._shelf else 0,
            self.decision,
        )
        given = jobs(
            Parcel(plan),
            self.images,
            self.labels,
            self._ends,
            self.tables,
            self._shelf,
            wanted=self.decision,
            done=record.images,
        )
        parts = self.workers.map(compute, given)
        try:
            for part in parts:
                executed += part.macs
                record = replace(
                    record,
                    images=record.images + part.images,
                    correct=record.correct + part.correct,
                )
                self._tell(record.images, executed)
                if self._decided(record, record.needed, record.limit):
                    break
        except Rejection as rejection:
            record = replace(known, images=self.total, correct=0, failure=str(rejection))
        finally:
            parts.close()  # type: ignore[attr-defined]  # a generator
        seconds = round(time.monotonic() - begun, 3)
        return replace(record, macs=executed, seconds=seconds)

    def _decided(self, record: Record, needed: int | None, limit: int | None = None) -> bool:
        """Whether what is known of some images answers for all, or no more are looked at."""
        rest = self.total - record.images
        if limit is not None and record.images >= limit:
            return True
        if needed is None or rest == 0:
            return rest == 0
        return record.correct >= needed or record.correct + rest < needed

    def _enter(self, record: Record) -> Record:
        self.journal.add(record)
        self._remember(record)
        self._macs += record.macs
        self._tell(0, 0)
        return record

    def _remember(self, record: Record) -> None:
        key = _key(record.widths)
        if record.reference is not None:
            self._asked[key, _key(record.reference)] = record
            return
        self._asked[key, record.needed, record.limit] = record
        self._known[key] = record
        if record.program:
            self._by_program[record.program] = record

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

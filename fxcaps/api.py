"""The main job as a library: load, quantise, run, with the project's own tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fxcaps import allocate as allocation
from fxcaps import datasets, inside, network, quantize, startup
from fxcaps.allocate import Certificate, Evaluator, Method, Scheme, Workers
from fxcaps.inside import Comparison, Diagnosis, Explanation
from fxcaps.network import Network, Program, Run, Tables
from fxcaps.ops import Arithmetic
from fxcaps.oracle import TABLES
from fxcaps.profiles import Profile
from fxcaps.prune import Criterion, find_primary, keep_types, kept_count, rank_types
from fxcaps.quantize import HARDWARE_PROFILE, Calibration, Granularity, Rule, Split
from fxcaps.quantize.calibration import Images
from fxcaps.quantize.widths import Widths
from fxcaps.real import REAL
from fxcaps.spec import SPEC
from fxcaps.startup import Warmth
from fxcaps.types import Reason, Rejection

Progress = Callable[[int, int], None]


def load_network(source: str | Path, *, architecture: str | None = None) -> Network:
    """Load a float network.

    Args:
        source: the name of an embedded model (`mnist-small`) or the path of an `.npz`.
        architecture: of an `.npz` that holds named arrays alone.
    """
    path = Path(source)
    if str(source) in datasets.embedded.MODELS and not path.exists():
        path = datasets.model_path(str(source))
    return network.load_network(path, name=architecture)


def quantize_network(
    model: Network,
    images: Images | Calibration,
    *,
    width: Widths = 8,
    arithmetic: Arithmetic | Profile = HARDWARE_PROFILE,
    granularity: Granularity = Granularity.ITERATION,
    rule: str | Rule = "minmax",
    progress: Progress | None = None,
) -> Program:
    """Calibrate a network and lower it to a Program.

    Args:
        model: with its tensors.
        images: `(N, H, W, C)` integers for calibration or batches of them, never the test set; or
            what `calibrate` gave.
        width: bits of every tensor, or a mapping from tensor name patterns to bits.
        arithmetic: a profile, or rounding, overflow and algorithms one by one; the profile
            `fxcaps-hardware` by default: integer root, divider and table.
        granularity: what shares a bound: nothing, iterations of routing, or blocks.
        rule: by which ranges become formats: `minmax`, `percentile`, `mse`, `sqnr`, `q7` as in
            Q7-CapsNets, or a rule with its own parameters.
        progress: told images done and in all.
    """
    return quantize.quantize_network(
        model,
        images,
        REAL,
        width=width,
        arithmetic=arithmetic,
        granularity=granularity,
        rule=rule,
        progress=progress,
    )


def calibrate(
    model: Network,
    images: Images,
    *,
    splits: Mapping[str, Split] | None = None,
    progress: Progress | None = None,
) -> Calibration:
    """Observe every tensor of a network in floats: ranges and histograms, to save and use again.

    Args:
        model: with its tensors.
        images: `(N, H, W, C)` integers, or batches of them; never the test set.
        splits: computed tensors to observe by group as well, such as capsule types.
        progress: told images done and in all.
    """
    return quantize.calibrate(model, images, REAL, splits=splits, progress=progress)


def allocate(
    model: Network,
    calibration: Calibration,
    images: NDArray[Any],
    labels: NDArray[Any],
    *,
    tolerance: float | str,
    method: str | Method = "optimal",
    weight_bits: int | None = None,
    samples: NDArray[Any] | None = None,
    scheme: Scheme | None = None,
    workers: Workers | Executor | Callable[[], Executor] | None = None,
    journal: str | Path | None = None,
    resume: bool = False,
    progress: Callable[[allocation.Progress], None] | None = None,
) -> tuple[Certificate, ...]:
    """Choose the width of every tensor by a method, and certify what it found.

    Validation images are taken in the order of `hardest_first`.

    Args:
        model: with its tensors.
        calibration: of it, as `calibrate` gives.
        images: `(N, H, W, C)` validation images; none of them calibrated, none a test image.
        labels: `(N)` their classes.
        tolerance: points (of 100) that the accuracy may be below that of the floats.
        method: a name of `fxcaps.allocate.METHODS`, or a method with its own choices.
        weight_bits: most bits of all weights.
        samples: images that sensitivities are measured on, some twenty of those calibrated with;
            the first validation images by default.
        scheme: arithmetic, rule and granularity; `fxcaps-hardware` and `minmax` by default.
        workers: an executor or a function that makes one; this thread by default.
        journal: file that every evaluation is written to when it ends.
        resume: go on with that file.
        progress: told after every part of an evaluation.
    """
    chosen = method if isinstance(method, Method) else allocation.method_named(method)
    order = allocation.hardest_first(model, images, labels, REAL)
    with Evaluator(
        model,
        calibration,
        images[order],
        labels[order],
        TABLES,
        samples=samples,
        scheme=scheme,
        workers=workers,
        journal=None if journal is None else Path(journal),
        resume=resume,
        progress=progress,
    ) as evaluator:
        return allocation.allocate(
            evaluator, chosen, REAL, tolerance=tolerance, weight_bits=weight_bits
        )


def prune_network(
    model: Network,
    keep: int | str | Sequence[int],
    *,
    criterion: Criterion | str = Criterion.ACCURACY,
    images: NDArray[Any] | None = None,
    labels: NDArray[Any] | None = None,
    progress: Progress | None = None,
) -> Network:
    """A smaller dense network with some of the primary capsule types.

    Args:
        model: with its tensors.
        keep: how many types stay (`8`, `"25%"`), or which ones (`[0, 3, 5]`).
        criterion: which go: `norm`, `activity`, `routing` or `accuracy`; unused where types are
            named.
        images: `(N, H, W, C)` integers to choose by, for all criteria but `norm`; never the test
            set.
        labels: `(N,)`, for `accuracy`.
        progress: told what is done of how much.
    """
    if not isinstance(keep, int | str):
        return keep_types(model, keep)
    if criterion not in set(Criterion):
        known = ", ".join(Criterion)
        raise Rejection(Reason.NAME_UNKNOWN, f"no criterion {criterion!r}; known: {known}")
    count = kept_count(keep, find_primary(model).types)
    ranking = rank_types(
        model,
        Criterion(criterion),
        REAL,
        images=images,
        labels=labels,
        keep=count,
        progress=progress,
    )
    return keep_types(model, ranking.kept(count))


def run(
    program: Program,
    images: NDArray[Any],
    *,
    keep: Sequence[str] = (),
    threads: int = 1,
    on_spec: bool = False,
    progress: Progress | None = None,
) -> Run:
    """Run a Program bit-exactly.

    Args:
        program: what to run.
        images: `(N, *shape)` integers of the input's format.
        keep: tensors to return besides the outputs.
        threads: batches computed at the same time; the words do not depend on it.
        on_spec: use the specification alone, one image at a time: slow, and equal.
        progress: told images done and in all.
    """
    tables = Tables(SPEC) if on_spec else TABLES
    batch = 1 if on_spec else None
    return network.run(
        program, images, tables, keep=keep, threads=threads, batch=batch, progress=progress
    )


def compare(
    trace: str | Path,
    dump: str | Path,
    *,
    program: Program | None = None,
    values: bool = False,
    only: Sequence[str] = (),
) -> Comparison:
    """Compare someone's dump with a trace, word by word.

    Args:
        trace: what `save_trace` or `fxcaps run --trace` wrote.
        dump: a trace, an `.npz` or a folder of `.npy` files, arrays named by tensor.
        program: gives formats and order where `trace` is an `.npz` or a folder without them.
        values: the dump holds values on the words' grids, not words.
        only: patterns of tensor names; the others are left out.
    """
    return inside.compare(
        inside.read_dump(Path(trace)),
        inside.read_dump(Path(dump)),
        program=program,
        values=values,
        only=only,
    )


def diagnose(
    program: Program,
    images: NDArray[Any],
    *,
    threads: int = 1,
    progress: Progress | None = None,
) -> Diagnosis:
    """Run a Program and report what is wrong inside: dead routing, saturation, ties, waste.

    Args:
        program: what to run.
        images: `(N, *shape)` integers of the input's format.
        threads: batches computed at the same time; the findings do not depend on it.
        progress: told images done and in all.
    """
    made = inside.survey(program, images, TABLES, threads=threads, progress=progress)
    return inside.diagnose(made)


def explain(
    program: Program,
    images: NDArray[Any],
    image: int,
    at: tuple[int, ...] = (),
    *,
    step: str | None = None,
    tensor: str | None = None,
) -> Explanation:
    """Explain one word that a Program makes of one image, product by product.

    Args:
        program: any Program.
        images: `(N, *shape)` integers of the input's format.
        image: which of them.
        at: the word's place in the output tensor, one index an axis.
        step: a step, or a part of a composite one as in `digit.squash1`.
        tensor: instead of the step, the tensor that it makes.
    """
    return inside.explain(program, images, image, at, TABLES, step=step, tensor=tensor)


def predict(
    model: Network, images: NDArray[Any], *, progress: Progress | None = None
) -> dict[str, NDArray[np.float64]]:
    """The float outputs of a network, by tensor name."""
    return network.predict(model, images, REAL, progress=progress)


def warmup(*, progress: Progress | None = None) -> Warmth:
    """Compile the whole engine for this processor and cache it, so that no later call waits.

    Args:
        progress: told calls done and in all.
    """
    return startup.warm(progress)

"""Worst and mean errors, over all inputs or by a seeded search."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.errors.cases import FUNCTIONS, Case, Inputs, Ints, evaluate, normative, reference
from fxcaps.ops import encode

CHUNK = 1 << 16
"""Vectors that are computed together."""

BINS = 48
"""Parts of the figure's axis."""

PROFILED = 8
"""The width of which the figure shows errors against the input."""

SHORT = 400
"""Characters of parameters that a row repeats; longer ones have tables, which `fit` gives."""

PARENTS, CHILDREN = 256, 4

KNOWN: dict[tuple[str, int, int], tuple[list[int], ...]] = {
    ("softmax", 8, 10): ([0, 4, 4, 36, 4, 127, 4, 36, 4, 4],),
    ("softmax", 16, 10): ([0, 0, 8191, -16382, 0, 0, -22945, 0, 0, 0],),
    ("squash", 16, 8): ([-6492, -6364, -6550, 6445, 6322, 32763, 6454, 6449],),
    ("squash", 16, 16): (
        [-30, 1661, -2, -25, 21, 21, 7, 24, -68, -2, 16, 4, 24, 2, 8, 37],
        [
            *(-5344, 5388, -5090, -5126, 5104, 5040, 5128, -5107),
            *(32767, 5359, -5265, -5120, 5050, -5264, 5187, 5257),
        ],
    ),
}
"""By operation, width and words: vectors worse for some algorithm than what the search finds.

Every search tries them at its end. Found by searches with other random starts.
"""

Row = dict[str, Any]


@dataclass
class Tally:
    """Errors so far: the worst with its input, the sum of all, and how many words."""

    worst: int = -1
    inputs: dict[str, list[int]] | None = None
    total: int = 0
    count: int = 0

    def see(self, words: Inputs, errors: Ints) -> None:
        """Add the errors of a batch to worst, sum and count."""
        self.challenge(words, errors)
        self.total += int(errors.sum())
        self.count += errors.size

    def challenge(self, words: Inputs, errors: Ints) -> None:
        """Take over a worse input; the first of equals stays."""
        of_vectors = errors.max(axis=1)
        row = int(of_vectors.argmax())
        if of_vectors[row] > self.worst:
            self.worst = int(of_vectors[row])
            self.inputs = {port: array[row].tolist() for port, array in words.items()}


def measure(case: Case, rounds: int) -> Row:
    """A row of the results.

    Args:
        case: what is measured.
        rounds: of a search; without effect where all inputs are taken.

    Raises `RuntimeError` where the specification does not confirm the worst error.
    """
    tally, profile = Tally(), Profile(case)
    if case.set.every:
        for words in every_vector(case):
            errors = errors_of(case, words)
            tally.see(words, errors)
            profile.see(words, errors)
    else:
        _search(case, tally, rounds)
    assert tally.inputs is not None  # noqa: S101 - there is at least one vector
    made, exact = normative(case, tally.inputs)
    confirmed = max(abs(a - b) for a, b in zip(made, exact, strict=True))
    if confirmed != tally.worst:
        raise RuntimeError(f"{case}: the specification's error is {confirmed}, not {tally.worst}")
    params = encode(case.params)
    cost = case.params.cost(case.inputs, case.out, case.set.dim)
    return {
        "operation": case.operation,
        "label": case.label,
        "algorithm": case.params.algorithm,
        "width": case.set.width,
        "dim": case.set.dim,
        "every": case.set.every,
        **({} if case.set.every else {"rounds": rounds}),
        "formats": {port: str(f) for port, f in (*case.inputs.items(), ("out", case.out))},
        "params": params if len(json.dumps(params)) < SHORT else None,
        "params_sha256": digest(params),
        "worst": tally.worst,
        "total": tally.total,
        "words": tally.count,
        "input": tally.inputs,
        "output": made,
        "reference": exact,
        "cost": None if cost is None else json.loads(json.dumps(asdict(cost))),
        **profile.row(),
    }


def digest(params: Any) -> str:
    """SHA-256 of parameters as canonical JSON."""
    text = json.dumps(params, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def errors_of(case: Case, words: Inputs) -> Ints:
    """Absolute differences to the reference, in words."""
    made: Ints = np.abs(evaluate(case.params, case, words) - reference(case, words))
    return made


def every_vector(case: Case) -> Iterator[dict[str, Ints]]:
    """All vectors of the input formats, in batches; the last word counts fastest."""
    slots = [(port, format) for port, format in case.inputs.items() for _ in range(case.set.dim)]
    size = 1 << sum(format.width for _, format in slots)
    for start in range(0, size, CHUNK):
        index = np.arange(start, min(start + CHUNK, size), dtype=np.int64)
        columns: dict[str, list[Ints]] = {port: [] for port in case.inputs}
        for port, format in reversed(slots):
            columns[port].insert(0, (index & ((1 << format.width) - 1)) + format.min)
            index = index >> format.width
        yield {port: np.stack(found, axis=1) for port, found in columns.items()}


class Profile:
    """Worst and mean error against the axis of the function's figure."""

    def __init__(self, case: Case) -> None:
        """Errors are kept for all pairs, or all words, of `PROFILED` bits."""
        dims = {given.dim for given in FUNCTIONS[case.operation].sets if given.every}
        chosen = case.set.every and case.set.width == PROFILED and case.set.dim == min(dims)
        self.case, self.at = case, FUNCTIONS[case.operation].axis[1]
        self.seen: list[tuple[NDArray[Any], Ints]] | None = [] if chosen else None

    def see(self, words: Inputs, errors: Ints) -> None:
        """Add a batch."""
        if self.seen is not None:
            formats = self.case.inputs
            real = {port: np.ldexp(array, -formats[port].frac) for port, array in words.items()}
            self.seen.append((self.at(real), errors))

    def row(self) -> Row:
        """Bins that are not empty: the middle, the worst and the mean error."""
        if self.seen is None:
            return {}
        where = np.concatenate([at for at, _ in self.seen])
        errors = np.concatenate([errors for _, errors in self.seen])
        low, high = float(where.min()), float(where.max())
        size = (high - low) / BINS
        bins = np.minimum(((where - low) / size).astype(np.int64), BINS - 1)
        found = []
        for k in range(BINS):
            inside = errors[bins == k]
            if inside.size:
                middle = round(low + (k + 0.5) * size, 6)
                found.append([middle, int(inside.max()), round(float(inside.mean()), 6)])
        return {"profile": found}


def _search(case: Case, tally: Tally, rounds: int) -> None:
    """Random vectors of all magnitudes, dense and sparse, then steps from the worst of them.

    The mean is that of the random vectors; the worst is a lower bound of the true one.
    """
    name = f"{case.operation} {case.set.width} {case.set.dim}"  # the same start for all algorithms
    rng = np.random.Generator(np.random.PCG64(zlib.crc32(name.encode())))
    format = case.inputs["x"]
    shape = (CHUNK, case.set.dim)
    words = rng.integers(format.min, format.max, shape, endpoint=True)
    words >>= rng.integers(0, format.width, (CHUNK, 1))
    # Worst cases of few components are those of many, too, the others being 0: the second half
    # of the vectors is sparse, and half of the steps start there.
    half = CHUNK // 2
    kept = rng.integers(0, case.set.dim, (half, 1))
    words[half:] *= rng.integers(0, case.set.dim, (half, case.set.dim)) <= kept
    errors = errors_of(case, {"x": words})
    tally.see({"x": words}, errors)
    score = _score(errors)
    halves = np.argsort(-score.reshape(2, half), axis=1, kind="stable")[:, : PARENTS // 2]
    best = np.concatenate([halves[0], halves[1] + half])
    parents, score = words[best], score[best]
    for _ in range(rounds):
        children = _mutated(rng, np.repeat(parents, CHILDREN, axis=0), format.min, format.max)
        errors = errors_of(case, {"x": children})
        tally.challenge({"x": children}, errors)
        found = _score(errors).reshape(PARENTS, CHILDREN)
        chosen = found.argmax(axis=1)
        value = found[np.arange(PARENTS), chosen]
        better = value >= score  # a step along a plateau is taken, too
        picked = children.reshape(PARENTS, CHILDREN, -1)[np.arange(PARENTS), chosen]
        parents[better], score[better] = picked[better], value[better]
    for vector in KNOWN.get((case.operation, case.set.width, case.set.dim), ()):
        tried = {"x": np.array([vector], np.int64)}
        tally.challenge(tried, errors_of(case, tried))


def _score(errors: Ints) -> Ints:
    """The worst error first, the sum of all next."""
    scored: Ints = (errors.max(axis=1) << 24) + errors.sum(axis=1)
    return scored


def _mutated(rng: np.random.Generator, words: Ints, low: int, high: int) -> Ints:
    """One component of each vector changed: replaced, moved, or a bit of it turned.

    A component becomes 0 in one vector of eight, and one in eight is scaled by a half or by two.
    """
    count, dim = words.shape
    rows, columns = np.arange(count), rng.integers(0, dim, count)
    kind = rng.integers(0, 8, count)
    old = words[rows, columns]
    bits = int(high - low).bit_length()
    moved = old + (rng.integers(-2, 3, count) << rng.integers(0, bits - 2, count))
    turned = old ^ (1 << rng.integers(0, bits - 1, count))
    fresh = rng.integers(low, high, count, endpoint=True)
    made = words.copy()
    made[rows, columns] = np.select(
        [kind < 3, kind < 5, kind < 6, kind < 7], [moved, turned, fresh, 0], old
    )
    halved = kind == 7
    scaled = np.where(rng.integers(0, 2, (count, 1)) == 1, words * 2, words >> 1)
    made[halved] = scaled[halved]
    return np.clip(made, low, high)

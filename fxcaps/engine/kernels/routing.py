"""Routing by agreement, image by image: its votes stay in cache from the first sum to the last."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fxcaps.engine.kernels.blocked import Epilogue, finish_rows
from fxcaps.engine.kernels.coefficients import Coefficients, couple
from fxcaps.engine.kernels.compile import kernel
from fxcaps.engine.kernels.lanes import Narrow
from fxcaps.engine.kernels.narrow import Flags, Ints, Sums
from fxcaps.engine.kernels.shrink import Squash, shrink

Votes = NDArray[np.int8] | NDArray[np.int16]

ITERATIONS = 4
"""Plans that the kernel is given, so that it is compiled once; those beyond the last stay idle."""


class Iteration(NamedTuple):
    """What an iteration computes with.

    Args:
        start: `(J * D)` what the weighted sums start with.
        weighted: how those become words.
        squash: how the sums shrink.
        half: what the agreements start with.
        agreed: how those become words.
        lifts: left shifts of the logits and of the agreements before they are added.
        updated: how that becomes words.
        softmax: how the logits so updated become the next coefficients.
    """

    start: Sums
    weighted: Epilogue
    squash: Squash
    half: int
    agreed: Epilogue
    lifts: tuple[int, int]
    updated: Epilogue
    softmax: Coefficients


class Tensors(NamedTuple):
    """Words of all iterations.

    Args:
        b: `(R, N, I * J)` logits.
        c: `(R, N, I * J)` coefficients; those of the first iteration are given.
        s: `(R, N, J * D)` weighted sums.
        v: `(R, N, J * D)` capsules.
        a: `(R, N, I * J)` agreements.
    """

    b: Narrow
    c: Narrow
    s: Narrow
    v: Narrow
    a: Narrow


class Records(NamedTuple):
    """Events `(R, N, kinds, 2)` of the words of all iterations."""

    b: Ints
    c: Ints
    s: Ints
    v: Ints
    a: Ints


@kernel
def route_images(
    votes: Votes,
    steps: tuple[Iteration, ...],
    rounds: int,
    logits: int,
    words: Tensors,
    events: Records,
    unsure: Flags,
) -> None:
    """Fill the words and events of `votes (N, I, J, D)`; sums of no exponentials are unsure.

    `rounds` iterations run, the last of them to its capsules. A softmax is over `logits` logits,
    of which J is a multiple. All sums hold in 32 bits, all words in 16.
    """
    batch, count, capsules, dim = votes.shape
    pairs = np.empty((1, count * capsules), np.int32)
    sums = np.empty((1, capsules * dim), np.int32)
    here, base = np.zeros(1, np.int64), np.zeros(1, np.int64)
    for n in range(batch):
        here[0] = n
        for r in range(rounds):
            step = steps[r]
            sums[0] = step.start
            add_weighted(votes[n], words.c[r, n], sums[0])
            finish_rows(sums, here, base, 0, step.weighted, words.s[r], events.s[r])
            shrink(words.s[r, n], dim, step.squash, words.v[r, n], events.v[r], n)
            if r + 1 == rounds:
                break
            add_agreements(votes[n], words.v[r, n], step.half, pairs[0])
            finish_rows(pairs, here, base, 0, step.agreed, words.a[r], events.a[r])
            add_lifted(words.b[r, n], words.a[r, n], step.lifts, pairs[0])
            finish_rows(pairs, here, base, 0, step.updated, words.b[r + 1], events.b[r + 1])
            couple(
                words.b[r + 1, n],
                logits,
                step.softmax,
                words.c[r + 1, n],
                events.c[r + 1],
                unsure,
                n,
            )


@kernel
def add_weighted(votes: Votes, c: Narrow, sums: Sums) -> None:
    """Add to `sums (J * D)` the votes `(I, J, D)` times `c (I * J)`."""
    count, capsules, dim = votes.shape
    for i in range(count):
        for j in range(capsules):
            coupling = c[i * capsules + j]
            for d in range(dim):
                sums[j * dim + d] += np.int32(coupling * votes[i, j, d])


@kernel
def add_agreements(votes: Votes, v: Narrow, half: int, sums: Sums) -> None:
    """Put into `sums (I * J)` the scalar products of the votes `(I, J, D)` and `v (J * D)`."""
    count, capsules, dim = votes.shape
    for i in range(count):
        for j in range(capsules):
            total = np.int32(half)
            for d in range(dim):
                total += np.int32(votes[i, j, d] * v[j * dim + d])
            sums[i * capsules + j] = total


@kernel
def add_lifted(b: Narrow, a: Narrow, lifts: tuple[int, int], sums: Sums) -> None:
    """Put into `sums (M)` the sums of the shifted words."""
    up_b, up_a = np.int32(lifts[0]), np.int32(lifts[1])
    for k in range(sums.size):
        sums[k] = (np.int32(b[k]) << up_b) + (np.int32(a[k]) << up_a)

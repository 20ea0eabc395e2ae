"""Sums of products: proven ranges add freely, others in the order that the page states."""

from __future__ import annotations

import numpy as np

from fxcaps.engine.kernels.accumulate import Plan, accumulate
from fxcaps.engine.kernels.compile import kernel
from fxcaps.engine.kernels.narrow import Ints, Marks, Sums


@kernel
def dense(x: Ints, weight: Ints, start: Ints, plan: Plan, sums: Ints, marks: Marks) -> None:
    """`sums (M, O)` of `x (M, K)` and `weight (O, K)`, from `start (O)`, K ascending."""
    products, addends = np.empty(x.shape[1], np.int64), np.empty(x.shape[1], np.int64)
    for m in range(x.shape[0]):
        for o in range(weight.shape[0]):
            for k in range(x.shape[1]):
                products[k] = x[m, k] * weight[o, k]
            sums[m, o], marks[m, o] = accumulate(start[o], products, addends, plan)


@kernel
def dense_clipped(
    x: Ints, weight: Ints, start: Ints, low: int, high: int, sums: Ints | Sums, marks: Marks
) -> None:
    """`sums (M, O)` of `x (M, K)` and `weight (K, O)`, clipped after every addition, K ascending.

    All arrays but the marks are of one type, which holds a word of the register plus a product.
    """
    kind = sums.dtype.type  # products of 32 bits would otherwise be of 64
    least, most = kind(low), kind(high)
    for m in range(x.shape[0]):
        for o in range(start.size):
            sums[m, o] = min(max(start[o], least), most)
            marks[m, o] = start[o] != sums[m, o]
        for k in range(x.shape[1]):
            word = x[m, k]
            for o in range(start.size):
                total = kind(sums[m, o] + kind(word * weight[k, o]))
                kept = min(max(total, least), most)
                marks[m, o] |= total != kept
                sums[m, o] = kept


@kernel
def capsule_votes(
    u: Ints, weight: Ints, start: int, free: bool, plan: Plan, sums: Ints, marks: Marks
) -> None:
    """`sums (N, I, R)` of `u (N, I, D)` and `weight (Iw, R, D)`, D ascending.

    Capsule i uses matrix i mod Iw.
    """
    products, addends = np.empty(u.shape[2], np.int64), np.empty(u.shape[2], np.int64)
    for i in range(u.shape[1]):
        matrix = i % weight.shape[0]
        # One capsule's weights stay in cache while the whole batch uses them.
        for n in range(u.shape[0]):
            for r in range(weight.shape[1]):
                if free:
                    total = start
                    for d in range(u.shape[2]):
                        total += u[n, i, d] * weight[matrix, r, d]
                    sums[n, i, r] = total
                else:
                    for d in range(u.shape[2]):
                        products[d] = u[n, i, d] * weight[matrix, r, d]
                    total, mark = accumulate(start, products, addends, plan)
                    sums[n, i, r] = total
                    marks[n, i * weight.shape[1] + r] = mark


@kernel
def coupled_sum(c: Ints, votes: Ints, start: Ints, sums: Ints | Sums) -> None:
    """`sums (N, J, D)` of `c (N, I, Jc)` and `votes (N, I, J, D)` from `start (Jb, D)`, freely.

    Capsule j uses coupling j mod Jc and start j mod Jb.
    """
    count, capsules, dim = votes.shape[1], votes.shape[2], votes.shape[3]
    each = c.shape[2] == capsules
    for n in range(votes.shape[0]):
        for j in range(capsules):
            for d in range(dim):
                sums[n, j, d] = start[j % start.shape[0], d]
        for i in range(count):
            for j in range(capsules):
                coupling = c[n, i, j if each else j % c.shape[2]]
                for d in range(dim):
                    sums[n, j, d] += coupling * votes[n, i, j, d]


@kernel
def coupled_sum_ordered(
    c: Ints, votes: Ints, start: Ints, plan: Plan, sums: Ints, marks: Marks
) -> None:
    """The same with input capsules ascending in a register."""
    count, capsules, dim = votes.shape[1], votes.shape[2], votes.shape[3]
    products, addends = np.empty(count, np.int64), np.empty(count, np.int64)
    for n in range(votes.shape[0]):
        for j in range(capsules):
            for d in range(dim):
                for i in range(count):
                    products[i] = c[n, i, j % c.shape[2]] * votes[n, i, j, d]
                bias = start[j % start.shape[0], d]
                total, mark = accumulate(bias, products, addends, plan)
                sums[n, j, d] = total
                marks[n, j * dim + d] = mark


@kernel
def agreements(
    votes: Ints, v: Ints, start: int, free: bool, plan: Plan, sums: Ints, marks: Marks
) -> None:
    """`sums (N, I, J)` of `votes (N, I, J, D)` and `v (N, J, D)`, D ascending."""
    dim = votes.shape[3]
    products, addends = np.empty(dim, np.int64), np.empty(dim, np.int64)
    for n in range(votes.shape[0]):
        for i in range(votes.shape[1]):
            for j in range(votes.shape[2]):
                if free:
                    total = start
                    for d in range(dim):
                        total += votes[n, i, j, d] * v[n, j, d]
                    sums[n, i, j] = total
                else:
                    for d in range(dim):
                        products[d] = votes[n, i, j, d] * v[n, j, d]
                    total, mark = accumulate(start, products, addends, plan)
                    sums[n, i, j] = total
                    marks[n, i * votes.shape[2] + j] = mark

"""Sums of products: proven ranges add freely, others in the order that the page states."""

from __future__ import annotations

from fxcaps.engine.kernels.compile import kernel
from fxcaps.engine.kernels.narrow import Flags, Ints, fit

FREE, EXACT, FINAL, PER_STEP = range(4)
"""How a register is watched; `FREE` where the static range proves that it holds every sum."""


@kernel
def step(total: int, low: int, high: int, overflow: int, check: int) -> tuple[int, bool]:
    """Handle one partial sum; returns what the register keeps and whether it overflowed."""
    if check == PER_STEP:
        kept = fit(total, low, high, overflow)
        return kept, kept != total
    return total, check == EXACT and not low <= total <= high


@kernel
def complete(total: int, low: int, high: int, overflow: int, check: int) -> tuple[int, bool]:
    """Handle the complete sum."""
    if check == FINAL:
        kept = fit(total, low, high, overflow)
        return kept, kept != total
    return total, False


@kernel
def dense(
    x: Ints,
    weight: Ints,
    start: Ints,
    register: tuple[int, int, int, int],
    sums: Ints,
    overflowed: Flags,
) -> None:
    """`sums (M, O)` of `x (M, K)` and `weight (O, K)`, from `start (O)`, K ascending."""
    low, high, overflow, check = register
    for m in range(x.shape[0]):
        for o in range(weight.shape[0]):
            total, over = step(start[o], low, high, overflow, check)
            for k in range(x.shape[1]):
                total, flag = step(total + x[m, k] * weight[o, k], low, high, overflow, check)
                over |= flag
            total, flag = complete(total, low, high, overflow, check)
            sums[m, o] = total
            overflowed[m, o] = over or flag


@kernel
def capsule_votes(
    u: Ints, weight: Ints, register: tuple[int, int, int, int], sums: Ints, overflowed: Flags
) -> None:
    """`sums (N, I, R)` of `u (N, I, D)` and `weight (I, R, D)`, D ascending."""
    low, high, overflow, check = register
    free = check == FREE
    for i in range(u.shape[1]):
        # One capsule's weights stay in cache while the whole batch uses them.
        for n in range(u.shape[0]):
            for r in range(weight.shape[1]):
                total, over = 0, False
                if free:
                    for d in range(u.shape[2]):
                        total += u[n, i, d] * weight[i, r, d]
                else:
                    for d in range(u.shape[2]):
                        product = u[n, i, d] * weight[i, r, d]
                        total, flag = step(total + product, low, high, overflow, check)
                        over |= flag
                    total, flag = complete(total, low, high, overflow, check)
                    over |= flag
                    overflowed[n, i * weight.shape[1] + r] = over
                sums[n, i, r] = total


@kernel
def coupled_sum(
    c: Ints,
    votes: Ints,
    start: Ints,
    register: tuple[int, int, int, int],
    sums: Ints,
    overflowed: Flags,
) -> None:
    """`sums (N, J, D)` of `c (N, I, Jc)` and `votes (N, I, J, D)` from `start (Jb, D)`.

    Input capsules ascending; capsule j uses coupling j mod Jc and start j mod Jb.
    """
    low, high, overflow, check = register
    free = check == FREE
    count, capsules, dim = votes.shape[1], votes.shape[2], votes.shape[3]
    for n in range(votes.shape[0]):
        for j in range(capsules):
            for d in range(dim):
                total, over = step(start[j % start.shape[0], d], low, high, overflow, check)
                sums[n, j, d] = total
                if not free:
                    overflowed[n, j * dim + d] = over
        for i in range(count):
            for j in range(capsules):
                coupling = c[n, i, j % c.shape[2]]
                if free:
                    for d in range(dim):
                        sums[n, j, d] += coupling * votes[n, i, j, d]
                else:
                    for d in range(dim):
                        total = sums[n, j, d] + coupling * votes[n, i, j, d]
                        total, over = step(total, low, high, overflow, check)
                        sums[n, j, d] = total
                        overflowed[n, j * dim + d] |= over
        if not free:
            for j in range(capsules):
                for d in range(dim):
                    total, over = complete(sums[n, j, d], low, high, overflow, check)
                    sums[n, j, d] = total
                    overflowed[n, j * dim + d] |= over


@kernel
def agreements(
    votes: Ints, v: Ints, register: tuple[int, int, int, int], sums: Ints, overflowed: Flags
) -> None:
    """`sums (N, I, J)` of `votes (N, I, J, D)` and `v (N, J, D)`, D ascending."""
    low, high, overflow, check = register
    free = check == FREE
    for n in range(votes.shape[0]):
        for i in range(votes.shape[1]):
            for j in range(votes.shape[2]):
                total, over = 0, False
                if free:
                    for d in range(votes.shape[3]):
                        total += votes[n, i, j, d] * v[n, j, d]
                else:
                    for d in range(votes.shape[3]):
                        product = votes[n, i, j, d] * v[n, j, d]
                        total, flag = step(total + product, low, high, overflow, check)
                        over |= flag
                    total, flag = complete(total, low, high, overflow, check)
                    over |= flag
                    overflowed[n, i * votes.shape[2] + j] = over
                sums[n, i, j] = total

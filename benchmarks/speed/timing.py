"""Two functions timed in turn, so that what else the machine does meets both alike."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median

SHORTEST = 0.02
"""Seconds that one timing takes at least; shorter functions are called several times in it."""

Work = Callable[[], object]


@dataclass
class Times:
    """Seconds of one call, a timing each: on the wall, and of the processor in all threads."""

    wall: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)

    def add(self, work: Work, calls: int) -> None:
        """Time some calls."""
        wall, processor = time.perf_counter(), time.process_time()
        for _ in range(calls):
            work()
        self.wall.append((time.perf_counter() - wall) / calls)
        self.processor.append((time.process_time() - processor) / calls)


@dataclass(frozen=True)
class Ratio:
    """How many times faster the first is: the middle of all rounds, the least and the largest."""

    middle: float
    least: float
    largest: float


def alternate(ours: Work, theirs: Work, rounds: int) -> tuple[Times, Times]:
    """Times of both, after a call of each that compiles, packs and fills caches."""
    works = ours, theirs
    for work in works:
        work()
    calls = [_calls(work) for work in works]
    found = Times(), Times()
    for _ in range(rounds):
        for times, work, count in zip(found, works, calls, strict=True):
            times.add(work, count)
    return found


def _calls(work: Work) -> int:
    """How often a function is called in one timing."""
    started = time.process_time()
    work()
    taken = time.process_time() - started
    return max(1, min(1000, round(SHORTEST / max(taken, 1e-6))))


def ratio(ours: list[float], theirs: list[float]) -> Ratio:
    """Theirs over ours, round by round."""
    rounds = [b / a for a, b in zip(ours, theirs, strict=True)]
    return Ratio(median(rounds), min(rounds), max(rounds))

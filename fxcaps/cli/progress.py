"""Progress on the error stream: one line that moves on a terminal, sparse lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from fxcaps.allocate import Progress

_INTERVAL = 5.0
"""Seconds between lines where the stream is no terminal."""


def progress(what: str) -> Callable[[int, int], None]:
    """A callback that tells how many of how many are done."""
    terminal = sys.stderr.isatty()
    started = last = time.monotonic()

    def show(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        finished = done >= total
        line = f"{what} {done}/{total}, {now - started:.1f} s"
        if terminal:
            print(f"\r\033[K{line}", end="\n" if finished else "", file=sys.stderr, flush=True)
        elif finished or now - last >= _INTERVAL:
            print(line, file=sys.stderr, flush=True)
            last = now

    return show


def evaluations(what: str) -> Callable[[Progress], None]:
    """A callback that tells how far a search is, and how long it may still take."""
    terminal = sys.stderr.isatty()
    last = time.monotonic()

    def show(now: Progress) -> None:
        nonlocal last
        moment = time.monotonic()
        if not terminal and moment - last < _INTERVAL:
            return
        last = moment
        left = "" if now.remaining is None else f", at most {now.remaining:.0f} s to go"
        line = (
            f"{what}: {now.evaluations} of about {now.expected} evaluations, image {now.images} "
            f"of {now.total}, {now.seconds:.0f} s{left}"
        )
        print(
            f"\r\033[K{line}" if terminal else line,
            end="" if terminal else "\n",
            file=sys.stderr,
            flush=True,
        )

    return show


def note(text: str) -> None:
    """A line on the error stream."""
    print(text, file=sys.stderr, flush=True)

"""Executors: parts of an evaluation in order, whoever computes them."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, wait
from typing import Any, TypeVar

from fxcaps.types import Rejection

_ATTEMPTS = 3
"""Times in a row that workers may die before the search gives up."""

T = TypeVar("T")
R = TypeVar("R")


class WorkersLostError(RuntimeError):
    """Workers died and could not be replaced; what was evaluated stands in the journal."""


class Inline(Executor):
    """Computes at once, in the caller's thread."""

    def submit(self, fn: Callable[..., R], /, *args: Any, **kwargs: Any) -> Future[R]:
        """Compute now."""
        future: Future[R] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - it is the future's to raise
            future.set_exception(error)
        return future


class Workers:
    """Any executor of `concurrent.futures`, with some parts under way at a time.

    Args:
        executor: an executor, which stays open; or a function that makes one, which is called
            again when its workers die and whose executors are shut down. In this thread by
            default.
        in_flight: parts under way at a time; as many as processors by default, one in this thread.
    """

    def __init__(
        self,
        executor: Executor | Callable[[], Executor] | None = None,
        *,
        in_flight: int | None = None,
    ) -> None:
        self._make = executor if not isinstance(executor, Executor) else None
        self._executor = executor if isinstance(executor, Executor) else None
        self._own = self._executor is None
        inline = executor is None
        self.in_flight = in_flight or (1 if inline else max(2, os.cpu_count() or 1))

    def map(self, function: Callable[[T], R], items: Sequence[T]) -> Iterator[R]:
        """Results in the order of the items. When left, what has not begun is given up.

        Raises `Rejection` of an item when its turn comes, and `WorkersLostError`.
        """
        waiting: deque[Future[R]] = deque()
        given, deaths = 0, 0
        try:
            while given < len(items) or waiting:
                try:
                    while given < len(items) and len(waiting) < self.in_flight:
                        waiting.append(self._submit(function, items[given]))
                        given += 1
                    result = waiting[0].result()
                except BrokenExecutor as error:
                    deaths += 1
                    self._replace(error, deaths)
                    given -= len(waiting)
                    waiting.clear()
                    continue
                except Rejection:
                    raise
                except Exception as error:
                    raise WorkersLostError(f"a worker failed: {error!r}") from error
                waiting.popleft()
                deaths = 0
                yield result
        finally:
            wait([future for future in waiting if not future.cancel()])

    def close(self) -> None:
        """Shut down an executor that was made here."""
        if self._own and self._executor is not None:
            self._executor.shutdown(cancel_futures=True)
            self._executor = None

    def _submit(self, function: Callable[[T], R], item: T) -> Future[R]:
        if self._executor is None:
            self._executor = self._make() if self._make else Inline()
        return self._executor.submit(function, item)

    def _replace(self, error: BrokenExecutor, deaths: int) -> None:
        """Forget an executor whose workers died; its successor is made when needed."""
        if not self._own:
            raise WorkersLostError(
                f"a worker died ({error}); give a function that makes executors to have them "
                "replaced, or resume with a new one"
            ) from error
        if deaths >= _ATTEMPTS:
            raise WorkersLostError(
                f"workers died {deaths} times in a row on the same images ({error}); is there "
                "enough memory for so many?"
            ) from error
        self.close()

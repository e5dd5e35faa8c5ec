"""Compute parts of the page in a thread while the controls are evaluated, because DuckDB plans a statement in one thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from pathlib import Path
from typing import TypeVar

from iamsql.runs.store.limits import MAX_CONCURRENT_BYTES
from iamsql.runs.store.source import Openable

First = TypeVar("First")
Second = TypeVar("Second")


@contextmanager
def computed_in_thread(
    run: Openable, first: Callable[[], First], second: Callable[[], Second]
) -> Iterator[tuple[Callable[[], First], Callable[[], Second]]]:
    """Call two functions, one after the other, while the block runs; yield functions that return their values or errors.

    With a large run, which needs memory for each statement, and with a run of a lake, whose file is written when it is opened,
    each function is called when its value is needed.
    """
    if not isinstance(run, Path) or run.stat().st_size > MAX_CONCURRENT_BYTES:
        yield first, second
        return
    thread = ThreadPoolExecutor(1, "report")
    try:
        first_future = thread.submit(copy_context().run, first)
        second_future = thread.submit(copy_context().run, second)
        yield first_future.result, second_future.result
    finally:
        thread.shutdown(cancel_futures=True)  # after an error, the second function may not be needed

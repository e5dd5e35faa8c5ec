"""Make Ctrl-C stop only the running statement: the statement runs in a thread, and the main thread handles the signal."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
EVERY = 0.05  # seconds between attempts to stop the work, because DuckDB ignores an interrupt between two statements


def interruptible(work: Callable[[], T], stop: Callable[[], None]) -> T:
    """Return the result of the work. After Ctrl-C, call `stop` until the work ends, and raise KeyboardInterrupt."""
    with _catching_interrupts() as pressed, ThreadPoolExecutor(1) as executor:
        future = executor.submit(work)
        while not future.done():
            if pressed:
                stop()
            wait([future], timeout=EVERY)
    if pressed:
        raise KeyboardInterrupt
    return future.result()


@contextmanager
def _catching_interrupts() -> Iterator[list[int]]:
    """Collect SIGINT instead of raising KeyboardInterrupt at an arbitrary place; only the main thread receives signals."""
    pressed: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield pressed
        return
    before = signal.signal(signal.SIGINT, lambda number, frame: pressed.append(number))
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)

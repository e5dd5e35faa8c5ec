"""Ctrl-C ends what is running and nothing else: the work goes on in a thread, and the main thread hears the key."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import TypeVar

Made = TypeVar("Made")
EVERY = 0.05  # seconds between two tries to stop: between two statements there is nothing that would hear it


def stoppable(work: Callable[[], Made], stop: Callable[[], None]) -> Made:
    """Give what the work makes; once Ctrl-C was pressed, stop it, wait for its end and raise KeyboardInterrupt."""
    with _hearing() as pressed, ThreadPoolExecutor(1) as beside:
        future = beside.submit(work)
        while not future.done():
            if pressed:
                stop()
            wait([future], timeout=EVERY)
    if pressed:
        raise KeyboardInterrupt
    return future.result()


@contextmanager
def _hearing() -> Iterator[list[int]]:
    """Collect the signals of Ctrl-C instead of having each raise wherever the main thread is; only that one gets them."""
    pressed: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield pressed
        return
    before = signal.signal(signal.SIGINT, lambda number, frame: pressed.append(number))
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)

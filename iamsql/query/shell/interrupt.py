"""Make Ctrl-C stop only the running statement: the statement runs in a thread, and the main thread handles the signal."""

from __future__ import annotations

import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")
# Seconds between attempts to stop the work, because DuckDB ignores an interrupt between two statements.
INTERRUPT_INTERVAL = 0.05


def interruptible(work: Callable[[], T], stop: Callable[[], None]) -> T:
    """Return the result of the work. After Ctrl-C, call `stop` until the work ends, and raise KeyboardInterrupt.

    The caller must be the main thread, because no other thread receives signals.
    """
    received_signals: list[int] = []
    previous_handler = signal.signal(signal.SIGINT, lambda number, frame: received_signals.append(number))
    try:
        with ThreadPoolExecutor(1) as executor:
            future = executor.submit(work)
            while not future.done():
                if received_signals:
                    stop()
                wait([future], timeout=INTERRUPT_INTERVAL)
    finally:
        signal.signal(signal.SIGINT, previous_handler)
    if received_signals:
        raise KeyboardInterrupt
    return future.result()

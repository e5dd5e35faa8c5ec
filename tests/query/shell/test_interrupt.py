"""Ctrl-C stops the work of the shell, and nothing else."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from iamsql.query.shell.interrupt import interruptible


def test_the_result_and_the_error_of_the_work_reach_the_caller() -> None:
    before = signal.getsignal(signal.SIGINT)
    assert interruptible(lambda: 42, lambda: None) == 42
    with pytest.raises(ZeroDivisionError):
        interruptible(lambda: 1 // 0, lambda: None)
    assert signal.getsignal(signal.SIGINT) is before


def test_the_work_is_stopped_until_it_ends() -> None:
    stops = threading.Semaphore(0)
    before = signal.getsignal(signal.SIGINT)

    def work() -> str:
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(2):  # DuckDB ignores an interrupt between two statements
            assert stops.acquire(timeout=30)
        return "not returned"

    with pytest.raises(KeyboardInterrupt):
        interruptible(work, stops.release)
    assert signal.getsignal(signal.SIGINT) is before

"""Simulated time: an event loop whose clock jumps forward when no thread is at work, so waiting takes no time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch


class NoSleepLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer as soon as no thread is at work and no request is on the network."""

    def __init__(self) -> None:
        super().__init__()
        self._leapt = 0.0
        self._away = 0

    def time(self) -> float:
        """Return the seconds, including those that were skipped."""
        return super().time() + self._leapt

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        """Note that a thread is at work until it is done."""
        self._away += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._back)
        return future

    def _back(self, _: Any) -> None:
        self._away -= 1

    def _is_exchanging(self) -> bool:
        """Return whether a connection is opened or waits for a response."""
        owners = [
            getattr(timer._callback, "__self__", None)
            for timer in self._scheduled
            if not timer.cancelled()  # type: ignore[attr-defined]
        ]
        return any(isinstance(owner, asyncio.Timeout) or getattr(owner, "is_busy", False) for owner in owners)

    def _run_once(self) -> None:
        is_idle = not self._ready and not self._away  # type: ignore[attr-defined]
        if is_idle and self._scheduled and not self._is_exchanging():  # type: ignore[attr-defined]
            self._leapt += max(0.0, self._scheduled[0].when() - self.time())  # type: ignore[attr-defined]
        super()._run_once()  # type: ignore[misc]


@contextmanager
def no_sleep(aws: Any) -> Iterator[None]:
    """Run a sync, and the clock of its fake AWS, in simulated time."""
    loops: list[NoSleepLoop] = []

    def run(main: Coroutine[Any, Any, Any], **_: Any) -> Any:
        def made() -> NoSleepLoop:
            loops.append(NoSleepLoop())
            return loops[-1]

        with asyncio.Runner(loop_factory=made) as runner:
            return runner.run(main)

    aws.service_faults.clock = lambda: loops[-1].time()
    with ExitStack() as stack:
        stack.enter_context(patch("asyncio.run", run))
        stack.enter_context(patch("iamsql.demo.reports.GENERATION_SECONDS", 0.0))
        yield

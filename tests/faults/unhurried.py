"""Time that passes at once: an event loop that waits for nobody but those who are at work, so that a minute costs nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch


class Unhurried(asyncio.SelectorEventLoop):
    """A loop whose clock leaps to what is waited for as soon as no thread has work under way."""

    def __init__(self) -> None:
        super().__init__()
        self._leapt = 0.0
        self._away = 0

    def time(self) -> float:
        """Tell the seconds, those that were leapt over included."""
        return super().time() + self._leapt

    def run_in_executor(self, executor: Any, func: Callable[..., Any], *args: Any) -> Any:
        """Note that a thread is at work until it is done."""
        self._away += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._back)
        return future

    def _back(self, _: Any) -> None:
        self._away -= 1

    def _run_once(self) -> None:
        if not self._ready and not self._away and self._scheduled:  # type: ignore[attr-defined]
            self._leapt += max(0.0, self._scheduled[0].when() - self.time())  # type: ignore[attr-defined]
        super()._run_once()  # type: ignore[misc]


@contextmanager
def unhurried(room: Any) -> Iterator[None]:
    """Let a sync over a room, and what the room counts in seconds, take no time to wait for."""
    loops: list[Unhurried] = []

    def run(main: Coroutine[Any, Any, Any], **_: Any) -> Any:
        def made() -> Unhurried:
            loops.append(Unhurried())
            return loops[-1]

        with asyncio.Runner(loop_factory=made) as runner:
            return runner.run(main)

    room.service_faults.clock = lambda: loops[-1].time()
    with ExitStack() as stack:
        stack.enter_context(patch("asyncio.run", run))
        stack.enter_context(patch("iamsql.demo.reports.SECONDS", 0.0))
        yield

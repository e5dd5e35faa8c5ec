"""Run a command for each organization, in a process of its own: one organization that fails or hangs does not affect another."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import IO, Any

# -P: Python would otherwise import modules of the working folder, which may belong to somebody else.
IAMSQL_COMMAND = (sys.executable, "-P", "-m", "iamsql")
ERROR_PREFIX = "Error: "
GAPS_EXIT_CODE, FAILED_EXIT_CODE = 3, 2
INTERRUPT_SIGNALS = ("SIGTERM", "SIGHUP")  # that stop the processes, as Ctrl-C does
LineCallback = Callable[[str, str], None]


@dataclass(frozen=True)
class OrganizationResult:
    """The end of a process: its exit code, its output, and its last error without the prefix; '' if it printed none.

    The exit code is None for a process that was not started.
    """

    name: str
    exit_code: int | None
    output: str = ""
    error: str = ""


def run_organizations(
    command: Sequence[str],
    names: Sequence[str],
    jobs: int,
    on_line: LineCallback,
    environment: Mapping[str, str] | None = None,
    after: Sequence[str] = (),
) -> list[OrganizationResult]:
    """Run `iamsql COMMAND --organization=NAME AFTER` for each name, `jobs` at a time; return the results in the order of the names.

    `on_line` is called with the name and each line of stderr, in one thread at a time. `environment` has more variables. After
    Ctrl-C, or one of INTERRUPT_SIGNALS, interrupt the processes once, wait for them, and raise KeyboardInterrupt.
    """
    processes = _Processes(command, after, on_line, {**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})})
    with ThreadPoolExecutor(max_workers=max(1, jobs)) as pool, _interrupted_by_signals():
        futures = [pool.submit(processes.run, name) for name in names]
        try:
            wait(futures)
        except KeyboardInterrupt:
            processes.stop(signal.SIGINT)
            try:
                wait(futures)
            except KeyboardInterrupt:  # the user does not want to wait
                processes.stop(signal.SIGKILL)
            raise
    return [future.result() for future in futures]


def exit_code(results: Sequence[OrganizationResult]) -> int:
    """Return the first that applies: 2 if a process failed, 3 if one has gaps, 0."""
    codes = {result.exit_code for result in results}
    if codes - {0, GAPS_EXIT_CODE}:
        return FAILED_EXIT_CODE
    return GAPS_EXIT_CODE if GAPS_EXIT_CODE in codes else 0


class _Processes:
    """The processes that are running. After `stop`, no process is started."""

    def __init__(
        self, command: Sequence[str], after: Sequence[str], on_line: LineCallback, environment: Mapping[str, str]
    ) -> None:
        self._command, self._after = command, after
        self._on_line = on_line
        self._environment = environment
        self._running: list[subprocess.Popen[str]] = []
        self._is_stopped = False
        self._starting, self._printing = threading.Lock(), threading.Lock()

    def run(self, name: str) -> OrganizationResult:
        """Run the command for an organization, and return its end."""
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
            process = self._start(name, output)
            if process is None or process.stderr is None:
                return OrganizationResult(name, None)
            lines = []
            with process.stderr as stream:
                for line in stream:
                    lines.append(line.rstrip("\n"))
                    with self._printing:
                        self._on_line(name, lines[-1])
            code = process.wait()
            output.seek(0)
            return OrganizationResult(name, code, output.read(), _last_error(lines, code))

    def _start(self, name: str, output: IO[str]) -> subprocess.Popen[str] | None:
        """Start the process in a process group of its own, so Ctrl-C in a terminal reaches it once: from `stop`."""
        options: dict[str, Any] = {"process_group": 0} if os.name == "posix" else {}
        streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": subprocess.PIPE}
        options |= {"text": True, "encoding": "utf-8", "errors": "replace"}
        with self._starting:
            if self._is_stopped:
                return None
            arguments = [*IAMSQL_COMMAND, *self._command, f"--organization={name}", *self._after]
            process = subprocess.Popen(arguments, env=self._environment, **streams, **options)  # noqa: S603 (no shell)
            self._running.append(process)
            return process

    def stop(self, number: int) -> None:
        """Send a signal to the processes that run."""
        with self._starting:
            self._is_stopped = True
            for process in self._running:
                with suppress(OSError):
                    process.send_signal(number)


def _last_error(lines: Sequence[str], code: int) -> str:
    """Return the last error of the lines, which may have several lines."""
    error_indexes = [index for index, line in enumerate(lines) if line.startswith(ERROR_PREFIX)]
    if error_indexes:
        return " ".join(lines[error_indexes[-1] :]).removeprefix(ERROR_PREFIX)
    if code < 0:
        return f"ended by the signal {-code}"
    return lines[-1] if lines and code not in (0, GAPS_EXIT_CODE) else ""


@contextmanager
def _interrupted_by_signals() -> Iterator[None]:
    """Raise KeyboardInterrupt for INTERRUPT_SIGNALS, which would end this process and leave the others running.

    A signal that this process ignores, because it runs under nohup or in the background of a script, has no effect here.
    """

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    previous_handlers = {}
    if threading.current_thread() is threading.main_thread():
        numbers = [getattr(signal, name) for name in INTERRUPT_SIGNALS if hasattr(signal, name)]
        handled_numbers = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
        previous_handlers = {number: signal.signal(number, interrupt) for number in handled_numbers}
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            # A process inherits an ignored signal, and `stop` sends SIGINT; a handler is not inherited.
            previous_handlers[signal.SIGINT] = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        for number, action in previous_handlers.items():
            signal.signal(number, action)

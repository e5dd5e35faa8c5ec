"""The processes that are measured, each alone: the installed iamsql, and the scripts that it is compared with."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

ROOT = Path(__file__).parents[1]
PYTHON, REPEAT = "IAMSQL_BENCH_PYTHON", "IAMSQL_BENCH_REPEAT"  # set by the options of python -m benchmarks
SHOWN = 1_000  # characters of a failed process's stderr


class ProcessFailed(Exception):
    """A measured process that did not do its work, so its figures mean nothing."""


@dataclass(frozen=True)
class Cost:
    """The seconds of a process from start to end, its CPU seconds (user and system), its peak memory in MiB, and its exit code."""

    wall: float
    cpu: float
    memory: float
    exit_code: int = 0


def iamsql() -> str:
    """Return the path of the measured command, which is installed next to the chosen Python."""
    return str(Path(os.environ.get(PYTHON, sys.executable)).with_name("iamsql"))


def repeats() -> int:
    """Return how often a short process is measured."""
    return int(os.environ.get(REPEAT, "3"))


@contextmanager
def fresh_home() -> Iterator[Path]:
    """Yield an empty home folder: no configuration, no cache, no earlier run."""
    with tempfile.TemporaryDirectory(prefix="iamsql-bench-") as folder:
        yield Path(folder)


def run_process(line: Sequence[str], stdout: int | IO[bytes] = subprocess.DEVNULL, **options: Any) -> Cost:
    """Run a process with any exit code, and return its cost. The options are as in Popen."""
    start = time.perf_counter()
    process = subprocess.Popen(line, stdout=stdout, **{"stderr": subprocess.DEVNULL} | options)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    memory = usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
    return Cost(wall, usage.ru_utime + usage.ru_stime, memory, process.returncode)


def run(
    line: Sequence[str],
    home: Path,
    variables: Mapping[str, str],
    folder: Path | None = None,
    output: Path | None = None,
    exit_codes: tuple[int, ...] = (0,),
) -> Cost:
    """Run a process in an environment with nothing but a home folder and some variables, and return its cost.

    It works in `folder`, which is the home folder by default. Its output is discarded, or written to a file. Raise
    ProcessFailed if its exit code is not one of `exit_codes`.
    """
    environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "HOME": str(home), **variables}
    with tempfile.TemporaryFile() as errors, Path(output or os.devnull).open("wb") as target:
        cost = run_process(line, target, cwd=folder or home, env=environment, stderr=errors)
        if cost.exit_code not in exit_codes:
            errors.seek(0)
            reason = errors.read().decode(errors="replace").strip()[-SHOWN:]
            raise ProcessFailed(f"{' '.join(line)} ended with {cost.exit_code}: {reason}")
    return cost


def run_script(module: str, home: Path, variables: Mapping[str, str], *arguments: str) -> Cost:
    """Run a module of this package in a Python of its own, and return its cost."""
    return run([sys.executable, "-m", f"benchmarks.{module}", *arguments], home, variables, folder=ROOT)

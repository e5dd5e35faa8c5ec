"""Run files that are built when they are opened. A lake uses them: their tables are views over its Parquet files.

A command that opens runs by path works on them without change. They exist only in the process that registered them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from iamsql.model import Result
from iamsql.runs.store.limits import StatementLimits


class RemoteEngine(Protocol):
    """Another SQL engine over the same tables. `local` has the statements that DuckDB ran instead, with the reasons."""

    local: dict[str, str]

    def selects_events(self, sql: str, file: Path) -> bool:
        """Return whether DuckDB runs a statement, which reads events, over those that the engine selects.

        The engine then writes a file without events; `result` writes the events to it.
        """

    def close(self) -> None:
        """End the session."""

    def result(self, sql: str, values: Mapping[str, Any]) -> Result | None:
        """Return the rows of a statement; None if DuckDB has to run it."""


@dataclass(frozen=True)
class Source:
    """What a reader of a run file needs beside it: the files that its views read, and an engine that runs statements instead.

    `require`, if there is one, is called with the tables that a statement reads, and raises IamsqlError if the statement must
    not run.
    """

    files: Sequence[Path] = ()
    engine: RemoteEngine | None = None
    require: Callable[[Collection[str]], None] | None = None


# Builds the file at a path for SQL, within the limits of its reader; '' is every statement.
Build = Callable[[Path, str, StatementLimits | None], Source]
_FILES: dict[str, Build] = {}
_LOCK = threading.Lock()


def defer(path: Path, build: Build) -> None:
    """Register a run file. `build` is called before each opening, and writes the file if it lacks what the SQL reads."""
    _FILES[os.path.realpath(path)] = build


def forget(path: Path) -> None:
    """Remove a run file from the register."""
    _FILES.pop(os.path.realpath(path), None)


def prepare(path: Path, sql: str = "", limits: StatementLimits | None = None) -> Source:
    """Build a registered run file for statements with the tables of `sql`, within limits. Other files need nothing."""
    if not _FILES or (build := _FILES.get(os.path.realpath(path))) is None:
        return Source()
    with _LOCK:
        return build(path, sql, limits)

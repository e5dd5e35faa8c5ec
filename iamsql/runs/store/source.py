"""What can be opened as a run: a file, or a source that writes its file when it is opened, such as a run of a lake."""

from __future__ import annotations

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
class Prepared:
    """What a reader needs besides the run file: the files that its views read, and an engine that runs statements instead.

    `require`, if there is one, is called with the tables that a statement reads, and raises IamsqlError if the statement must
    not run.
    """

    files: Sequence[Path] = ()
    engine: RemoteEngine | None = None
    require: Callable[[Collection[str]], None] | None = None


class RunSource(Protocol):
    """A run whose file is written when the run is opened."""

    @property
    def path(self) -> Path:
        """Return the path of the run file, which identifies the run."""

    def prepare(self, sql: str, limits: StatementLimits | None = None) -> Prepared:
        """Write the run file, unless it has the tables that `sql` reads; '' is every statement."""


Openable = Path | RunSource


def run_path(run: Openable) -> Path:
    """Return the path of the run file."""
    return run if isinstance(run, Path) else run.path


def prepare(run: Openable, sql: str = "", limits: StatementLimits | None = None) -> Prepared:
    """Write the file of a source for statements that read the tables of `sql`, within limits. A file needs nothing."""
    return Prepared() if isinstance(run, Path) else run.prepare(sql, limits)

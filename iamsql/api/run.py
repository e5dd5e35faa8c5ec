"""An open run: its queries, checks, comparisons and report."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from iamsql import catalog
from iamsql.api.answer import Answer, answer_of
from iamsql.api.sessions import closed_sessions, session_of, using
from iamsql.catalog.params import did_you_mean
from iamsql.model import IamsqlError, Query
from iamsql.query.run_query import explain, run_query
from iamsql.query.session import Session
from iamsql.runs.latest import choose
from iamsql.runs.store.limits import StatementLimits, with_limits
from iamsql.runs.store.metadata import RunMetadata

if TYPE_CHECKING:
    from iamsql.api.answer import CheckAnswer

Texts = Sequence[str]
# Loaded when they are called, because a query needs none of them.
DIALECTS = ("duckdb", "postgres")
CHECKS, CHANGES, PAGE = "iamsql.api.checks", "iamsql.api.changes", "iamsql.api.page"


@dataclass(frozen=True)
class Settings:
    """Where the runs and queries are, and what SQL may do.

    `config` replaces ./iamsql.toml. `limits` are those of each statement; None is the default. With `is_read_only`, a query is
    one SELECT, so COPY cannot write a file.
    """

    folder: Path
    query_dirs: tuple[str, ...] = ()
    config: Path | None = None
    allow_files: bool = False
    limits: StatementLimits | None = None
    is_read_only: bool = False


@dataclass
class Run:
    """A run that stays open: `iamsql.open` returns it.

    `name` is `latest`, `previous`, an ID or a path. As with the commands, `latest` is the newest run that collected the tables of
    the query; `Answer.run_id` says which. One thread uses a run at a time.
    """

    name: str
    settings: Settings
    _stack: ExitStack = field(default_factory=ExitStack, repr=False)
    _sessions: dict[Path, Session] = field(default_factory=dict, repr=False)

    # -- the run -------------------------------------------------------------------------------------------------------------

    @cached_property
    def path(self) -> Path:
        """The run file. Raise IamsqlError if there is none."""
        with with_limits(self.settings.limits):
            return choose(self.settings.folder, self.name).path

    @property
    def metadata(self) -> RunMetadata:
        """The metadata of the run, which are empty for a DuckDB file that iamsql did not write."""
        with self._session(self.path) as session:
            return session.facts

    @property
    def id(self) -> str:
        """The ID of the run."""
        return self.metadata.run_id

    @property
    def started_at(self) -> datetime | None:
        """The start of the run, from which ages are counted."""
        return self.metadata.started_at

    @property
    def tables(self) -> dict[str, dict[str, str]]:
        """The tables and views, with the types of their columns; names outside the schema main have their schema."""
        with self._session(self.path) as session:
            return session.columns()

    @property
    def coverage(self) -> Answer:
        """The calls of each account and Region that the run made or did not make, with their status: iamsql.coverage."""
        return self.query("from iamsql.coverage order by all")

    # -- answers -------------------------------------------------------------------------------------------------------------

    def query(self, text: str, /, *, dialect: str = "", **args: Any) -> Answer:
        """Run a query by NAME or NAME@VERSION, a .sql file, or SQL, with the values of its parameters.

        `dialect` is duckdb, or postgres for queries written for Steampipe; the default is what the query declares. Raise
        IamsqlError for an invalid query or value, and NotCollected, an IamsqlError, if no run collected a table.
        """
        return self.answer(text, args, language=_dialect(dialect))

    def sql(self, text: str, /, *, dialect: str = "", **args: Any) -> Answer:
        """Run SQL with the values of its `$name` parameters. The text is never the name of a query or of a file."""
        return self.answer(catalog.plain(text, "SQL"), args, language=_dialect(dialect))

    def answer(
        self, text: str | Query, args: Mapping[str, Any], *, language: str | None = None, allow_copy: bool = False
    ) -> Answer:
        """Run a query as `query` does. `language` is duckdb or postgres; `allow_copy` lets COPY in a query file write anywhere."""
        if allow_copy:  # the sessions of the run do not have this permission
            allowed: dict[str, Any] = {"allow_files": self.settings.allow_files, "allow_copy": True}
            with closed_sessions(), with_limits(self.settings.limits):
                return answer_of(
                    run_query(text, args=args, language=language, config=self.settings.config, **allowed, **self._where)
                )
        where = self._where | {"open_session": self._session}
        with with_limits(self.settings.limits):
            return answer_of(run_query(text, args=args, language=language, config=self.settings.config, **where))

    def explain(self, text: str | Query, language: str | None = None) -> Answer:
        """Return the tables and calls that a query depends on, and the number of accounts in which each call succeeded."""
        with with_limits(self.settings.limits):
            return answer_of(explain(text, language=language, open_session=self._session, **self._where))

    def check(
        self,
        *names: str,
        severity: str = "",
        accounts: Texts = (),
        days: int | None = None,
        where: str = "",
        mutes: Iterable[str | os.PathLike[str]] = (),
        args: Mapping[str, Any] | None = None,
    ) -> CheckAnswer:
        """Run benchmarks, controls or tags, or detections; without a name, all detections.

        A row is a result of a control, or a finding of a detection. `severity` is the least severity, `days` limits findings,
        `where` (a SQL condition) and `mutes` (files) apply to results of controls. `args` has the values of parameters by NAME
        or QUERY.NAME. Raise IamsqlError for an unknown name or an invalid value.
        """
        options = {"severity": severity, "accounts": accounts, "days": days, "where": where, "mutes": mutes}
        with closed_sessions(), with_limits(self.settings.limits):
            found: CheckAnswer = import_module(CHECKS).check(self, names, args=args or {}, **options)
        return found

    def diff(
        self, old: str = "previous", *, queries: Texts = (), checks: Texts = (), everything: bool = False, sql: str = ""
    ) -> Answer:
        """Compare this run with an older one of the organization.

        A row is a resource that is new, gone or changed; with `queries` or `checks`, a finding that opened or was resolved. With
        `everything`, findings that are still open are rows as well. `sql` queries both runs, as old.TABLE and new.TABLE.
        """
        options = {"queries": queries, "checks": checks, "everything": everything, "sql": sql}
        with closed_sessions():
            found: Answer = import_module(CHANGES).changes(self, old, **options)
        return found

    def report(
        self,
        file: str | os.PathLike[str],
        *,
        benchmarks: Texts = (),
        since: str = "",
        trend: int = 10,
    ) -> tuple[str, ...]:
        """Write the run as one HTML page, with mode 0600, and return the caveats.

        `benchmarks` are those of the page (default: iamsql), `since` an earlier run, and `trend` the number of earlier runs to
        count. Raise IamsqlError if the file cannot be written.
        """
        options = {"benchmarks": benchmarks, "since": since, "trend": trend}
        with closed_sessions():
            notes: tuple[str, ...] = import_module(PAGE).report(self, Path(file), **options)
        return notes

    # -- the end -------------------------------------------------------------------------------------------------------------

    def interrupt(self) -> None:
        """Stop the statement that another thread runs; that thread gets a KeyboardInterrupt."""
        for opened in self._sessions.values():
            opened.interrupt()

    def close(self) -> None:
        """Close the files, and delete what was copied of a lake."""
        with self._stack:
            while self._sessions:
                self._sessions.popitem()[1].close()

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def run_options(self) -> dict[str, Any]:
        """The arguments that select the run and limit its statements, for functions of `iamsql.check`."""
        return {"run": self.name, "runs_dir": self.settings.folder, "limits": self.settings.limits}

    @property
    def _where(self) -> dict[str, Any]:
        return self.run_options | {"query_dirs": self.settings.query_dirs}

    def _session(self, path: Path) -> AbstractContextManager[Session]:
        """Return the session of a run file, which stays open."""
        if path not in self._sessions:
            self._sessions[path] = session_of(
                path, self.settings.allow_files, self.settings.limits, self.settings.is_read_only
            )
        return using(self._sessions[path])


def _dialect(name: str) -> str | None:
    """Return the dialect, None for ''. Raise IamsqlError for an unknown one."""
    if name and name not in DIALECTS:
        raise IamsqlError(
            f"unknown dialect {name!r}{did_you_mean(name, DIALECTS)} (dialects are {', '.join(DIALECTS)})"
        )
    return name or None

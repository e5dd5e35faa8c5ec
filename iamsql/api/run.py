"""An open run: its queries, checks, comparisons and report."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Unpack

from iamsql import catalog
from iamsql.api.keywords import CHECK_DEFAULTS, CheckKeywords, require_keywords, with_keywords
from iamsql.catalog.params import did_you_mean
from iamsql.model import IamsqlError, Query
from iamsql.query.answer import Answer
from iamsql.query.run_query import OpenRuns, QueryRequest, explain, run_query
from iamsql.runs.directory import Folder
from iamsql.runs.latest import RunName, choose
from iamsql.runs.store.limits import StatementLimits, with_limits
from iamsql.runs.store.metadata import RunMetadata
from iamsql.runs.store.source import Openable, run_path

if TYPE_CHECKING:
    from iamsql.api.answer import CheckAnswer

Texts = Sequence[str]
DIALECTS = ("duckdb", "postgres")


@dataclass(frozen=True)
class Settings:
    """Where the runs and queries are, and what SQL may do.

    `config` replaces ./iamsql.toml. `limits` apply to each statement; None is the default. With `is_read_only`, a query is
    one SELECT, so COPY cannot write a file.
    """

    folder: Folder
    query_dirs: tuple[str, ...] = ()
    config: Path | None = None
    allow_files: bool = False
    limits: StatementLimits | None = None
    is_read_only: bool = False


@dataclass
class Run:
    """A run that stays open: `iamsql.open` returns it.

    `name` is `latest`, `previous`, an ID or a path. As with the commands, `latest` is the newest run that collected the tables of
    the query; `Answer.run_id` is its ID. Calls from several threads run one after the other.
    """

    name: RunName
    settings: Settings
    _stack: ExitStack = field(default_factory=ExitStack, repr=False)
    _open_runs: OpenRuns = field(init=False, repr=False)  # of `latest`, more than one file

    def __post_init__(self) -> None:
        """Open no file: the first query does."""
        self._open_runs = OpenRuns(self.settings.allow_files, self.settings.limits)

    # -- the run -------------------------------------------------------------------------------------------------------------

    @cached_property
    def source(self) -> Openable:
        """What opens the run. Raise IamsqlError if there is none."""
        with with_limits(self.settings.limits):
            return choose(self.settings.folder, self.name).run

    @property
    def path(self) -> Path:
        """The run file. Raise IamsqlError if there is none."""
        return run_path(self.source)

    @property
    def metadata(self) -> RunMetadata:
        """The metadata of the run, which are empty for a DuckDB file that iamsql did not write."""
        with self._open_runs.reader(self.source) as reader:
            return reader.metadata

    @property
    def id(self) -> str:
        """The ID of the run."""
        return self.metadata.run_id

    @property
    def started_at(self) -> datetime | None:
        """The start of the run; ages are counted from it."""
        return self.metadata.started_at

    @property
    def tables(self) -> dict[str, dict[str, str]]:
        """The tables and views, with the types of their columns; names outside the schema main have their schema."""
        with self._open_runs.reader(self.source) as reader:
            return reader.columns()

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
        return self.answer(text, args, language=_parse_dialect(dialect))

    def sql(self, text: str, /, *, dialect: str = "", **args: Any) -> Answer:
        """Run SQL with the values of its `$name` parameters. The text is never the name of a query or of a file."""
        return self.answer(catalog.query_from_sql(text, "SQL"), args, language=_parse_dialect(dialect))

    def answer(
        self, text: str | Query, args: Mapping[str, Any], *, language: str | None = None, allow_copy: bool = False
    ) -> Answer:
        """Run a query as `query` does. `language` is duckdb or postgres; `allow_copy` lets COPY in a query file write anywhere."""
        return run_query(text, args, self._query_request(language, allow_copy=allow_copy), self._open_runs)

    def explain(self, text: str | Query, language: str | None = None) -> Answer:
        """Return the tables and calls that a query depends on, and the number of accounts where each call succeeded."""
        return explain(text, self._query_request(language), self._open_runs)

    @with_keywords(CheckKeywords, CHECK_DEFAULTS)
    def check(self, *names: str, **keywords: Unpack[CheckKeywords]) -> CheckAnswer:
        """Run benchmarks, controls or tags, or detections; without a name, all detections.

        A row is a result of a control, or a finding of a detection. `severity` is the least severity, `days` limits findings,
        `where` (a SQL condition) and `mutes` (files) apply to results of controls. `args` has the values of parameters by NAME
        or QUERY.NAME. Raise IamsqlError for an unknown name or an invalid value.
        """
        from iamsql.api import checks  # noqa: PLC0415 - a query needs no controls

        require_keywords("check", CheckKeywords, keywords)
        with self.closed(), with_limits(self.settings.limits):
            return checks.check(self, names, keywords)

    def diff(
        self, old: str = "previous", *, queries: Texts = (), checks: Texts = (), everything: bool = False, sql: str = ""
    ) -> Answer:
        """Compare this run with an older one of the organization.

        A row is a resource that is new, gone or changed; with `queries` or `checks`, a finding that opened or was resolved. With
        `everything`, findings that are still open are rows as well. `sql` queries both runs, as old.TABLE and new.TABLE.
        """
        from iamsql.api import changes  # noqa: PLC0415 - a query needs no comparison

        with self.closed():
            return changes.list_changes(self, old, queries=queries, checks=checks, everything=everything, sql=sql)

    def report(
        self,
        file: str | os.PathLike[str],
        *,
        benchmarks: Texts = (),
        since: str = "",
        trend: int = 10,
    ) -> tuple[str, ...]:
        """Write the run as one HTML page, with mode 0600, and return the caveats.

        `benchmarks` select the controls (default: iamsql), `since` an earlier run, and `trend` the number of earlier runs to
        count. Raise IamsqlError if the file cannot be written.
        """
        from iamsql.api import page  # noqa: PLC0415 - a query writes no page

        with self.closed():
            return page.report(self, Path(file), benchmarks=benchmarks, since=since, trend=trend)

    # -- the end -------------------------------------------------------------------------------------------------------------

    def interrupt(self) -> None:
        """Stop the statement that another thread runs; that thread gets a KeyboardInterrupt."""
        for reader in list(self._open_runs.readers.values()):
            reader.interrupt()

    def close(self) -> None:
        """Close the files, and delete the copied files of a lake."""
        with self._stack, self.closed():
            pass

    @contextmanager
    def closed(self) -> Iterator[None]:
        """Close the files for a function that opens run files itself; the next query opens them again."""
        with self._open_runs.lock:
            self._open_runs.close()
            yield

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self, exception_type: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _query_request(self, language: str | None, *, allow_copy: bool = False) -> QueryRequest:
        settings = self.settings
        paths = (settings.folder, settings.query_dirs, settings.config)
        return QueryRequest(self.name, *paths, language, settings.allow_files, allow_copy, settings.is_read_only)


def _parse_dialect(name: str) -> str | None:
    """Return the dialect, None for ''. Raise IamsqlError for an unknown dialect."""
    if name and name not in DIALECTS:
        raise IamsqlError(
            f"unknown dialect {name!r}{did_you_mean(name, DIALECTS)} (dialects are {', '.join(DIALECTS)})"
        )
    return name or None

"""The tools of the server, as functions over a run. The first paragraph of a docstring describes the tool to a model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from iamsql.api import Run
from iamsql.api.mcp_server import query_search
from iamsql.api.mcp_server.answers import AnswerLimits, answer_object, rows_object, shorten_list, text_object
from iamsql.api.mcp_server.arguments import DIALECTS, RESULT_STATUSES, require_known_value, require_valid_max_rows
from iamsql.api.mcp_server.served_runs import ServedRuns
from iamsql.catalog import is_name, query_from_sql
from iamsql.catalog.frontmatter import CHOICES_BY_KEY
from iamsql.check.selection import LEVELS
from iamsql.model import IamsqlError, Result
from iamsql.query import listing as describe

DEFAULT_STATUSES = ("alarm", "error")  # the statuses of results that a check returns by default
STATUS_COLUMN = "status"
LIST_LIMITS = AnswerLimits(1_000, 200_000)  # of lists of queries and tables


@dataclass
class Tools:
    """The tools over an open run. Each raises IamsqlError with the next step."""

    run: Run
    limits: AnswerLimits = field(default_factory=AnswerLimits)

    def __post_init__(self) -> None:
        """Store which organization is served, before a newer run of another organization is written."""
        self.runs = ServedRuns(self.run)

    def list_queries(self, kind: str = "", search: str = "") -> dict[str, Any]:
        """Find the queries that answer a question, by its words. Without a search, list the names of all queries by theme."""
        if kind:
            require_known_value("kind", kind, CHOICES_BY_KEY["kind"])
        dirs = self.run.settings.query_dirs
        return rows_object(
            query_search.search(dirs, search, kind) if search.strip() else query_search.names_by_theme(dirs, kind),
            LIST_LIMITS,
        )

    def describe_query(self, name: str) -> dict[str, Any]:
        """Describe a query: its versions, parameters with defaults, meaning and SQL."""
        if not _is_query_name(name):
            raise IamsqlError(f"{name!r} is not the name of a query. List them with list_queries.")
        return text_object(name, describe.query(name, self.run.settings.query_dirs))

    def list_tables(self, search: str = "") -> dict[str, Any]:
        """List the tables with the number of rows, and whether the run collected each completely."""
        return rows_object(_matching_rows(describe.tables(self.run.source), search), LIST_LIMITS)

    def describe_table(self, name: str) -> dict[str, Any]:
        """Describe a table: its meaning, its columns with types, the calls that fill it, and examples of SQL."""
        head, foot = describe.table_head(name), describe.table_footer(name)
        return text_object(name, f"{head}\n\n{foot}") | rows_object(describe.columns(name), LIST_LIMITS)

    def run_query(
        self, name: str, arguments: dict[str, Any] | None = None, max_rows: int | None = None
    ) -> dict[str, Any]:
        """Run a query by its name or NAME@VERSION, with values of its parameters. Prefer this to SQL of your own."""
        require_valid_max_rows(max_rows)
        if not _is_query_name(name):
            raise IamsqlError(f"{name!r} is not the name of a query. List them with list_queries, or use run_sql.")
        return answer_object(self.run.query(name, **(arguments or {})), self.limits, max_rows)

    def run_sql(self, sql: str, dialect: str = "", max_rows: int | None = None) -> dict[str, Any]:
        """Run one SELECT in DuckDB's SQL over the run. Each query is also a table macro, such as: from stale_keys(days := 30).

        Use as_of() instead of now(): ages are counted from the start of the run. The SQL cannot change data, and reads no files.
        """
        require_valid_max_rows(max_rows)
        if dialect:
            require_known_value("dialect", dialect, DIALECTS)
        return answer_object(self.run.sql(sql, dialect=dialect), self.limits, max_rows)

    def check(
        self,
        names: list[str],
        severity: str = "",
        accounts: list[str] | None = None,
        statuses: list[str] | None = None,
        days: int | None = None,
        max_rows: int | None = None,
    ) -> dict[str, Any]:
        """Run benchmarks such as cis_v7.0, controls, tags, or detections by name, and return what needs attention.

        The status error means that a result is unknown, and not that it is fine.
        """
        require_valid_max_rows(max_rows)
        if severity:
            require_known_value("severity", severity, LEVELS)
        for status in statuses or ():
            require_known_value("statuses", status, RESULT_STATUSES)
        check_answer = self.run.check(*names, severity=severity, accounts=accounts or (), days=days)
        selected_statuses, result = tuple(statuses or DEFAULT_STATUSES), check_answer.result
        if STATUS_COLUMN in check_answer.columns:
            status_index = check_answer.columns.index(STATUS_COLUMN)
            result = Result(
                result.columns,
                [row for row in check_answer.rows if row[status_index] in selected_statuses],
                result.types,
            )
        answer = answer_object(type(check_answer)(result, check_answer.provenance), self.limits, max_rows)
        return answer | {"counts": dict(check_answer.counts), "failures": shorten_list(check_answer.failures)}

    def diff(self, old: str = "previous", max_rows: int | None = None) -> dict[str, Any]:
        """Compare the run with an older one: resources that are new, gone or changed."""
        require_valid_max_rows(max_rows)
        return answer_object(self.run.diff(str(self.runs.find_older(old))), self.limits, max_rows)

    def explain_missing(self, query: str = "") -> dict[str, Any]:
        """Explain which accounts and calls the run could not read and why; with a query, what its answer depends on.

        Use this before you conclude that something does not exist.
        """
        skipped_accounts = answer_object(self.run.query("skipped_accounts"), self.limits)
        if not query:
            return skipped_accounts
        # A path would be read.
        explanation = self.run.explain(query if _is_query_name(query) else query_from_sql(query, "SQL"))
        return {"accounts": skipped_accounts, "depends_on": answer_object(explanation, self.limits)}


def _is_query_name(text: str) -> bool:
    return is_name(text) and text.strip() != "-"  # which is standard input


def _matching_rows(result: Result, search: str) -> Result:
    """Return the rows with a text in any column; the case does not matter."""
    text = search.lower()
    rows = [row for row in result.rows if any(text in str(value).lower() for value in row)]
    return Result(result.columns, rows, result.types)

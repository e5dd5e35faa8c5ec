"""Choose and open a run for many queries: `latest` is the newest run with the tables of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from iamsql.check.dependencies import tables_depended_on
from iamsql.model import IamsqlError, Query
from iamsql.query.compat import open_compatible
from iamsql.query.translate import to_duckdb
from iamsql.runs.latest import Choice, Requirements, choose
from iamsql.store.limits import StatementLimits
from iamsql.store.reader import Reader


def choose_run(queries: Sequence[Query], runs_dir: Path, run: str, accounts: Sequence[str] = ()) -> Choice:
    """Return the run for the queries, and for accounts if given. A query that fails here reports its error when it runs."""

    def tables(path: Path) -> set[str]:
        with closing(open_for(queries, path)) as reader:
            return set().union(*(_tables(reader, query) for query in queries))

    return choose(runs_dir, run, Requirements(tables, tuple(accounts)))


def _tables(reader: Reader, query: Query) -> set[str]:
    # The choice of the run needs no valid SQL: the query reports its error when it runs.
    try:
        return tables_depended_on(reader, to_duckdb(reader, query, query.sql).sql)
    except IamsqlError:
        return set()


def open_for(queries: Sequence[Query], path: Path, limits: StatementLimits | None = None) -> Reader:
    """Open a run so that it can answer the queries. Raise OpenError, and IamsqlError where there is no file."""
    reader = open_compatible(path, "\n".join(dict.fromkeys(query.sql for query in queries)), limits=limits)
    try:
        reader.require_checked()  # otherwise each query would report the same error
    except IamsqlError:
        reader.close()
        raise
    return reader


def require_accounts(reader: Reader, accounts: Sequence[str]) -> None:
    """Raise IamsqlError for an account that the run does not list."""
    if accounts and reader.facts.run_id:
        listed = {account for (account,) in reader.query("select account_id from iamsql.accounts")}
        if unknown := [account for account in accounts if account not in listed]:
            raise IamsqlError(
                f"The run has no account {', '.join(unknown)}.\nList the accounts with: iamsql query accounts"
            )
